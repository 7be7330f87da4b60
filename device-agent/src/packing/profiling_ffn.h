#pragma once
// The feed-forward networks of a model that is being profiled: computed dense, with every neuron watched.

#include <functional>
#include <vector>

#include "engine/feed_forward.h"
#include "packing/layer_profile.h"
#include "predictor/two_bit_gate.h"

namespace phonon {

// Models with one FFN per layer. The layer whose turn it is has been told by watch().
class ProfilingFfn : public FeedForward {
  public:
    ProfilingFfn(const Hyperparameters& hp, const ModelWeights& weights, const Kernels& kernels, TaskPool& pool)
        : hp_(hp), weights_(weights), kernels_(kernels), pool_(pool) {}

    // What the next calls of run() report to, and whose estimates; both must outlive them.
    void watch(LayerProfile& profile, const TwoBitGate& gate) {
        profile_ = &profile;
        gate_copy_ = &gate;
    }

    void begin(int64_t, const float*, int64_t) override {}
    void keep(std::span<const int64_t>) override {}
    Result<int64_t> run(int64_t layer, const float* x, int64_t m, float* y) override;

  private:
    const Hyperparameters& hp_;
    const ModelWeights& weights_;
    const Kernels& kernels_;
    TaskPool& pool_;
    LayerProfile* profile_ = nullptr;
    const TwoBitGate* gate_copy_ = nullptr;
    Inputs inputs_, middle_;
    std::vector<float> gate_, up_, estimates_;
};

}  // namespace phonon
