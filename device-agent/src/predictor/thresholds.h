#pragma once
// What a predictor must expect of a neuron to let it through.
//
// A neuron in memory costs its exact gate, and one on flash a read as well, so the second must promise more. The
// profile tells what estimates were worth: of all thresholds that keep a share of the activations' energy (the sum of
// h^2), those are taken that cost least.

#include <cstdint>
#include <span>

namespace phonon {

// Estimates of a layer fall into bins of one width, the same number on either side of zero, and its neurons into slices
// of one size, the hottest first.
inline constexpr int64_t kEstimateBins = 1024, kHeatSlices = 8;

// What a read costs in exact gates. A gate is 0.1 us, a read 5 us of a core and 16 us of flash, which other work hides.
inline constexpr double kReadCost = 16;

// Bytes of weights that a core multiplies in a microsecond: a gate of 2304 bytes takes 0.1 us, and what a predictor
// reads comes no faster from memory.
inline constexpr double kBytesPerMicrosecond = 23000;

// Shares of the layer's neurons and tokens, and of their energy.
struct EstimateBin {
    float count = 0, energy = 0;
};

struct Thresholds {
    float in_memory = 0, on_flash = 0;  // an estimate above lets a neuron through
    double let_through = 0;             // share of all neurons
    double from_flash = 0;              // share of all neurons that are let through and not in memory
    double energy = 0;                  // share that is kept
};

// `bins` [kHeatSlices][kEstimateBins]. It is assumed that the hottest `share_in_memory` of the neurons are there: what
// was used lately is worth more, so more energy is kept than counted. `read_cost` is what a read costs in gates.
Thresholds choose_thresholds(std::span<const EstimateBin> bins, float bin_width, double share_in_memory,
                             double energy_share, double read_cost);

// Microseconds of a core for a token and layer of `neurons`: what the predictor reads, the exact gates of what it lets
// through, `gate_bytes` each, and the reads. Two predictors that keep the same energy are compared by it.
double predictor_cost(double predictor_bytes, double neurons, double gate_bytes, const Thresholds& thresholds,
                      double read_cost);

}  // namespace phonon
