#include "packing/estimate_profile.h"

#include <algorithm>
#include <cmath>

#include "predictor/silu_score.h"

namespace phonon {
namespace {

constexpr float kDeviations = 8;  // that the bins reach from zero, to either side

float share(int64_t part, int64_t whole) {
    return whole > 0 ? static_cast<float>(static_cast<double>(part) / static_cast<double>(whole)) : 1.0f;
}

}  // namespace

EstimateProfile::EstimateProfile(std::span<const uint8_t> slice, int64_t tokens, bool silu)
    : slice_(slice.begin(), slice.end()),
      neurons_(static_cast<int64_t>(slice.size())),
      half_(tokens / 2),
      silu_(silu),
      correction_(slice.size(), 0),
      mean_(slice.size(), 0),
      bins_(static_cast<size_t>(kHeatSlices * kEstimateBins)) {}

void EstimateProfile::start_bins(const float* estimate) {
    double squares = 0;
    for (int64_t i = 0; i < neurons_; ++i) squares += static_cast<double>(estimate[i]) * estimate[i];
    const auto deviation = static_cast<float>(std::sqrt(squares / static_cast<double>(neurons_)));
    width_ = std::max(deviation, 1e-20f) * 2 * kDeviations / static_cast<float>(kEstimateBins);
}

void EstimateProfile::see(const float* gate, const float* h, const float* estimate) {
    if (tokens_++ < half_) {
        for (size_t n = 0; n < slice_.size(); ++n) {
            correction_[n] += gate[n] - estimate[n];
            mean_[n] += gate[n];
        }
        if (tokens_ < half_) return;
        for (float& sum : correction_) sum /= static_cast<float>(half_);
        for (float& sum : mean_) sum /= static_cast<float>(half_);
        return;
    }
    if (width_ == 0) start_bins(estimate);
    for (size_t n = 0; n < slice_.size(); ++n) {
        const float corrected = estimate[n] + correction_[n];
        const double missed = gate[n] - corrected, varies = gate[n] - mean_[n];
        missed_ += missed * missed;
        variance_ += varies * varies;
        const float score = silu_ ? silu_score(corrected) : corrected;
        const float place = score / width_ + static_cast<float>(kEstimateBins) / 2;
        // A NaN counts as least.
        const int64_t at = place > 0 ? static_cast<int64_t>(std::min(place, static_cast<float>(kEstimateBins - 1))) : 0;
        Bin& bin = bins_[static_cast<size_t>(slice_[n] * kEstimateBins + at)];
        ++bin.count;
        bin.fired += h[n] != 0 ? 1 : 0;
        bin.energy += static_cast<double>(h[n]) * h[n];
    }
}

std::vector<EstimateBin> EstimateProfile::bins() const {
    int64_t count = 0;
    double energy = 0;
    for (const Bin& bin : bins_) {
        count += bin.count;
        energy += bin.energy;
    }
    std::vector<EstimateBin> shares;
    for (const Bin& bin : bins_) {
        shares.push_back({.count = share(bin.count, std::max<int64_t>(1, count)),
                          .energy = static_cast<float>(energy > 0 ? bin.energy / energy : 0)});
    }
    return shares;
}

EstimateProfile::Kept EstimateProfile::keep(double energy_share) const {
    const Thresholds chosen = choose_thresholds(bins(), width_, 1, energy_share, 0);
    int64_t count = 0, fired = 0, recalled = 0;
    for (int64_t s = 0; s < kHeatSlices; ++s) {
        for (int64_t b = 0; b < kEstimateBins; ++b) {
            const Bin& bin = bins_[static_cast<size_t>(s * kEstimateBins + b)];
            const float middle = (static_cast<float>(b) + 0.5f - static_cast<float>(kEstimateBins) / 2) * width_;
            count += bin.count;
            fired += bin.fired;
            recalled += middle > chosen.in_memory ? bin.fired : 0;
        }
    }
    return {.threshold = chosen.in_memory,
            .active = share(fired, count),
            .let_through = static_cast<float>(chosen.let_through),
            .recall = share(recalled, fired),
            .energy = static_cast<float>(chosen.energy)};
}

double EstimateProfile::explained() const {
    return variance_ > 0 ? 1 - missed_ / variance_ : 1;
}

}  // namespace phonon
