#include "planner/wanted.h"

#include <algorithm>

#include "planner/normal.h"

namespace phonon {
namespace {

constexpr double kNever = 1e-9, kAlways = 1 - 1e-6;

// Of each slice, the share of what was estimated that lies above a threshold.
std::vector<double> slices_above(const LayerEstimates& layer, float threshold) {
    std::vector<double> slices(kHeatSlices);
    for (int64_t s = 0; s < kHeatSlices; ++s) {
        for (int64_t b = 0; b < kEstimateBins; ++b) {
            const float edge = (static_cast<float>(b) - static_cast<float>(kEstimateBins) / 2) * layer.bin_width;
            if (edge < threshold) continue;
            slices[static_cast<size_t>(s)] +=
                kHeatSlices * static_cast<double>(layer.bins[static_cast<size_t>(s * kEstimateBins + b)].count);
        }
    }
    return slices;
}

}  // namespace

std::vector<double> wanted_by_group(const std::vector<ActivityGroup>& groups, const std::vector<double>& slices) {
    std::vector<double> thresholds, wanted(groups.size());
    for (const ActivityGroup& group : groups) thresholds.push_back(threshold_of(group.frequency));
    const auto count = static_cast<double>(slices.size());
    for (size_t s = 0; s < slices.size(); ++s) {
        const double begin = static_cast<double>(s) / count, end = static_cast<double>(s + 1) / count;
        std::vector<double> part;  // of each group, that lies in the slice
        double at = 0;
        for (const ActivityGroup& group : groups) {
            part.push_back(std::max(0.0, std::min(at + group.share, end) - std::max(at, begin)));
            at += group.share;
        }
        const auto chance = [&](size_t g, double move) {
            return std::clamp(upper_tail(thresholds[g] + move), kNever, kAlways);
        };
        double low = -18, high = 18;
        for (int round = 0; round < 40; ++round) {
            const double move = (low + high) / 2;
            double sum = 0;
            for (size_t g = 0; g < groups.size(); ++g) sum += part[g] * chance(g, move);
            (sum > slices[s] / count ? low : high) = move;
        }
        for (size_t g = 0; g < groups.size(); ++g) wanted[g] += part[g] / groups[g].share * chance(g, low);
    }
    return wanted;
}

Wanted wanted_at(const Activity& activity, double share_in_memory) {
    if (activity.estimates.empty()) {
        const std::vector<double> all = wanted_by_group(activity.groups, {activity.let_through});
        return {.in_memory = all, .on_flash = all};
    }
    std::vector<double> in_memory(kHeatSlices), on_flash(kHeatSlices);
    const auto layers = static_cast<double>(activity.estimates.size());
    for (const LayerEstimates& layer : activity.estimates) {
        const Thresholds least =
            choose_thresholds(layer.bins, layer.bin_width, share_in_memory, activity.energy_share, kReadCost);
        const std::vector<double> memory = slices_above(layer, least.in_memory);
        const std::vector<double> flash = slices_above(layer, least.on_flash);
        for (size_t s = 0; s < in_memory.size(); ++s) {
            in_memory[s] += memory[s] / layers;
            on_flash[s] += flash[s] / layers;
        }
    }
    return {.in_memory = wanted_by_group(activity.groups, in_memory),
            .on_flash = wanted_by_group(activity.groups, on_flash)};
}

}  // namespace phonon
