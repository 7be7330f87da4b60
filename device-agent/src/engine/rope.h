#pragma once
// Rotary position embedding, computed as llama.cpp does, so that long contexts round alike.

#include <cstdint>
#include <span>
#include <vector>

#include "model/hyperparameters.h"

namespace phonon {

// Cosines and sines by position. extend() is called by one thread; rotate() then by any.
class Rope {
  public:
    // `base` in place of config.base; `factors` is [head_dim / 2] or empty.
    Rope(const RopeConfig& config, float base, int64_t head_dim, std::span<const float> factors);

    // Makes positions [0, positions) known.
    void extend(int64_t positions);
    // Rotates one head's values in place.
    void rotate(float* head, int64_t position) const;

  private:
    RopeConfig config_;
    float base_;
    int64_t head_dim_;
    std::vector<float> factors_;
    float yarn_low_ = 0, yarn_high_ = 0;  // pairs between them go from extrapolation to interpolation
    std::vector<float> table_;            // [position][pair][cosine, sine]
};

}  // namespace phonon
