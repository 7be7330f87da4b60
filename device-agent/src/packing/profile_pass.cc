#include "packing/profile_pass.h"

#include <algorithm>

namespace phonon {
namespace {

constexpr int64_t kStepsTogether = 16;

// What only the head is asked of.
class NoFeedForward : public FeedForward {
  public:
    void begin(int64_t, const float*, int64_t) override {}
    void keep(std::span<const int64_t>) override {}
    Result<int64_t> run(int64_t, const float*, int64_t, float*) override {
        return Error{"internal", "the head has no feed-forward network"};
    }
};

}  // namespace

Status ProfilePass::allocate() {
    return cache_.allocate({.layers = 1,
                            .sequences = kProfileSequences,
                            .context = tokens_.steps,
                            .kv_heads = hp_.kv_heads,
                            .head_dim = hp_.head_dim});
}

std::span<const float> ProfilePass::part(const std::vector<float>& stream, int64_t step, int64_t count) const {
    const auto width = static_cast<size_t>(kProfileSequences * hp_.embedding);
    return std::span(stream).subspan(static_cast<size_t>(step) * width, static_cast<size_t>(count) * width);
}

Status ProfilePass::run_layer(int64_t layer, FeedForward& ffn, std::vector<float>& stream,
                              const std::atomic<bool>& cancel) {
    Transformer transformer(hp_, weights_, ffn, cache_, kernels_, pool_);
    cache_.begin_layer(layer);
    StepReport report;
    report.active.resize(static_cast<size_t>(hp_.layers));
    stream.resize(static_cast<size_t>(tokens_.steps * kProfileSequences * hp_.embedding));
    for (int64_t step = 0; step < tokens_.steps; step += kStepsTogether) {
        if (cancel) return Error{"cancelled", "packing was cancelled"};
        const int64_t count = std::min(kStepsTogether, tokens_.steps - step);
        transformer.begin(profile_batch(tokens_, step, count));
        const std::span<float> x = transformer.residual();
        const std::span<const float> before = part(stream, step, count);
        if (layer > 0) std::copy(before.begin(), before.end(), x.begin());
        if (Status status = transformer.run_layer(layer, report); !status) return status;
        std::copy(x.begin(), x.end(), stream.begin() + (before.data() - stream.data()));
    }
    return {};
}

void ProfilePass::head(int64_t step, int64_t count, const std::vector<float>& stream, std::vector<float>& logits) {
    NoFeedForward none;
    Transformer transformer(hp_, weights_, none, cache_, kernels_, pool_);
    transformer.begin(profile_batch(tokens_, step, count));
    const std::span<const float> after = part(stream, step, count);
    std::copy(after.begin(), after.end(), transformer.residual().begin());
    transformer.head(logits);
}

}  // namespace phonon
