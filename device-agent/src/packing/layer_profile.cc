#include "packing/layer_profile.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace phonon {

LayerProfile::LayerProfile(int64_t neurons)
    : neurons_(neurons),
      overlaps_(neurons),
      batches_(kProfiledBatches.size(), std::vector<int32_t>(static_cast<size_t>(neurons), 0)),
      before_(static_cast<size_t>(kProfileSequences * neurons), 0),
      last_(kProfiledBatches.size(), std::vector<int64_t>(static_cast<size_t>(neurons), -1)) {}

void LayerProfile::see(const float* h) {
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

std::vector<uint8_t> LayerProfile::slices() const {
    std::vector<uint8_t> slices(static_cast<size_t>(neurons_));
    int64_t position = 0;
    for (const int32_t neuron : order()) {
        slices[static_cast<size_t>(neuron)] = static_cast<uint8_t>(position++ * kHeatSlices / neurons_);
    }
    return slices;
}

float LayerProfile::overlap() const {
    return after_first_ > 0 ? static_cast<float>(static_cast<double>(again_) / static_cast<double>(after_first_)) : 1;
}

}  // namespace phonon
