#pragma once
// The tensors of a model by role, with their shapes checked against the hyper-parameters.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/gguf_file.h"
#include "model/hyperparameters.h"
#include "phonon/result.h"

namespace phonon {

// A matrix, or one of a stack of them, in the mapped file; a vector has one row. Absent: data is null.
struct TensorView {
    std::string name;
    int type = 0;  // an lm_ggml_type
    int64_t rows = 0;
    int64_t cols = 0;
    const std::byte* data = nullptr;
    uint64_t bytes = 0;
    explicit operator bool() const { return data != nullptr; }
};

// Matrices are [output][input]; vectors [width].
struct FfnTensors {
    TensorView gate;  // [ffn][embedding]
    TensorView up;    // [ffn][embedding]
    TensorView down;  // [embedding][ffn]
};

struct LayerTensors {
    TensorView attention_norm;
    TensorView query, key, value;                 // [heads or kv_heads * head_dim][embedding]
    TensorView query_bias, key_bias, value_bias;  // optional
    TensorView output;                            // [embedding][heads * head_dim]
    TensorView output_bias;                       // optional
    TensorView ffn_norm;
    TensorView router;                         // [experts][embedding]; only for more than one expert
    std::vector<FfnTensors> ffn;               // [experts]; none in a pack, see pack/pack_file.h
    TensorView gate_bias, up_bias, down_bias;  // optional, dense FFN only
};

struct ModelTensors {
    TensorView embedding;  // [vocabulary][embedding]
    TensorView output_norm;
    TensorView output;        // [vocabulary][embedding]; absent: the embedding is used
    TensorView output_bias;   // optional
    TensorView rope_factors;  // [head_dim / 2], optional: frequencies are divided by them
    std::vector<LayerTensors> layers;
};

// Errors: file_invalid (a tensor is missing or has another shape), unsupported_architecture. Types are not checked,
// except that vectors must be F32.
Result<ModelTensors> read_tensors(const GgufFile& gguf, const Hyperparameters& hp);

}  // namespace phonon
