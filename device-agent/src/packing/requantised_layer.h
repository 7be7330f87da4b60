#pragma once
// A layer's FFN, quantised anew.

#include <span>

#include "engine/model_weights.h"
#include "kernels/aligned_buffer.h"
#include "kernels/matrix_kernels.h"
#include "model/model_tensors.h"
#include "pack/bundle_layout.h"
#include "phonon/result.h"

namespace phonon {

// The bytes of a layer's neurons. Borrowed.
struct LayerBytes {
    const std::byte* gate = nullptr;  // rows of BundleLayout::gate_type, one after the other
    const std::byte* up = nullptr;
    ColumnsView down;
};

// Not thread-safe.
class RequantisedLayer {
  public:
    // Quantises `source` as `bundle` wants it; what it has in that form already is borrowed. `original`: the same
    // layer's weights, for their biases. Errors: out_of_memory.
    static Result<RequantisedLayer> make(const FfnTensors& source, const FfnWeights& original,
                                         const BundleLayout& bundle, const Kernels& kernels, TaskPool& pool);

    const LayerBytes& bytes() const { return bytes_; }
    const FfnWeights& weights() const { return weights_; }

  private:
    AlignedBuffer gate_, up_, down_;
    LayerBytes bytes_;
    FfnWeights weights_;
};

}  // namespace phonon
