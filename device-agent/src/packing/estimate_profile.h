#pragma once
// What a predictor's estimates of one layer's gates are worth over the profile's tokens.

#include <cstdint>
#include <span>
#include <vector>

#include "predictor/thresholds.h"

namespace phonon {

// The first half of the tokens tells what estimates lack in the mean; the second what corrected estimates are worth.
// Not thread-safe.
class EstimateProfile {
  public:
    // `slice` [neuron] of kHeatSlices. `tokens` that will be seen, at least two. `silu`: estimates are compared by
    // silu_score().
    EstimateProfile(std::span<const uint8_t> slice, int64_t tokens, bool silu);

    // One token: gate [neurons] with its bias, h [neurons] what goes into Down, estimate [neurons] of gate.
    void see(const float* gate, const float* h, const float* estimate);

    // Mean of gate - estimate [neurons].
    std::span<const float> correction() const { return correction_; }
    // [kHeatSlices][kEstimateBins], of this width
    std::vector<EstimateBin> bins() const;
    float bin_width() const { return width_; }

    struct Kept {
        float threshold = 0;    // the highest that keeps the energy
        float active = 0;       // share of all neurons that fire
        float let_through = 0;  // share of all neurons
        float recall = 0;       // share of the firing ones
        float energy = 0;       // share of the sum of h^2
    };
    Kept keep(double energy_share) const;

    // The share of the gates' variance that corrected estimates explain.
    double explained() const;

  private:
    void start_bins(const float* estimate);

    struct Bin {
        int64_t count = 0, fired = 0;
        double energy = 0;
    };
    std::vector<uint8_t> slice_;
    int64_t neurons_, half_;
    bool silu_;
    int64_t tokens_ = 0;
    std::vector<float> correction_, mean_;  // [neuron] until half_ tokens were seen, sums
    float width_ = 0;                       // of a bin; 0: before the first token of the second half
    std::vector<Bin> bins_;                 // [kHeatSlices][kEstimateBins]
    double missed_ = 0, variance_ = 0;      // sums of squares
};

}  // namespace phonon
