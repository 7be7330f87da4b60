#include "tools/firing_run.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/cores.h"
#include "engine/feed_forward.h"
#include "engine/transformer.h"
#include "generate/forced_tokens.h"
#include "model/gguf_file.h"
#include "model/model_tensors.h"

namespace phonon {

namespace {

constexpr int64_t kDecodedAtOnce = 64;

// A model's FFNs in memory, which keeps for every token the neurons whose gate is positive.
class RecordingFfn : public FeedForward {
  public:
    RecordingFfn(const Hyperparameters& hp, const ModelWeights& weights, const Kernels& kernels, TaskPool& pool)
        : hp_(hp), weights_(weights), kernels_(kernels), pool_(pool), ffn_(hp, weights, kernels, pool) {
        forget();
    }
    void begin(int64_t layer, const float* x, int64_t m) override { ffn_.begin(layer, x, m); }
    void keep(std::span<const int64_t> kept) override { ffn_.keep(kept); }
    Result<int64_t> run(int64_t layer, const float* x, int64_t m, float* y) override {
        const FfnWeights& w = weights_.layers[static_cast<size_t>(layer)].ffn.front();
        const std::array types{w.gate.type()};
        inputs_.assign(x, m, hp_.embedding, hp_.embedding, types, kernels_, pool_);
        gate_.resize(static_cast<size_t>(m * hp_.ffn));
        const Product gate{&w.gate, gate_.data(), hp_.ffn};
        multiply({&gate, 1}, inputs_, kernels_, pool_);
        add_bias(w.gate_bias, gate_.data(), m);
        for (int64_t t = 0; t < m; ++t) {
            Fired& neurons = fired[static_cast<size_t>(layer)].emplace_back();
            for (int64_t i = 0; i < hp_.ffn; ++i) {
                if (gate_[static_cast<size_t>(t * hp_.ffn + i)] > 0) neurons.push_back(static_cast<int32_t>(i));
            }
        }
        return ffn_.run(layer, x, m, y);
    }
    void forget() { fired.assign(static_cast<size_t>(hp_.layers), {}); }

    std::vector<std::vector<Fired>> fired;  // [layer][token]

  private:
    const Hyperparameters& hp_;
    const ModelWeights& weights_;
    const Kernels& kernels_;
    TaskPool& pool_;
    ResidentFeedForward ffn_;
    Inputs inputs_;
    std::vector<float> gate_;  // [m][ffn]
};

void look_at_logits(std::span<const float> logits, FiringRun& run, double& variance) {
    double sum = 0;
    double square = 0;
    for (const float x : logits) {
        run.finite = run.finite && std::isfinite(x);
        sum += static_cast<double>(x);
        square += static_cast<double>(x) * static_cast<double>(x);
    }
    const auto count = static_cast<double>(logits.size());
    variance += square / count - (sum / count) * (sum / count);
}

}  // namespace

Result<FiringRun> run_firing(const std::string& path, const FiringConfig& config, const std::atomic<bool>& cancel) {
    auto gguf = GgufFile::open(path);
    if (!gguf) return gguf.error();
    auto hp = read_hyperparameters(*gguf.value());
    if (!hp) return hp.error();
    if (hp.value().experts > 1) {
        return Error{"unsupported_architecture", path + ": firing is counted for models without experts"};
    }
    auto tensors = read_tensors(*gguf.value(), hp.value());
    if (!tensors) return tensors.error();
    auto tokenizer = Tokenizer::open(path);
    if (!tokenizer) return tokenizer.error();

    const Kernels& kernels = *best_kernels();
    TaskPool pool(choose_cores(config.threads, usable_cores()));
    auto weights = prepare_weights(*gguf.value(), tensors.value(), hp.value().activation != Activation::silu,
                                   Hold::laid_out, kernels, pool, cancel);
    if (!weights) return weights.error();
    KvCache cache;
    const KvShape shape{.layers = hp.value().layers,
                        .sequences = 1,
                        .context = std::min(std::max(config.tokens, config.other_tokens), hp.value().context),
                        .kv_heads = hp.value().kv_heads,
                        .head_dim = hp.value().head_dim};
    if (Status status = cache.allocate(shape); !status) return status.error();
    RecordingFfn ffn(hp.value(), weights.value(), kernels, pool);
    Transformer transformer(hp.value(), weights.value(), ffn, cache, kernels, pool);

    FiringRun run;
    ForcedTokens random(config.seed, static_cast<int32_t>(hp.value().vocabulary), end_tokens(*tokenizer.value()));
    std::vector<int32_t> text;
    if (!config.text.empty()) text = tokenizer.value()->encode(config.text, false);
    const int64_t wanted = config.tokens + config.sequences * config.other_tokens;
    if (!config.text.empty() && static_cast<int64_t>(text.size()) < wanted) {
        return Error{"bad_request", "the text has " + std::to_string(text.size()) + " tokens; " +
                                        std::to_string(wanted) + " are needed"};
    }
    size_t read = 0;
    const auto next_token = [&] { return text.empty() ? random.next() : text[read++]; };
    double variance = 0;
    std::vector<float> logits;
    auto eval = [&](int64_t tokens) -> Status {
        for (int64_t begin = 0, end = 0; begin < tokens; begin = end) {
            const int64_t position = begin % shape.context;
            if (position == 0) cache.set_length(0, 0);
            end = std::min({tokens, begin + kDecodedAtOnce, begin - position + shape.context});
            std::vector<BatchToken> batch;
            for (int64_t t = begin; t < end; ++t) {
                batch.push_back({next_token(), static_cast<int32_t>(t % shape.context), 0, true});
            }
            if (auto step = transformer.eval(batch, logits, cancel); !step) return step.error();
            const auto width = static_cast<size_t>(hp.value().vocabulary);
            for (size_t at = 0; at < logits.size(); at += width) {
                look_at_logits(std::span(logits).subspan(at, width), run, variance);
            }
        }
        return {};
    };
    if (Status status = eval(config.tokens); !status) return status.error();
    const auto sequence = std::move(ffn.fired);
    std::vector<std::vector<Fired>> others(sequence.size());
    std::vector<std::vector<std::vector<Fired>>> profiled;
    for (int64_t i = 0; i < config.sequences; ++i) {
        ffn.forget();
        if (Status status = eval(config.other_tokens); !status) return status.error();
        for (size_t l = 0; l < others.size(); ++l) others[l].push_back(ffn.fired[l].back());
        profiled.push_back(std::move(ffn.fired));
    }
    run.report = describe_firing(sequence, others, hp.value().ffn);
    if (!profiled.empty()) {
        const size_t warm = std::min(kWarmUpTokens, sequence.front().size() / 2);
        run.eviction = compare_orders(sequence, profile_firing(profiled, hp.value().ffn), warm);
    }
    const int64_t all = config.tokens + config.sequences * config.other_tokens;
    run.logit_deviation = std::sqrt(variance / static_cast<double>(all));
    return run;
}

}  // namespace phonon
