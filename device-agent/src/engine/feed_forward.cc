#include "engine/feed_forward.h"

namespace phonon {

ResidentFeedForward::ResidentFeedForward(const Hyperparameters& hp, const ModelWeights& weights, const Kernels& kernels,
                                         TaskPool& pool)
    : hp_(hp),
      weights_(weights),
      kernels_(kernels),
      pool_(pool),
      ffn_(hp.embedding, hp.ffn, hp.activation, kernels, pool),
      experts_(hp, ffn_, kernels, pool) {}

void ResidentFeedForward::begin(int64_t layer, const float* x, int64_t m) {
    if (routes_early()) experts_.route(weights_.layers[static_cast<size_t>(layer)], x, m);
}

void ResidentFeedForward::keep(std::span<const int64_t> kept) {
    if (routes_early()) experts_.keep(kept);
}

Result<int64_t> ResidentFeedForward::run(int64_t layer, const float* x, int64_t m, float* y) {
    const LayerWeights& w = weights_.layers[static_cast<size_t>(layer)];
    if (hp_.experts > 1) {
        if (!routes_early()) experts_.route(w, x, m);
        return experts_.run(w, x, m, y);
    }
    const FfnWeights& ffn = w.ffn.front();
    inputs_.assign(x, m, hp_.embedding, hp_.embedding, Ffn::input_types(ffn), kernels_, pool_);
    return ffn_.run(ffn, inputs_, y);
}

}  // namespace phonon
