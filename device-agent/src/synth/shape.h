#pragma once
// The hyper-parameters of a synthetic model, and the published ones of models people know.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "phonon/model_info.h"
#include "phonon/result.h"

namespace phonon {

struct ModelShape {
    std::string name;
    std::string architecture;  // "llama", "qwen2" or "smallthinker"
    int64_t layers = 0;
    int64_t embedding = 0;
    int64_t ffn = 0;  // neurons per layer; per expert when experts > 1
    int64_t heads = 0;
    int64_t kv_heads = 0;
    int64_t head_dim = 0;
    int64_t vocabulary = 0;
    int64_t context = 4096;
    int64_t experts = 1;
    int64_t experts_used = 1;
    bool tied = false;            // the embedding is the output matrix too
    bool rope_factors = false;    // Llama 3's per-frequency factors; llama only
    bool sigmoid_router = false;  // smallthinker: sigmoid of the router's logits instead of softmax
    double rope_base = 10000;
    double norm_epsilon = 1e-5;
};

// The names that named_shape() knows.
std::span<const ModelShape> named_shapes();
Result<ModelShape> named_shape(std::string_view name);

// What this architecture's FFN applies in stock llama.cpp.
Activation stock_activation(const ModelShape& shape);

// Whether llama.cpp loads such a model; the message names the argument that is wrong. `block` is the number of weights
// that the quantisation groups: every row must be a multiple of it.
Status validate(const ModelShape& shape, int64_t block);

}  // namespace phonon
