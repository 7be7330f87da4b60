#pragma once
// What one layer's neurons did over the profile's tokens: how often they fire, alone and in batches (PowerInfer-2,
// figure 2), and what a predictor's threshold would keep.

#include <cstdint>
#include <span>
#include <vector>

#include "pack/pack_file.h"
#include "packing/overlap_profile.h"

namespace phonon {

inline constexpr int64_t kProfileSequences = 32;  // the largest batch whose activity is counted

// The first half of the tokens tells what estimates lack in the mean and how hot neurons are; the second what corrected
// estimates are worth. Not thread-safe.
class LayerProfile {
  public:
    // `tokens` that will be seen, at least two. `silu`: estimates are compared by silu_score().
    LayerProfile(int64_t neurons, int64_t tokens, bool silu);

    // One token, in the order of profile_batch(): every kProfileSequences-th is of the same sequence: gate [neurons]
    // with its bias, h [neurons] what goes into Down, estimate [neurons] the predictor's of gate.
    void see(const float* gate, const float* h, const float* estimate);

    // The share of tokens of a batch size [kProfiledBatches][neurons] for which a neuron fires at least once.
    std::vector<float> frequency() const;
    // Neurons, the hottest first; equals by number.
    std::vector<int32_t> order() const;
    // Mean of gate - estimate [neurons].
    std::span<const float> correction() const { return correction_; }
    // [kHeatSlices][kEstimateBins]
    std::vector<EstimateBin> estimates() const;
    const OverlapProfile& overlaps() const { return overlaps_; }
    // With the highest threshold that keeps `energy_share` of the sum of h^2.
    PackStatistics statistics(double energy_share) const;

  private:
    void finish_correction();
    void start_bins(const float* estimate);
    void count_fired(const float* h);

    struct Bin {  // of corrected estimates
        int64_t count = 0, fired = 0;
        double energy = 0;
    };
    const int64_t neurons_, half_;
    const bool silu_;
    OverlapProfile overlaps_;
    int64_t tokens_ = 0;
    std::vector<std::vector<int32_t>> batches_;  // [kProfiledBatches][neuron] batches in which it fired
    std::vector<uint8_t> before_;                // [kProfileSequences][neuron] fired for the sequence's last token
    int64_t again_ = 0, after_first_ = 0;        // fired and did for the token before; fired, not for a first token
    std::vector<std::vector<int64_t>> last_;     // [kProfiledBatches][neuron] the last batch in which it fired
    std::vector<float> correction_;              // [neuron] until half_ tokens were seen, the sum
    std::vector<uint8_t> slice_;                 // [neuron] of kHeatSlices
    float width_ = 0;                            // of a bin; 0: before the first token of the second half
    std::vector<Bin> bins_;                      // [kHeatSlices][kEstimateBins]
};

}  // namespace phonon
