#pragma once
// How a model's neurons fire: what the planner foresees hits and work from. Measured when a model was packed, or, while
// there is no pack, assumed by activation function.

#include <string>
#include <vector>

#include "pack/pack_file.h"
#include "phonon/model_info.h"
#include "phonon/result.h"

namespace phonon {

// Neurons of all layers that fire about equally often.
struct ActivityGroup {
    double share = 0;      // of all neurons
    double frequency = 0;  // share of tokens for which one fires
};

// Of a layer: what the predictor's thresholds are chosen by (predictor/thresholds.h).
struct LayerEstimates {
    std::vector<EstimateBin> bins;  // [kHeatSlices][kEstimateBins]
    float bin_width = 0;
};

struct Activity {
    std::vector<ActivityGroup> groups;      // the hottest first; shares add up to 1
    std::vector<LayerEstimates> estimates;  // none: the thresholds are not known, only what they let through
    double energy_share = 1;                // of the activations' energy, that the predictor is to keep
    // Shares of all neurons and tokens.
    double active = 0, let_through = 0;
    double recall = 1;                  // of the firing ones, let through
    double energy = 1;                  // of the activations' energy, kept
    double overlap = 0;                 // of a token's firing neurons, that fired for the token before
    std::vector<double> overlaps = {};  // [kOverlapLags] likewise, past a sequence's beginning; empty: not known
    bool assumed = false;
    std::string source;  // in words: what it was measured with, or why it was assumed so
};

// Errors: file_invalid (statistics that cannot be).
Result<Activity> packed_activity(const Pack& pack, const std::string& name);

// What packing told of a pack that is not here.
struct PackedShares {
    double active = 0, let_through = 0, recall = 1, energy = 1;
};
// Errors: bad_request (what cannot be shares).
Result<Activity> told_activity(const PackedShares& shares);

Activity assumed_activity(Activation activation);

// The neurons whose frequencies have this histogram: counts [n], by how many of n - 1 tokens they fired.
std::vector<ActivityGroup> group_neurons(const std::vector<double>& counts);

}  // namespace phonon
