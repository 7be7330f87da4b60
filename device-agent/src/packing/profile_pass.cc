#include "packing/profile_pass.h"

#include <algorithm>

namespace phonon {
namespace {

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

Status ProfilePass::run_layer(int64_t layer, FeedForward& ffn, std::vector<float>& stream,
                              const std::atomic<bool>& cancel) {
    Transformer transformer(hp_, weights_, ffn, cache_, kernels_, pool_);
    cache_.begin_layer(layer);
    StepReport report;
    report.active.resize(static_cast<size_t>(hp_.layers));
    stream.resize(static_cast<size_t>(tokens_.steps * kProfileSequences * hp_.embedding));
    const size_t width = stream.size() / 2;
    for (size_t half = 0; half < 2; ++half) {
        if (cancel) return Error{"cancelled", "packing was cancelled"};
        transformer.begin(profile_half(tokens_, static_cast<int64_t>(half)));
        const std::span<float> x = transformer.residual(), mine = std::span(stream).subspan(half * width, width);
        if (layer > 0) std::copy(mine.begin(), mine.end(), x.begin());
        if (Status status = transformer.run_layer(layer, report); !status) return status;
        std::copy(x.begin(), x.end(), mine.begin());
    }
    return {};
}

void ProfilePass::head(int64_t step, const std::vector<float>& stream, std::vector<float>& logits) {
    NoFeedForward none;
    Transformer transformer(hp_, weights_, none, cache_, kernels_, pool_);
    transformer.begin(profile_step(tokens_, step));
    auto to = transformer.residual().begin();
    for (int64_t s = 0; s < kProfileSequences; ++s) {
        to = std::copy_n(stream.begin() + place_in_halves(tokens_, step, s) * hp_.embedding, hp_.embedding, to);
    }
    transformer.head(logits);
}

}  // namespace phonon
