#pragma once
// What is known of a packed layer's predictor: measured over the profile when the model was packed, with the thresholds
// of a model that is all in memory.

#include <cstdint>
#include <string>

namespace phonon {

struct LayerPredictor {
    std::string kind;    // "two-bit" or "low-rank"
    int64_t rank = 0;    // of the factors; 0: it has none
    uint64_t bytes = 0;  // in memory, read for every token
    // Shares of the layer's neurons and tokens.
    double active = 0;       // that fire
    double let_through = 0;  // by the predictor
    double recall = 0;       // of the firing ones, let through
    double precision = 0;    // of those let through, firing
    double energy = 0;       // of the sum of h^2, held by those let through
    // Foreseen microseconds of a core for a token, half of the neurons in memory, by each kind; 0: it was not tried.
    double two_bit_us = 0, low_rank_us = 0;

    double cost_us() const { return kind == "low-rank" ? low_rank_us : two_bit_us; }
};

}  // namespace phonon
