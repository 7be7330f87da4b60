#pragma once
// Which neurons the predictor wants of a token: more of those in memory than of those that must be read.

#include <vector>

#include "planner/activity.h"

namespace phonon {

// For each group of an activity, the share of tokens for which one of its neurons is wanted when it is in memory, and
// when it would have to be read.
struct Wanted {
    std::vector<double> in_memory, on_flash;
};

// With so much of all neurons in memory, as the engine then chooses its thresholds.
Wanted wanted_at(const Activity& activity, double share_in_memory);

// `slices`: of as many equal parts of all neurons, the hottest first, the share that is wanted of a token. A neuron is
// wanted above a threshold that lies, for all neurons of a slice, equally far from the one above which it fires.
std::vector<double> wanted_by_group(const std::vector<ActivityGroup>& groups, const std::vector<double>& slices);

}  // namespace phonon
