#pragma once
// Low-rank factors of Gate, weighted by the covariance of what the FFN is given.
//
// Of all maps of rank r, the one whose squared error over the profile's tokens is least is U U^T Gate, with U the r
// leading eigenvectors of Gate C Gate^T, C the covariance of the inputs (Eckart and Young, 1936). The exact gates of n
// tokens have that matrix's leading part already: U comes from an n x n matrix of their products, and Gate itself is
// needed only for the second factor. So the fit costs little where it is found that no rank pays.

#include <cstdint>
#include <vector>

#include "model/model_tensors.h"
#include "packing/layer_trace.h"
#include "predictor/predictor.h"

namespace phonon {

// What it was given must outlive it. Not thread-safe; uses all threads of the pool.
class LowRankFit {
  public:
    // Fits to the trace's first `tokens`.
    LowRankFit(const LayerTrace& trace, int64_t tokens, const Kernels& kernels, TaskPool& pool);

    // Ranks that the tokens can tell of: some tokens for each.
    int64_t most_rank() const;

    // out [count][neurons]: what exact arithmetic of this rank makes of the gates of tokens [first, first + count), but
    // for their mean. Needs no second factor.
    void project(int64_t rank, int64_t first, int64_t count, float* out) const;

    // Both factors, quantised, as LowRankGate takes them. `gate` is the layer's matrix.
    std::vector<std::byte> factors(const TensorView& gate, int64_t rank, WeightType type) const;

  private:
    std::vector<float> centred(int64_t first, int64_t count) const;

    const LayerTrace& trace_;
    const Kernels& kernels_;
    TaskPool& pool_;
    const int64_t width_;         // neurons, padded to 16
    std::vector<float> mean_;     // [neurons] of the gates
    std::vector<float> basis_;    // [most_rank()][width_] eigenvectors of Gate C Gate^T, as long as their value's root
    std::vector<double> values_;  // [most_rank()] the largest first
};

}  // namespace phonon
