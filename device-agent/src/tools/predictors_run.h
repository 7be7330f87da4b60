#pragma once
// What predictors of several forms and sizes would be worth for a model's layers: what packing chooses from, and what
// else was thought of.

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "phonon/result.h"

namespace phonon {

struct PredictorsConfig {
    double energy_share = 0.995;  // of the activations, that is to be kept
    uint64_t seed = 1;            // of the text that the model writes
    int64_t layers = 0;           // that are looked at, evenly spread; 0: all
    int threads = 1;
};

// Shares are of all neurons and of tokens that nothing was fitted on.
struct PredictorRow {
    std::string form;  // "two-bit", "one-bit", "low-rank 64 q8_0", "low-rank 64 exact"
    uint64_t bytes = 0;
    double explained = 0;  // of the gates' variance
    double let_through = 0, recall = 0, precision = 0, energy = 0;
    double cost_us = 0;  // see predictor_cost()
};

// Two bits in two steps: the first bit-plane of every neuron, the second of the neurons that the first leaves open.
struct TwoSteps {
    double energy_share = 0;   // that the first step keeps
    double open = 0;           // share of the neurons that it does not decide against
    double tiles = 0;          // share of the tiles of 16 rows that hold an open one
    double tiles_by_heat = 0;  // ... if rows lay in order of hotness
    double bytes_saved = 0;    // of both planes, by tiles
    double bytes_saved_by_heat = 0;
};

struct PredictorsLayer {
    int64_t layer = 0;
    double active = 0;
    std::string chosen = {};  // by packing
    std::vector<PredictorRow> rows = {};
    std::vector<TwoSteps> two_steps = {};
};

// Errors: those of GgufFile::open; unsupported_architecture (experts), unsupported_quantisation, unsupported_model,
// cancelled.
Result<std::vector<PredictorsLayer>> run_predictors(const std::string& path, const PredictorsConfig& config,
                                                    const std::atomic<bool>& cancel);

}  // namespace phonon
