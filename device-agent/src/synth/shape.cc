#include "synth/shape.h"

#include <array>

#include "synth/vocabulary.h"

namespace phonon {

namespace {

const std::array<ModelShape, 5>& shapes() {
    static const std::array<ModelShape, 5> all = {{
        {.name = "mistral-7b",
         .architecture = "llama",
         .layers = 32,
         .embedding = 4096,
         .ffn = 14336,
         .heads = 32,
         .kv_heads = 8,
         .head_dim = 128,
         .vocabulary = 32000,
         .context = 32768,
         .rope_base = 1e6},
        {.name = "llama-3.2-1b",
         .architecture = "llama",
         .layers = 16,
         .embedding = 2048,
         .ffn = 8192,
         .heads = 32,
         .kv_heads = 8,
         .head_dim = 64,
         .vocabulary = 128256,
         .context = 131072,
         .tied = true,
         .rope_factors = true,
         .rope_base = 5e5},
        {.name = "qwen2-7b",
         .architecture = "qwen2",
         .layers = 28,
         .embedding = 3584,
         .ffn = 18944,
         .heads = 28,
         .kv_heads = 4,
         .head_dim = 128,
         .vocabulary = 152064,
         .context = 32768,
         .rope_base = 1e6,
         .norm_epsilon = 1e-6},
        // SmallThinker-4BA0.6B
        {.name = "smallthinker-4b",
         .architecture = "smallthinker",
         .layers = 32,
         .embedding = 1536,
         .ffn = 768,
         .heads = 12,
         .kv_heads = 2,
         .head_dim = 128,
         .vocabulary = 151936,
         .context = 32768,
         .experts = 32,
         .experts_used = 4,
         .tied = true,
         .sigmoid_router = true,
         .rope_base = 1.5e6,
         .norm_epsilon = 1e-6},
        {.name = "tiny",
         .architecture = "llama",
         .layers = 2,
         .embedding = 256,
         .ffn = 512,
         .heads = 4,
         .kv_heads = 2,
         .head_dim = 64,
         .vocabulary = 512,
         .context = 512},
    }};
    return all;
}

Error bad(std::string_view argument, const std::string& why) {
    return {"bad_request", "--" + std::string(argument) + ": " + why};
}

// The ranges keep every byte count far from overflow and within what llama.cpp's fixed tables hold.
Status check_ranges(const ModelShape& s) {
    struct Range {
        const char* argument;
        int64_t value, low, high;
    };
    const Range ranges[] = {{"layers", s.layers, 1, 512},
                            {"embedding", s.embedding, 32, 65536},
                            {"ffn", s.ffn, 32, 1 << 20},
                            {"heads", s.heads, 1, 1024},
                            {"kv-heads", s.kv_heads, 1, s.heads},
                            {"head-dim", s.head_dim, 2, 1024},
                            {"vocabulary", s.vocabulary, kSmallestVocabulary, 1 << 20},
                            {"context", s.context, 1, 1 << 24},
                            {"experts", s.experts, 1, 512},
                            {"experts-used", s.experts_used, 1, s.experts}};
    for (const Range& r : ranges) {
        if (r.value < r.low || r.value > r.high) {
            return bad(r.argument,
                       std::to_string(r.value) + " is not in " + std::to_string(r.low) + ".." + std::to_string(r.high));
        }
    }
    return {};
}

}  // namespace

std::span<const ModelShape> named_shapes() {
    return shapes();
}

Result<ModelShape> named_shape(std::string_view name) {
    std::string known;
    for (const ModelShape& shape : shapes()) {
        if (shape.name == name) return shape;
        known += (known.empty() ? "" : ", ") + shape.name;
    }
    return bad("shape", "'" + std::string(name) + "' is not one of " + known);
}

Activation stock_activation(const ModelShape& shape) {
    return shape.architecture == "smallthinker" ? Activation::relu : Activation::silu;
}

Status validate(const ModelShape& s, int64_t block) {
    const bool known = s.architecture == "llama" || s.architecture == "qwen2" || s.architecture == "smallthinker";
    if (!known) return bad("architecture", "'" + s.architecture + "' is not one of llama, qwen2, smallthinker");
    if (Status ranges = check_ranges(s); !ranges) return ranges;
    if (s.heads % s.kv_heads != 0) return bad("kv-heads", "does not divide the number of heads");
    if (s.head_dim % 2 != 0) return bad("head-dim", "must be even: rope turns pairs");
    if (s.experts > 1 && s.architecture == "qwen2") {
        return bad("experts", "qwen2 has none; give --experts 1, or --architecture llama or smallthinker");
    }
    if (s.architecture == "qwen2" && s.heads * s.head_dim != s.embedding) {
        return bad("embedding", "qwen2 needs heads x head-dim = embedding");
    }
    for (const auto& [argument, cols] :
         {std::pair{"embedding", s.embedding}, std::pair{"ffn", s.ffn}, std::pair{"head-dim", s.heads * s.head_dim}}) {
        if (cols % block != 0) {
            return bad(argument, "rows of " + std::to_string(cols) +
                                     " weights cannot be cut into the quantisation's groups of " +
                                     std::to_string(block));
        }
    }
    return {};
}

}  // namespace phonon
