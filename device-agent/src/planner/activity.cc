#include "planner/activity.h"

#include <algorithm>
#include <cmath>

#include "planner/normal.h"

namespace phonon {
namespace {

constexpr double kGroupsPerOctave = 4;  // of frequency
constexpr int64_t kAssumedTokens = 1024;
constexpr int64_t kMostTokens = 1 << 16;
// A neuron that never fired in the profile may yet.
constexpr double kNever = 0.3;

bool is_share(double value) {
    return value >= 0 && value <= 1;
}

// How many of kAssumedTokens tokens neurons fire for, when the shares follow Beta(a, b).
std::vector<double> beta_counts(double a, double b) {
    std::vector<double> counts(kAssumedTokens + 1);
    for (int64_t i = 0; i <= kAssumedTokens; ++i) {
        const double f = (static_cast<double>(i) + 0.5) / (kAssumedTokens + 1);
        counts[static_cast<size_t>(i)] = std::pow(f, a - 1) * std::pow(1 - f, b - 1);
    }
    return counts;
}

// Neurons that fire as unequally as PowerInfer-2 reports of Bamboo-7B, and as much again for the next token as those of
// `synth --skew bamboo`.
Activity bamboo_shaped(const PackedShares& shares) {
    constexpr double kShape = 0.83, kOverlap = 0.62;
    const double active = std::clamp(shares.active, 1e-3, 0.95);
    Activity activity;
    activity.groups = group_neurons(beta_counts(kShape, kShape * (1 - active) / active));
    activity.active = shares.active;
    activity.let_through = shares.let_through;
    activity.recall = shares.recall;
    activity.energy = shares.energy;
    activity.overlap = std::max(kOverlap, active);
    return activity;
}

}  // namespace

std::vector<ActivityGroup> group_neurons(const std::vector<double>& counts) {
    const auto tokens = static_cast<double>(counts.size() - 1);
    std::vector<ActivityGroup> groups;
    double all = 0;
    int last = -1;
    for (size_t i = counts.size(); i-- > 0;) {
        if (!(counts[i] > 0)) continue;
        const auto fired = static_cast<double>(i);
        const int octave = static_cast<int>(kGroupsPerOctave * std::log2(fired + 1));
        if (octave != last) groups.emplace_back();
        last = octave;
        groups.back().share += counts[i];
        groups.back().frequency += counts[i] * std::clamp(fired, kNever, std::max(kNever, tokens - kNever)) / tokens;
        all += counts[i];
    }
    for (ActivityGroup& group : groups) {
        group.frequency = std::min(group.frequency / group.share, 1 - 1e-6);
        group.share /= all;
    }
    return groups;
}

Result<Activity> packed_activity(const Pack& pack, const std::string& name) {
    const auto layers = static_cast<double>(pack.layers.size());
    Activity activity;
    activity.recall = activity.energy = 0;
    const int64_t tokens = std::clamp<int64_t>(pack.profiled_tokens, 1, kMostTokens);
    std::vector<double> counts(static_cast<size_t>(tokens) + 1), far(kOverlapLags.size());
    bool all_tell = true;
    for (const PackLayer& layer : pack.layers) {
        const PackStatistics& s = layer.statistics;
        for (const double share : {s.active, s.let_through, s.recall, s.energy, s.overlap}) {
            if (!is_share(share)) return Error{"file_invalid", name + ": its activation statistics are no shares"};
        }
        activity.active += s.active / layers;
        activity.let_through += s.let_through / layers;
        activity.recall += s.recall / layers;
        activity.energy += s.energy / layers;
        activity.overlap += s.overlap / layers;
        const bool tells = !layer.overlaps.empty() && layer.overlaps.front() > 0;
        for (size_t lag = 0; lag < kOverlapLags.size() && tells; ++lag) {
            if (!is_share(layer.overlaps[lag])) {
                return Error{"file_invalid", name + ": the overlaps of its tokens are no shares"};
            }
            far[lag] += layer.overlaps[lag] / layers;
        }
        all_tell = all_tell && tells;
        for (const EstimateBin& bin : layer.estimates) {
            if (!is_share(bin.count) || !(bin.energy >= 0)) {
                return Error{"file_invalid", name + ": what its predictor's estimates were worth is no share"};
            }
        }
        activity.estimates.push_back({{layer.estimates.begin(), layer.estimates.end()}, s.bin_width});
        for (const float f : layer.frequency.first(layer.order.size())) {
            if (!is_share(f)) return Error{"file_invalid", name + ": its activation frequencies are no shares"};
            ++counts[static_cast<size_t>(std::lround(f * static_cast<float>(tokens)))];
        }
    }
    if (all_tell) activity.overlaps = far;
    activity.groups = group_neurons(counts);
    activity.energy_share = std::clamp(pack.energy_share, 0.0, 1.0);
    activity.source = "measured over " + std::to_string(pack.profiled_tokens) + " tokens when the model was packed";
    return activity;
}

Result<Activity> told_activity(const PackedShares& shares) {
    for (const double share : {shares.active, shares.let_through, shares.recall, shares.energy}) {
        if (!is_share(share)) return Error{"bad_request", "the activation statistics are no shares"};
    }
    Activity activity = bamboo_shaped(shares);
    activity.source = "told when the model was packed; how unequally neurons fire is assumed to be as in Bamboo-7B";
    return activity;
}

Activity assumed_activity(Activation activation) {
    Activity activity;
    activity.assumed = true;
    if (activation == Activation::silu) {
        activity.active = activity.let_through = activity.overlap = 1;
        activity.groups = {{.share = 1, .frequency = 1 - 1e-6}};
        activity.source = "assumed: with silu every neuron fires for every token";
        return activity;
    }
    // The predictor as measured on models of that shape (HACKING.md, "Synthetic models").
    activity = bamboo_shaped({.active = 0.1, .let_through = 0.17, .recall = 0.94, .energy = 0.995});
    activity.assumed = true;
    activity.source = std::string("assumed, there being no pack: of a model with ") + to_string(activation) +
                      " a tenth of the neurons fires, as in Bamboo-7B";
    return activity;
}

}  // namespace phonon
