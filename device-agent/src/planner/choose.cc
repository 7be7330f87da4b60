#include "planner/choose.h"

#include <algorithm>
#include <map>

#include "flash/open_storage.h"
#include "kernels/formats.h"
#include "pack/memory_budget.h"
#include "pack/pack_file.h"
#include "planner/words.h"

namespace phonon {
namespace {

constexpr double kNearly = 0.95;

std::string microseconds(double reads_per_s) {
    return figure(1e6 / reads_per_s) + " us";
}

}  // namespace

std::vector<int> choose_compute_cores(const HardwareProfile& profile, const std::vector<PlanCore>& cores, int threads) {
    const auto measured = static_cast<std::ptrdiff_t>(std::min(profile.cores.size(), static_cast<size_t>(threads)));
    std::vector<int> chosen(profile.cores.begin(), profile.cores.begin() + measured);
    for (const char* kind : {"big", "mid", "little"}) {
        for (const PlanCore& core : cores) {
            if (static_cast<int>(chosen.size()) >= threads) return chosen;
            const bool taken = std::find(chosen.begin(), chosen.end(), core.id) != chosen.end();
            if (core.kind == kind && !taken) chosen.push_back(core.id);
        }
    }
    return chosen;
}

IoCore choose_io_core(const HardwareProfile& profile, const std::vector<PlanCore>& cores,
                      const std::vector<int>& compute) {
    std::map<std::string, double> speed;  // of a class, as one of its cores was measured
    for (const FlashPoint& p : profile.flash.points) {
        if (!p.core) continue;
        for (const PlanCore& core : cores) {
            if (core.id == *p.core) speed[core.kind] = std::max(speed[core.kind], p.bytes_per_s / p.block_bytes);
        }
    }
    IoCore best;
    double most = -1;
    for (const PlanCore& core : cores) {
        if (std::find(compute.begin(), compute.end(), core.id) != compute.end()) continue;
        const auto measured = speed.find(core.kind);
        const double reads = measured == speed.end() ? 0 : measured->second;
        if (reads <= most) continue;
        most = reads;
        best.core = core.id;
        best.source = reads > 0 ? Source::measured : Source::assumed;
        best.reason = reads > 0 ? "of the cores that compute nothing it is of the class that reads fastest, " +
                                      core.kind + ": " + figure(reads) + " reads of 4 KiB a second"
                                : "it computes nothing; how fast its class reads was not measured";
    }
    if (!best.core) best.reason = "every core computes, so reading shares them and costs compute time";
    return best;
}

Depth choose_depth(const DeviceCosts& device, int64_t block_bytes) {
    constexpr auto kMost = static_cast<int64_t>(kMostQueueDepth);
    double most = 0;
    for (const int64_t depth : {int64_t{1}, int64_t{8}, int64_t{32}, kMost}) {
        most = std::max(most, device.reads_per_s(block_bytes, static_cast<double>(depth)));
    }
    for (const int64_t depth : {int64_t{1}, int64_t{8}, int64_t{32}, kMost}) {
        const double reads = device.reads_per_s(block_bytes, static_cast<double>(depth));
        if (reads < kNearly * most && depth < kMost) continue;
        return {depth, "reads of " + figure(static_cast<double>(block_bytes) / 1024) + " KiB come at " + figure(reads) +
                           " a second so, and at most at " + figure(most)};
    }
    return {};
}

ReadPattern choose_pattern(const DeviceCosts& device, const BundleLayout& bundle, const Activity& activity,
                           int64_t depth) {
    if (bundle.per_block > 1) {
        return {true, std::to_string(bundle.per_block) + " neurons share a block, which is the least that can be read"};
    }
    const auto gate_bytes = round_up(bundle.gate_bytes, kPackAlignment);
    const auto rest_bytes = round_up(bundle.bytes - bundle.gate_bytes, kPackAlignment);
    const auto at = static_cast<double>(depth);
    const double fires = activity.let_through > 0 ? activity.active * activity.recall / activity.let_through : 1;
    const double whole = 1 / device.reads_per_s(bundle.block_bytes, at);
    const double parts = 1 / device.reads_per_s(gate_bytes, at) + fires / device.reads_per_s(rest_bytes, at);
    const std::string compared = "a whole neuron takes " + microseconds(1 / whole) +
                                 " of flash, Gate and then the rest for the " + percent(fires) + " that fire " +
                                 microseconds(1 / parts);
    return {whole <= parts, compared};
}

HotFrequency choose_hot_frequency(const DeviceCosts& device, const ModelSizes& model, const Activity& activity,
                                  int64_t depth, int64_t slots) {
    const BundleLayout& bundle = model.bundle;
    const double alone = device.reads_per_s(bundle.block_bytes, static_cast<double>(depth));
    const double together =
        device.stream_bytes_per_s() * static_cast<double>(bundle.per_block) / static_cast<double>(bundle.block_bytes);
    const double share = together > 0 ? std::clamp(alone / together, 0.0, 1.0) : 1;
    double hot = 0;
    for (const ActivityGroup& group : activity.groups) hot += group.frequency > share ? group.share : 0;
    hot *= static_cast<double>(model.neurons());
    if (hot > static_cast<double>(most_hot_slots(model.hp.ffn, slots))) {
        return {1, "the " + std::to_string(static_cast<int64_t>(hot)) + " neurons that fire for more than " +
                       percent(share) +
                       " of the tokens would take more of the cache than its hot region may, and who " +
                       "fired lately is worth more there"};
    }
    return {share, "a neuron read alone takes flash " + microseconds(alone) + ", as part of a long read " +
                       microseconds(together) + ": who fires for more than " + percent(share) +
                       " of the tokens is read and evicted with its neighbours"};
}

}  // namespace phonon
