#pragma once
// The feed-forward network: down(activation(gate x, up x)).
//
// With a ReLU most of the activation is zero. A decoded token's gate is computed whole; then only the rows of Up and
// the columns of Down whose activation is not zero are read. When the tokens of a batch together want more neurons than
// there are, as in prefill, all of it is computed dense, which reads every weight once.

#include <cstdint>
#include <span>
#include <vector>

#include "base/task_pool.h"
#include "engine/model_weights.h"
#include "kernels/kernels.h"
#include "kernels/weights.h"
#include "phonon/model_info.h"

namespace phonon {

// y [n] = activation(gate) * up. y may be gate.
void activate(Activation activation, const Kernels& kernels, const float* gate, const float* up, float* y, int64_t n);

// y [m][width] += bias [width]; an empty bias adds nothing.
void add_bias(const std::vector<float>& bias, float* y, int64_t m);

// Not thread-safe; uses all threads of the pool.
class Ffn {
  public:
    Ffn(int64_t embedding, int64_t width, Activation activation, const Kernels& kernels, TaskPool& pool);

    // y [m][embedding] = FFN of x [m][embedding], prepared in `inputs` for input_types(w). Returns the number of
    // neurons that were computed for any of the tokens.
    int64_t run(const FfnWeights& w, const Inputs& inputs, float* y);

    // Several networks, one token that all of them read: the gates are computed in one parallel region.
    // y [networks][embedding].
    int64_t run_each(std::span<const FfnWeights* const> networks, const Inputs& inputs, float* y);

    // The types that inputs must be prepared for.
    static std::vector<WeightType> input_types(const FfnWeights& w);

  private:
    void down_dense(const FfnWeights& w, const float* activations, int64_t m, float* y);
    void down_neurons(const FfnWeights& w, const Inputs& inputs, int64_t token, float* gate, float* y);
    int64_t find_active(const FfnWeights& w, const float* gate);

    int64_t embedding_;
    int64_t width_;
    Activation activation_;
    const Kernels& kernels_;
    TaskPool& pool_;
    Inputs middle_;
    std::vector<float> gate_;      // [m][width], then what goes into Down
    std::vector<float> up_;        // [m][width]; by neuron: [active]
    std::vector<int32_t> active_;  // one token's neurons, ascending
    std::vector<float> gathered_;  // [active] their gates, then activations
    std::vector<uint8_t> union_;   // [width] whether any token computed it
    std::vector<Product> products_;
};

}  // namespace phonon
