#pragma once
// Which predictor a layer gets, and what it is worth: chosen by what the profile's tokens say of each.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/model_tensors.h"
#include "packing/estimate_profile.h"
#include "packing/layer_trace.h"
#include "phonon/result.h"
#include "predictor/predictor.h"

namespace phonon {

// The share of neurons in memory that predictors are compared for. How many there will be is known when a run begins.
inline constexpr double kComparedInMemory = 0.5;

enum class PredictorWish : uint8_t { cheaper, two_bit, low_rank };

// "auto", "two-bit" or "low-rank".
bool parse_predictor(const std::string& name, PredictorWish& wish);

struct PredictorQuestion {
    const LayerTrace& trace;
    TensorView gate;
    std::span<const float> gate_bias;  // empty: none
    std::span<const uint8_t> slices;   // of the first half's tokens, see LayerProfile::slices()
    double energy_share = 0;
    bool silu = false;
    PredictorWish wish = PredictorWish::cheaper;
};

// A predictor that was tried.
struct TriedPredictor {
    PredictorFormat format;
    std::vector<std::byte> bytes;
    EstimateProfile estimates;
    double cost_us = 0;  // predictor_cost() of a token, half of the neurons in memory
};

struct PredictorChoice {
    TriedPredictor chosen;
    // Of the other kind; a low-rank one whose second factor was not worth making: the least it could have been.
    // 0: the layer admits none.
    double two_bit_us = 0, low_rank_us = 0;
};

// The two-bit copy of a layer's Gate, as TwoBitGate takes it.
std::vector<std::byte> two_bit_copy(const TensorView& gate, TaskPool& pool);

// Goes through all of the tokens with the very code that a run predicts with. Errors: out_of_memory.
Result<TriedPredictor> try_predictor(const PredictorQuestion& question, const PredictorFormat& format,
                                     std::vector<std::byte> bytes, const Kernels& kernels, TaskPool& pool);

// Ranks, ascending, whose factors are no larger than the two-bit copy, and that some tokens can tell of.
std::vector<int64_t> low_rank_ladder(int64_t rows, int64_t cols, int64_t most_rank, WeightType type);

// REQUIRES rows of the gate that divide into groups of two bits.
Result<PredictorChoice> choose_predictor(const PredictorQuestion& question, const Kernels& kernels, TaskPool& pool);

}  // namespace phonon
