// Phonon's engine as the agent drives it: loading with its checks, and evals checked before they compute.

#include "phonon/backend.h"

#include <algorithm>
#include <memory>
#include <new>
#include <optional>

#include "base/clock.h"
#include "base/cores.h"
#include "engine/available_memory.h"
#include "engine/kv_cache.h"
#include "engine/model_weights.h"
#include "engine/streamed_model.h"
#include "engine/transformer.h"
#include "kernels/kernels.h"
#include "model/gguf_file.h"
#include "model/hyperparameters.h"
#include "model/inspect.h"
#include "model/model_tensors.h"
#include "pack/pack_file.h"

namespace phonon {
namespace {

constexpr int64_t kDefaultContext = 4096;
constexpr int64_t kMaxContext = int64_t{1} << 30;
constexpr int kMaxSequences = 256;
constexpr int kMaxBatch = 8192;
constexpr int kMaxThreads = 256;
// What is left to the rest of the process and the system when the largest context is computed.
constexpr uint64_t kMemoryReserve = uint64_t{64} << 20;

Error bad_request(const std::string& what) {
    return {"bad_request", what};
}

Result<const Kernels*> choose_kernels(const std::string& name) {
    if (name.empty()) return best_kernels();
    if (const Kernels* kernels = find_kernels(name)) return kernels;
    std::string levels;
    for (const Kernels* level : available_kernels()) levels += std::string(levels.empty() ? "" : ", ") + level->name;
    return bad_request("kernels '" + name + "' are not available here; these are: " + levels);
}

Status check_config(const LoadConfig& config) {
    if (config.threads < 0 || config.threads > kMaxThreads || config.cores.size() > kMaxThreads) {
        return bad_request("threads must be 0 to " + std::to_string(kMaxThreads));
    }
    if (!config.cores.empty() && config.threads != 0 && config.threads != static_cast<int>(config.cores.size())) {
        return bad_request(std::to_string(config.threads) + " threads were asked for, but " +
                           std::to_string(config.cores.size()) + " cores named; one core per thread");
    }
    if (config.context < 0 || config.context > kMaxContext) {
        return bad_request("context must be 0 to " + std::to_string(kMaxContext) + " tokens");
    }
    if (config.sequences < 1 || config.sequences > kMaxSequences) {
        return bad_request("sequences must be 1 to " + std::to_string(kMaxSequences));
    }
    if (config.batch < 1 || config.batch > kMaxBatch) {
        return bad_request("batch must be 1 to " + std::to_string(kMaxBatch));
    }
    return {};
}

std::string mebibytes(uint64_t bytes) {
    return std::to_string(bytes >> 20) + " MiB";
}

// Whether weights and KV cache fit into what is available now.
Status check_memory(const std::string& path, uint64_t weights, const KvShape& shape) {
    const uint64_t available = available_memory();
    const uint64_t usable = available - std::min(available, kMemoryReserve);
    if (weights > usable) {
        return Error{"out_of_memory", path + ": its weights need " + mebibytes(weights) + ", and " +
                                          mebibytes(available) + " are available"};
    }
    if (shape.bytes() <= usable - weights) return {};
    const uint64_t per_token = shape.bytes_per_position() * static_cast<uint64_t>(shape.sequences);
    return Error{"context_too_large",
                 "a context of " + std::to_string(shape.context) + " tokens for " + std::to_string(shape.sequences) +
                     (shape.sequences == 1 ? " sequence needs " : " sequences needs ") + mebibytes(shape.bytes()) +
                     " beside " + mebibytes(weights) + " of weights, and " + mebibytes(available) +
                     " are available; the largest that fits is " + std::to_string((usable - weights) / per_token)};
}

// A resident model then computes what the pack computes.
Status take_thresholds(const std::string& path, const Hyperparameters& hp, ModelWeights& weights) {
    const auto gguf = GgufFile::open(path);
    if (!gguf) return gguf.error();
    const auto pack = read_pack(*gguf.value(), hp);
    if (!pack) return pack.error();
    for (size_t l = 0; l < weights.layers.size(); ++l) {
        const float threshold = pack.value().layers[l].activation_threshold;
        for (FfnWeights& ffn : weights.layers[l].ffn) ffn.firing = firing_gates(hp.activation, threshold);
    }
    return {};
}

// A loaded model and all that computes with it, in the order in which they depend on each other.
struct Loaded {
    std::unique_ptr<GgufFile> gguf;
    Hyperparameters hp;
    std::unique_ptr<Tokenizer> tokenizer;
    const Kernels* kernels = nullptr;
    std::unique_ptr<TaskPool> pool;
    std::unique_ptr<Timeline> timeline;  // of a pack
    ModelWeights weights;
    std::unique_ptr<FeedForward> feed_forward;
    ClusterFeedForward* streamed = nullptr;  // feed_forward, if it is one
    KvCache cache;
    std::optional<Transformer> transformer;
    int64_t batch = 0;
};

class PhononBackend : public Backend {
  public:
    std::string name() const override { return "phonon"; }
    std::string build() const override { return PHONON_VERSION; }

    Result<LoadReport> load(const LoadConfig& config, const std::atomic<bool>& cancel) override {
        unload();
        auto loaded = std::make_unique<Loaded>();
        try {
            auto report = load_into(*loaded, config, cancel);
            if (report) loaded_ = std::move(loaded);
            return report;
        } catch (const std::bad_alloc&) {
            return Error{"out_of_memory", config.path + ": memory ran out while it was loaded"};
        }
    }

    void unload() override { loaded_.reset(); }
    const Tokenizer* tokenizer() const override { return loaded_ ? loaded_->tokenizer.get() : nullptr; }

    Result<StepReport> eval(std::span<const BatchToken> tokens, std::vector<float>& logits,
                            const std::atomic<bool>& cancel) override {
        if (!loaded_) return Error{"not_loaded", "no model is loaded"};
        if (Status status = check_batch(tokens); !status) return status.error();
        try {
            auto report = loaded_->transformer->eval(tokens, logits, cancel);
            if (!report || loaded_->streamed == nullptr) return report;
            // Whose logits are wanted is followed by a token that is chosen by them.
            if (tokens.back().logits) {
                const auto start = Clock::now();
                if (Status status = loaded_->streamed->end_prompt(); !status) return status.error();
                report.value().ffn_ms += milliseconds_since(start);
            }
            report.value().stream = loaded_->streamed->take_step();
            return report;
        } catch (const std::bad_alloc&) {
            return Error{"out_of_memory", "memory ran out during an evaluation; use a smaller batch or context"};
        }
    }

    Timeline* timeline() override { return loaded_ ? loaded_->timeline.get() : nullptr; }

    std::optional<HeatMap> take_heat() override {
        if (!loaded_ || loaded_->streamed == nullptr) return std::nullopt;
        HeatMap heat = loaded_->streamed->take_heat();
        return heat.tokens > 0 ? std::optional(std::move(heat)) : std::nullopt;
    }

    void truncate(int32_t sequence, int32_t position) override {
        if (!loaded_ || sequence < 0 || sequence >= loaded_->cache.shape().sequences) return;
        const int64_t length = loaded_->cache.length(sequence);
        loaded_->cache.set_length(sequence, std::clamp<int64_t>(position, 0, length));
    }

  private:
    static Result<LoadReport> load_into(Loaded& loaded, const LoadConfig& config, const std::atomic<bool>& cancel);
    Status check_batch(std::span<const BatchToken> tokens);

    std::unique_ptr<Loaded> loaded_;
    std::vector<int64_t> next_;  // [sequence] position that the next token must have
};

Result<LoadReport> PhononBackend::load_into(Loaded& loaded, const LoadConfig& config, const std::atomic<bool>& cancel) {
    const auto start = Clock::now();
    if (Status status = check_config(config); !status) return status.error();
    auto kernels = choose_kernels(config.kernels);
    if (!kernels) return kernels.error();
    loaded.kernels = kernels.value();

    auto gguf = GgufFile::open(config.path);
    if (!gguf) return gguf.error();
    loaded.gguf = std::move(gguf).value();
    auto hp = read_hyperparameters(*loaded.gguf);
    if (!hp) return hp.error();
    loaded.hp = hp.value();
    if (!config.activation.empty() && !parse_activation(config.activation, loaded.hp.activation)) {
        return bad_request("activation '" + config.activation + "' is not known; silu, relu, drelu and relu2 are");
    }
    auto info = read_model_info(*loaded.gguf);
    if (!info) return info.error();
    auto tensors = read_tensors(*loaded.gguf, loaded.hp);
    if (!tensors) return tensors.error();

    LoadReport report;
    report.model = std::move(info).value();
    report.model.activation = loaded.hp.activation;
    report.context = config.context > 0 ? config.context : std::min(loaded.hp.context, kDefaultContext);
    if (report.context > loaded.hp.context) {
        report.warnings.push_back("a context of " + std::to_string(report.context) + " tokens is longer than the " +
                                  std::to_string(loaded.hp.context) + " that the model was trained for");
    }
    const KvShape shape{.layers = loaded.hp.layers,
                        .sequences = config.sequences,
                        .context = report.context,
                        .kv_heads = loaded.hp.kv_heads,
                        .head_dim = loaded.hp.head_dim};
    const bool by_neuron = loaded.hp.activation != Activation::silu || !config.thresholds.empty();
    if (Status status = check_memory(config.path, copied_bytes(tensors.value(), by_neuron), shape); !status) {
        return status.error();
    }
    auto tokenizer = Tokenizer::open(config.path);
    if (!tokenizer) return tokenizer.error();
    loaded.tokenizer = std::move(tokenizer).value();
    if (loaded.tokenizer->size() != loaded.hp.vocabulary) {
        return loaded.gguf->invalid("its tokeniser has another number of tokens than tokenizer.ggml.tokens");
    }

    loaded.pool =
        std::make_unique<TaskPool>(config.cores.empty() ? choose_cores(config.threads, usable_cores()) : config.cores);
    auto weights = prepare_weights(*loaded.gguf, tensors.value(), by_neuron, Hold::laid_out, *loaded.kernels,
                                   *loaded.pool, cancel);
    if (!weights) return weights.error();
    loaded.weights = std::move(weights).value();
    if (!config.thresholds.empty()) {
        if (Status status = take_thresholds(config.thresholds, loaded.hp, loaded.weights); !status)
            return status.error();
    }
    if (Status status = loaded.cache.allocate(shape); !status) return status.error();
    if (is_pack(*loaded.gguf)) {
        loaded.timeline = std::make_unique<Timeline>(loaded.pool->threads());
        auto streamed = open_streamed(*loaded.gguf, loaded.hp, tensors.value(), config, *loaded.kernels, *loaded.pool,
                                      shape, *loaded.timeline, report);
        if (!streamed) return streamed.error();
        loaded.streamed = streamed.value().get();
        loaded.feed_forward = std::move(streamed).value();
    } else {
        loaded.feed_forward =
            std::make_unique<ResidentFeedForward>(loaded.hp, loaded.weights, *loaded.kernels, *loaded.pool);
    }
    loaded.transformer.emplace(loaded.hp, loaded.weights, *loaded.feed_forward, loaded.cache, *loaded.kernels,
                               *loaded.pool, loaded.timeline.get());
    loaded.batch = config.batch;

    report.warnings.insert(report.warnings.end(), loaded.weights.warnings.begin(), loaded.weights.warnings.end());
    report.cores = loaded.pool->cores();
    report.kernels = loaded.kernels->name;
    report.weight_bytes = loaded.weights.bytes;
    report.kv_bytes = shape.bytes();
    report.load_ms = milliseconds_since(start);
    return report;
}

Status PhononBackend::check_batch(std::span<const BatchToken> tokens) {
    const KvShape& shape = loaded_->cache.shape();
    if (tokens.empty() || static_cast<int64_t>(tokens.size()) > loaded_->batch) {
        return bad_request("a batch of " + std::to_string(tokens.size()) + " tokens; 1 to " +
                           std::to_string(loaded_->batch) + " were agreed when the model was loaded");
    }
    next_.assign(static_cast<size_t>(shape.sequences), 0);
    for (int64_t s = 0; s < shape.sequences; ++s) next_[static_cast<size_t>(s)] = loaded_->cache.length(s);
    for (const BatchToken& token : tokens) {
        if (token.sequence < 0 || token.sequence >= shape.sequences) {
            return bad_request("sequence " + std::to_string(token.sequence) + " of " + std::to_string(shape.sequences));
        }
        if (token.token < 0 || token.token >= loaded_->hp.vocabulary) {
            return bad_request("token " + std::to_string(token.token) + " is not in the vocabulary of " +
                               std::to_string(loaded_->hp.vocabulary));
        }
        int64_t& next = next_[static_cast<size_t>(token.sequence)];
        if (token.position != next) {
            return bad_request("position " + std::to_string(token.position) + " in sequence " +
                               std::to_string(token.sequence) + ", which continues at " + std::to_string(next));
        }
        if (next >= shape.context) {
            return Error{"prompt_too_long", "the context of " + std::to_string(shape.context) +
                                                " tokens is full; load the model with a larger one"};
        }
        ++next;
    }
    return {};
}

}  // namespace

std::unique_ptr<Backend> make_phonon_backend() {
    return std::make_unique<PhononBackend>();
}

}  // namespace phonon
