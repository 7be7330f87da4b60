#pragma once
// Every tensor of a synthetic model, in file order.

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "ggml.h"
#include "synth/row_filler.h"
#include "synth/shape.h"
#include "synth/signal.h"

namespace phonon {

struct TensorPlan {
    std::string name;
    lm_ggml_type type = LM_GGML_TYPE_F32;
    std::vector<int64_t> dims;  // GGUF order: columns first
    uint64_t stream = 0;        // which random numbers; the same for the same part of every architecture
    std::vector<float> values;  // the whole tensor (F32), when it is not random; filler is then null
    std::shared_ptr<const RowFiller> filler;
    int64_t zero_rows = 0;       // the first rows (of every expert) are zero
    std::vector<float> heads;    // [row] of a filler with Head::by_row
    std::vector<int64_t> order;  // [row] the row of random numbers that it gets, where not its own

    int64_t rows() const;
    size_t row_bytes() const;
    uint64_t bytes() const;
};

struct SynthConfig {
    ModelShape shape;
    lm_ggml_type type = LM_GGML_TYPE_F16;  // of every matrix; norms, biases and the router are F32
    Activation activation = Activation::silu;
    double sparsity = 0.5;
    Skew skew = Skew::none;
    uint64_t seed = 0;
};

// REQUIRES that validate_config() accepts the configuration.
std::vector<TensorPlan> plan_tensors(const SynthConfig& config);

// The shape, its quantisation, the activation and the sparsity together.
Status validate_config(const SynthConfig& config);

}  // namespace phonon
