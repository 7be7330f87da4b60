#include "packing/layer_profile.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "predictor/silu_score.h"

namespace phonon {
namespace {

constexpr float kDeviations = 8;  // that the bins reach from zero, to either side

}  // namespace

LayerProfile::LayerProfile(int64_t neurons, int64_t tokens, bool silu)
    : neurons_(neurons),
      half_(tokens / 2),
      silu_(silu),
      overlaps_(neurons),
      batches_(kProfiledBatches.size(), std::vector<int32_t>(static_cast<size_t>(neurons), 0)),
      before_(static_cast<size_t>(kProfileSequences * neurons), 0),
      last_(kProfiledBatches.size(), std::vector<int64_t>(static_cast<size_t>(neurons), -1)),
      correction_(static_cast<size_t>(neurons), 0),
      slice_(static_cast<size_t>(neurons), 0),
      bins_(static_cast<size_t>(kHeatSlices * kEstimateBins)) {}

void LayerProfile::finish_correction() {
    for (float& sum : correction_) sum /= static_cast<float>(half_);
    const std::vector<int32_t> hottest = order();
    for (int64_t p = 0; p < neurons_; ++p) {
        slice_[static_cast<size_t>(hottest[static_cast<size_t>(p)])] = static_cast<uint8_t>(p * kHeatSlices / neurons_);
    }
}

void LayerProfile::start_bins(const float* estimate) {
    double squares = 0;
    for (int64_t i = 0; i < neurons_; ++i) squares += static_cast<double>(estimate[i]) * estimate[i];
    const auto deviation = static_cast<float>(std::sqrt(squares / static_cast<double>(neurons_)));
    width_ = std::max(deviation, 1e-20f) * 2 * kDeviations / static_cast<float>(kEstimateBins);
}

void LayerProfile::count_fired(const float* h) {
    uint8_t* before = before_.data() + tokens_ % kProfileSequences * neurons_;
    const bool first = tokens_ < kProfileSequences;
    for (int64_t i = 0; i < neurons_; ++i) {
        const bool did = std::exchange(before[i], h[i] != 0 ? 1 : 0) != 0;
        if (h[i] == 0) continue;
        again_ += did ? 1 : 0;
        after_first_ += first ? 0 : 1;
        for (size_t b = 0; b < kProfiledBatches.size(); ++b) {
            const int64_t batch = tokens_ / kProfiledBatches[b];
            if (last_[b][static_cast<size_t>(i)] == batch) continue;
            last_[b][static_cast<size_t>(i)] = batch;
            ++batches_[b][static_cast<size_t>(i)];
        }
    }
}

void LayerProfile::see(const float* gate, const float* h, const float* estimate) {
    if (tokens_ < half_) {
        for (int64_t i = 0; i < neurons_; ++i) correction_[static_cast<size_t>(i)] += gate[i] - estimate[i];
    } else {
        if (tokens_ == half_) finish_correction();
        if (width_ == 0) start_bins(estimate);
        for (int64_t i = 0; i < neurons_; ++i) {
            const auto n = static_cast<size_t>(i);
            const float corrected = estimate[i] + correction_[n];
            const float score = silu_ ? silu_score(corrected) : corrected;
            const float place = score / width_ + static_cast<float>(kEstimateBins) / 2;
            // A NaN counts as least.
            const int64_t at =
                place > 0 ? static_cast<int64_t>(std::min(place, static_cast<float>(kEstimateBins - 1))) : 0;
            Bin& bin = bins_[static_cast<size_t>(slice_[n] * kEstimateBins + at)];
            ++bin.count;
            bin.fired += h[i] != 0 ? 1 : 0;
            bin.energy += static_cast<double>(h[i]) * h[i];
        }
    }
    count_fired(h);
    overlaps_.see(h);
    ++tokens_;
}

std::vector<float> LayerProfile::frequency() const {
    std::vector<float> shares;
    for (size_t b = 0; b < kProfiledBatches.size(); ++b) {
        const auto count = static_cast<float>(std::max<int64_t>(1, tokens_ / kProfiledBatches[b]));
        for (const int32_t fired : batches_[b]) shares.push_back(static_cast<float>(fired) / count);
    }
    return shares;
}

std::vector<int32_t> LayerProfile::order() const {
    std::vector<int32_t> order(static_cast<size_t>(neurons_));
    std::iota(order.begin(), order.end(), 0);
    const std::vector<int32_t>& fired = batches_.front();
    std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
        return fired[static_cast<size_t>(a)] > fired[static_cast<size_t>(b)];
    });
    return order;
}

std::vector<EstimateBin> LayerProfile::estimates() const {
    int64_t count = 0;
    double energy = 0;
    for (const Bin& bin : bins_) {
        count += bin.count;
        energy += bin.energy;
    }
    std::vector<EstimateBin> shares;
    for (const Bin& bin : bins_) {
        shares.push_back({.count = static_cast<float>(static_cast<double>(bin.count) /
                                                      static_cast<double>(std::max<int64_t>(1, count))),
                          .energy = static_cast<float>(energy > 0 ? bin.energy / energy : 0)});
    }
    return shares;
}

PackStatistics LayerProfile::statistics(double energy_share) const {
    const Thresholds chosen = choose_thresholds(estimates(), width_, 1, energy_share, 0);
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
    const auto share = [](int64_t part, int64_t whole) {
        return whole > 0 ? static_cast<float>(static_cast<double>(part) / static_cast<double>(whole)) : 1.0f;
    };
    return {.threshold = chosen.in_memory,
            .active = share(fired, count),
            .let_through = static_cast<float>(chosen.let_through),
            .recall = share(recalled, fired),
            .energy = static_cast<float>(chosen.energy),
            .overlap = share(again_, after_first_),
            .bin_width = width_};
}

}  // namespace phonon
