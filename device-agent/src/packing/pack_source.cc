#include "packing/pack_source.h"

#include <algorithm>

#include "base/cores.h"
#include "pack/pack_file.h"

namespace phonon {
namespace {

// What keys and values may take while the model writes: those of all layers are wanted then, and little else.
constexpr uint64_t kWritingBytes = uint64_t{640} << 20;

}  // namespace

Status open_source(const PackConfig& config, const std::atomic<bool>& cancel, PackSource& source) {
    auto gguf = GgufFile::open(config.model);
    if (!gguf) return gguf.error();
    source.gguf = std::move(gguf).value();
    if (is_pack(*source.gguf)) return Error{"bad_request", config.model + " is a pack already"};
    auto hp = read_hyperparameters(*source.gguf);
    if (!hp) return hp.error();
    source.hp = hp.value();
    if (!config.activation.empty() && !parse_activation(config.activation, source.hp.activation)) {
        return Error{"bad_request", "activation '" + config.activation + "' is not known"};
    }
    auto tensors = read_tensors(*source.gguf, source.hp);
    if (!tensors) return tensors.error();
    source.tensors = std::move(tensors).value();
    source.pool = std::make_unique<TaskPool>(choose_cores(config.threads, usable_cores()));
    auto weights = prepare_weights(*source.gguf, source.tensors, source.hp.activation != Activation::silu,
                                   Hold::borrowed, *source.kernels, *source.pool, cancel);
    if (!weights) return weights.error();
    source.weights = std::move(weights).value();
    return {};
}

Result<ProfileTokens> choose_tokens(const PackConfig& config, PackSource& source,
                                    const std::function<void(int64_t)>& progress, const std::atomic<bool>& cancel) {
    if (!config.text.empty()) {
        auto tokenizer = Tokenizer::open(config.model);
        if (!tokenizer) return tokenizer.error();
        return profile_text(*tokenizer.value(), config.text);
    }
    KvShape shape{.layers = source.hp.layers,
                  .sequences = kProfileSequences,
                  .context = 1,
                  .kv_heads = source.hp.kv_heads,
                  .head_dim = source.hp.head_dim};
    shape.context = std::clamp(static_cast<int64_t>(kWritingBytes / shape.bytes()), int64_t{1}, kProfileSteps);
    KvCache cache;
    if (Status status = cache.allocate(shape); !status) return status.error();
    ResidentFeedForward ffn(source.hp, source.weights, *source.kernels, *source.pool);
    Transformer transformer(source.hp, source.weights, ffn, cache, *source.kernels, *source.pool);
    return write_profile_text(transformer, source.hp, shape.context, config.seed, progress, cancel);
}

}  // namespace phonon
