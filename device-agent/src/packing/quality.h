#pragma once
// What a pack that computes something else than its model costs in quality.

#include <atomic>
#include <vector>

#include "pack/requantise.h"
#include "packing/profile_pass.h"

namespace phonon {

// Compares what the heads make of two streams [steps * kProfileSequences][embedding] after the last layer: the model's
// and the pack's. Holds the logits of one step. Errors: cancelled.
Result<PackQuality> compare_streams(ProfilePass& pass, int64_t steps, const std::vector<float>& model,
                                    const std::vector<float>& pack, TaskPool& pool, const std::atomic<bool>& cancel);

}  // namespace phonon
