#pragma once
// How often a pack's neurons fired in its profile, all layers together: what Figure 2 of PowerInfer-2 draws.

#include <array>
#include <string>
#include <vector>

#include "pack/packed_predictor.h"

namespace phonon {

struct PackProfile {
    static constexpr int kSteps = 100;

    int64_t layers = 0, neurons = 0, tokens = 0;  // neurons of a layer
    std::vector<LayerPredictor> predictors;       // [layer]
    PackStatistics mean;                          // over the layers, without the threshold
    // [kProfiledBatches][i] share of the neurons that fired for at most i / kSteps of the batches
    std::array<std::array<double, kSteps + 1>, kProfiledBatches.size()> up_to{};
};

// Errors: those of GgufFile::open and read_pack; file_invalid where it is no pack.
Result<PackProfile> read_pack_profile(const std::string& path);

}  // namespace phonon
