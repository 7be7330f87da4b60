#pragma once
// A mixture of experts: a router chooses some FFNs for every token and weighs their outputs.

#include <cstdint>
#include <span>
#include <vector>

#include "engine/ffn.h"
#include "engine/model_weights.h"
#include "model/hyperparameters.h"

namespace phonon {

// Not thread-safe; uses all threads of the pool.
class Experts {
  public:
    Experts(const Hyperparameters& hp, Ffn& ffn, const Kernels& kernels, TaskPool& pool);

    // Chooses experts for `m` tokens from what the router reads: the layer's input (smallthinker) or the FFN's (llama).
    void route(const LayerWeights& layer, const float* x, int64_t m);
    // Goes on with some of the tokens only: `kept` are indices into the last route()'s, ascending.
    void keep(std::span<const int64_t> kept);

    // y [m][embedding] from x [m][embedding], for the tokens routed. Returns the number of neurons computed.
    int64_t run(const LayerWeights& layer, const float* x, int64_t m, float* y);

  private:
    struct Choice {
        int32_t expert = 0;
        float weight = 0;
    };
    void choose(float* scores, Choice* choices) const;
    int64_t run_one(const LayerWeights& layer, const float* x, float* y);
    int64_t run_many(const LayerWeights& layer, const float* x, int64_t m, float* y);

    const Hyperparameters& hp_;
    Ffn& ffn_;
    const Kernels& kernels_;
    TaskPool& pool_;
    Inputs router_inputs_;
    Inputs inputs_;
    std::vector<float> scores_;    // [m][experts]
    std::vector<Choice> choices_;  // [m][experts_used]
    std::vector<float> gathered_;  // [tokens of one expert][embedding]
    std::vector<float> outputs_;   // likewise, or [experts_used][embedding]
};

}  // namespace phonon
