#pragma once
// What a model file says of itself, read from its metadata alone.

#include <cstdint>
#include <string>
#include <vector>

namespace phonon {

// What the FFN applies between its gate and its product (paper section 2; architecture.md).
enum class Activation { silu, relu, drelu, relu2 };

struct QuantShare {
    std::string type;  // "Q4_0", "F16", ... as GGUF names it
    uint64_t tensors = 0;
    uint64_t bytes = 0;
};

struct ModelInfo {
    std::string architecture;  // "smallthinker", "llama", "qwen2"
    std::string name;
    std::string quantisation;  // the type that holds most bytes
    uint64_t file_bytes = 0;
    uint64_t parameters = 0;
    int64_t layers = 0;
    int64_t embedding = 0;  // width of the residual stream
    int64_t ffn = 0;        // neurons per layer (per expert when experts > 1)
    int64_t heads = 0;
    int64_t kv_heads = 0;
    int64_t head_dim = 0;
    int64_t vocabulary = 0;
    int64_t context = 0;  // tokens it was trained for
    int64_t experts = 1;
    int64_t experts_used = 1;
    Activation activation = Activation::silu;
    std::vector<QuantShare> quants;
};

const char* to_string(Activation a);

}  // namespace phonon
