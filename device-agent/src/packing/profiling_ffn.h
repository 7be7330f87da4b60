#pragma once
// The feed-forward networks of a model that is being profiled: computed dense, with every neuron watched.

#include <functional>
#include <vector>

#include "engine/feed_forward.h"
#include "packing/layer_trace.h"

namespace phonon {

// Models with one FFN per layer. The layer whose turn it is has been told by watch().
class ProfilingFfn : public FeedForward {
  public:
    // `sparsity`: of SiLU models, the share of a layer's first tokens' neurons below the threshold that is then chosen;
    // 0: there is no threshold.
    ProfilingFfn(const Hyperparameters& hp, double sparsity, const Kernels& kernels, TaskPool& pool)
        : hp_(hp), sparsity_(sparsity), kernels_(kernels), pool_(pool) {}

    // What the next calls of run() compute, and add `tokens` to; both must outlive them.
    void watch(const FfnWeights& weights, LayerTrace& trace, int64_t tokens);

    // On |silu(gate)|, of the layer that is watched; 0: there is none.
    float threshold() const { return threshold_; }

    void begin(int64_t, const float*, int64_t) override {}
    void keep(std::span<const int64_t>) override {}
    Result<int64_t> run(int64_t layer, const float* x, int64_t m, float* y) override;

  private:
    const Hyperparameters& hp_;
    const double sparsity_;
    const Kernels& kernels_;
    TaskPool& pool_;
    const FfnWeights* weights_ = nullptr;
    LayerTrace* trace_ = nullptr;
    float threshold_ = 0;
    Inputs inputs_, middle_;
};

}  // namespace phonon
