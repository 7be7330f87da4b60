#include "packing/layer_profile.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace phonon {
namespace {

constexpr int64_t kBins = 8192;
constexpr float kDeviations = 8;  // that the bins reach from zero, to either side

}  // namespace

LayerProfile::LayerProfile(int64_t neurons)
    : neurons_(neurons),
      batches_(kProfiledBatches.size(), std::vector<int32_t>(static_cast<size_t>(neurons), 0)),
      before_(static_cast<size_t>(kProfileSequences * neurons), 0),
      last_(kProfiledBatches.size(), std::vector<int64_t>(static_cast<size_t>(neurons), -1)),
      bins_(kBins) {}

void LayerProfile::start_bins(const float* estimate) {
    double squares = 0;
    for (int64_t i = 0; i < neurons_; ++i) squares += static_cast<double>(estimate[i]) * estimate[i];
    const auto deviation = static_cast<float>(std::sqrt(squares / static_cast<double>(neurons_)));
    width_ = std::max(deviation, 1e-20f) * 2 * kDeviations / kBins;
}

void LayerProfile::see(const float* h, const float* estimate) {
    if (width_ == 0) start_bins(estimate);
    uint8_t* before = before_.data() + tokens_ % kProfileSequences * neurons_;
    const bool first = tokens_ < kProfileSequences;
    for (int64_t i = 0; i < neurons_; ++i) {
        const float place = estimate[i] / width_ + static_cast<float>(kBins) / 2;
        // A NaN counts as least.
        Bin& bin = bins_[place > 0 ? static_cast<size_t>(std::min(place, static_cast<float>(kBins - 1))) : 0];
        ++bin.count;
        const bool did = std::exchange(before[i], h[i] != 0 ? 1 : 0) != 0;
        if (h[i] == 0) continue;
        again_ += did ? 1 : 0;
        after_first_ += first ? 0 : 1;
        ++bin.fired;
        bin.energy += static_cast<double>(h[i]) * h[i];
        for (size_t b = 0; b < kProfiledBatches.size(); ++b) {
            const int64_t batch = tokens_ / kProfiledBatches[b];
            if (last_[b][static_cast<size_t>(i)] == batch) continue;
            last_[b][static_cast<size_t>(i)] = batch;
            ++batches_[b][static_cast<size_t>(i)];
        }
    }
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

PackStatistics LayerProfile::statistics(double energy_share) const {
    Bin all, kept;
    for (const Bin& bin : bins_) {
        all.count += bin.count;
        all.fired += bin.fired;
        all.energy += bin.energy;
    }
    int64_t lowest = kBins;
    while (lowest > 0 && kept.energy < energy_share * all.energy) {
        const Bin& bin = bins_[static_cast<size_t>(--lowest)];
        kept.count += bin.count;
        kept.fired += bin.fired;
        kept.energy += bin.energy;
    }
    const auto share = [](auto part, auto whole) {
        return static_cast<float>(whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 1.0);
    };
    return {
        .threshold = lowest == 0 ? -INFINITY : (static_cast<float>(lowest) - static_cast<float>(kBins) / 2) * width_,
        .active = share(all.fired, all.count),
        .let_through = share(kept.count, all.count),
        .recall = share(kept.fired, all.fired),
        .energy = share(kept.energy, all.energy),
        .overlap = share(again_, after_first_)};
}

}  // namespace phonon
