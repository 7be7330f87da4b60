#pragma once
// What one layer's neurons did over the profile's tokens: how often they fire, alone and in batches (PowerInfer-2,
// figure 2).

#include <cstdint>
#include <vector>

#include "pack/pack_file.h"
#include "packing/overlap_profile.h"

namespace phonon {

inline constexpr int64_t kProfileSequences = 32;  // the largest batch whose activity is counted

// Not thread-safe.
class LayerProfile {
  public:
    explicit LayerProfile(int64_t neurons);

    // One token, step by step: every kProfileSequences-th is of the same sequence. h [neurons]: what goes into Down.
    void see(const float* h);

    // The share of tokens of a batch size [kProfiledBatches][neurons] for which a neuron fires at least once.
    std::vector<float> frequency() const;
    // Neurons, the hottest first; equals by number.
    std::vector<int32_t> order() const;
    // Of kHeatSlices [neuron], by that order.
    std::vector<uint8_t> slices() const;
    // The share of a token's firing neurons that fired for the token before.
    float overlap() const;
    const OverlapProfile& overlaps() const { return overlaps_; }

  private:
    const int64_t neurons_;
    OverlapProfile overlaps_;
    int64_t tokens_ = 0;
    std::vector<std::vector<int32_t>> batches_;  // [kProfiledBatches][neuron] batches in which it fired
    std::vector<uint8_t> before_;                // [kProfileSequences][neuron] fired for the sequence's last token
    int64_t again_ = 0, after_first_ = 0;        // fired and did for the token before; fired, not for a first token
    std::vector<std::vector<int64_t>> last_;     // [kProfiledBatches][neuron] the last batch in which it fired
};

}  // namespace phonon
