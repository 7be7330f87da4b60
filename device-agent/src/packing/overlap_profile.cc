#include "packing/overlap_profile.h"

#include <algorithm>
#include <utility>

#include "packing/layer_profile.h"

namespace phonon {

OverlapProfile::OverlapProfile(int64_t neurons)
    : neurons_(neurons), past_(static_cast<size_t>(kProfileSequences * neurons), 0) {}

void OverlapProfile::see(const float* h) {
    uint32_t* past = past_.data() + tokens_ % kProfileSequences * neurons_;
    const bool counts = tokens_ / kProfileSequences >= kOverlapStart;
    ++tokens_;
    for (int64_t i = 0; i < neurons_; ++i) {
        const uint32_t fired = h[i] != 0 ? 1 : 0, before = std::exchange(past[i], past[i] << 1 | fired);
        if (fired == 0 || !counts) continue;
        ++fired_;
        for (size_t lag = 0; lag < kOverlapLags.size(); ++lag) again_[lag] += before >> (kOverlapLags[lag] - 1) & 1;
    }
}

std::array<float, kOverlapLags.size()> OverlapProfile::shares() const {
    std::array<float, kOverlapLags.size()> shares{};
    for (size_t lag = 0; lag < kOverlapLags.size(); ++lag) {
        shares[lag] =
            static_cast<float>(static_cast<double>(again_[lag]) / static_cast<double>(std::max<int64_t>(1, fired_)));
    }
    return shares;
}

}  // namespace phonon
