#include "predictor/thresholds.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace phonon {
namespace {

struct Kept {
    double count = 0, energy = 0;
};
// What bins [i, end) hold together.
using Above = std::array<Kept, kEstimateBins + 1>;

// Of the slices' parts that lie in memory, or of the other parts.
Above sum_from_above(std::span<const EstimateBin> bins, double share_in_memory, bool in_memory) {
    Above above{};
    for (int64_t b = kEstimateBins - 1; b >= 0; --b) {
        Kept& kept = above[static_cast<size_t>(b)];
        kept = above[static_cast<size_t>(b + 1)];
        for (int64_t s = 0; s < kHeatSlices; ++s) {
            const double there = std::clamp(share_in_memory * kHeatSlices - static_cast<double>(s), 0.0, 1.0);
            const EstimateBin& bin = bins[static_cast<size_t>(s * kEstimateBins + b)];
            kept.count += (in_memory ? there : 1 - there) * static_cast<double>(bin.count);
            kept.energy += (in_memory ? there : 1 - there) * static_cast<double>(bin.energy);
        }
    }
    return above;
}

float lower_edge(size_t bin, float width) {
    return bin == 0 ? -INFINITY : (static_cast<float>(bin) - static_cast<float>(kEstimateBins) / 2) * width;
}

}  // namespace

Thresholds choose_thresholds(std::span<const EstimateBin> bins, float bin_width, double share_in_memory,
                             double energy_share, double read_cost) {
    const Above memory = sum_from_above(bins, share_in_memory, true);
    const Above flash = sum_from_above(bins, share_in_memory, false);
    const double wanted = energy_share * (memory[0].energy + flash[0].energy);
    Thresholds best{.in_memory = -INFINITY, .on_flash = -INFINITY};
    double least = INFINITY;
    // The more is let through from flash, the less is needed from memory.
    size_t m = 0;
    for (size_t f = kEstimateBins + 1; f-- > 0;) {
        if (memory[m].energy + flash[f].energy < wanted && f > 0) continue;
        while (m < kEstimateBins && memory[m + 1].energy + flash[f].energy >= wanted) ++m;
        const double cost = memory[m].count + (1 + read_cost) * flash[f].count;
        if (cost >= least) continue;
        least = cost;
        best = {.in_memory = lower_edge(m, bin_width),
                .on_flash = lower_edge(f, bin_width),
                .let_through = memory[m].count + flash[f].count,
                .from_flash = flash[f].count,
                .energy = memory[m].energy + flash[f].energy};
    }
    return best;
}

double predictor_cost(double predictor_bytes, double neurons, double gate_bytes, const Thresholds& thresholds,
                      double read_cost) {
    const double gates = neurons * (thresholds.let_through + read_cost * thresholds.from_flash);
    return (predictor_bytes + gates * gate_bytes) / kBytesPerMicrosecond;
}

}  // namespace phonon
