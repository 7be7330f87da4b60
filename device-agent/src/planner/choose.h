#pragma once
// The choices of a plan that a measurement decides, each with its reason.

#include <vector>

#include "planner/plan.h"

namespace phonon {

// Where the compute threads run when nobody says: where the agent puts them, on the fastest cores first.
std::vector<int> choose_compute_cores(const HardwareProfile& profile, const std::vector<PlanCore>& cores, int threads);

// Where the I/O thread should run: among the cores that compute nothing, the one whose class reads fastest.
struct IoCore {
    std::optional<int> core;  // absent: none is left, and it shares one with a compute thread
    Source source = Source::measured;
    std::string reason;
};
IoCore choose_io_core(const HardwareProfile& profile, const std::vector<PlanCore>& cores,
                      const std::vector<int>& compute);

// The least depth at which flash reads nearly as fast as at any.
struct Depth {
    int64_t reads = 64;
    std::string reason;
};
Depth choose_depth(const DeviceCosts& device, int64_t block_bytes);

// One read for a missing neuron, or Gate first and the rest only when it fires.
struct ReadPattern {
    bool whole = true;
    std::string reason;
};
ReadPattern choose_pattern(const DeviceCosts& device, const BundleLayout& bundle, const Activity& activity,
                           int64_t depth);

// Neurons that fire for more than this share of tokens cost flash less as part of a long read for every token than by
// the random reads of the tokens for which they fire (PowerInfer-2, section 4.4). Nobody where they would take more
// of the cache's `slots` than the hot region may (memory_budget.h, most_hot_slots()): who is pinned there and does not
// fire takes the place of who fires again.
struct HotFrequency {
    double share = 1;
    std::string reason;
};
HotFrequency choose_hot_frequency(const DeviceCosts& device, const ModelSizes& model, const Activity& activity,
                                  int64_t depth, int64_t slots);

}  // namespace phonon
