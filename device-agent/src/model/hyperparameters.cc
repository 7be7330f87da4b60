#include "model/hyperparameters.h"

#include <cmath>
#include <limits>
#include <optional>

namespace phonon {
namespace {

constexpr int64_t kMaxLayers = 512;  // llama.cpp's bounds
constexpr int64_t kMaxExperts = 512;
constexpr int64_t kMaxWidth = int64_t{1} << 20;
constexpr int64_t kMaxContext = int64_t{1} << 30;

// Reads keys under "<architecture>." and keeps the first thing that was wrong, so that a caller checks once.
class Reader {
  public:
    Reader(const GgufFile& gguf, std::string prefix) : gguf_(gguf), prefix_(std::move(prefix)) {}

    int64_t integer(const char* suffix, int64_t low, int64_t high, std::optional<int64_t> fallback = std::nullopt) {
        const std::string key = prefix_ + suffix;
        if (!gguf_.has(key)) {
            if (!fallback) fail("metadata key '" + key + "' is missing");
            return fallback.value_or(low);
        }
        const auto value = gguf_.integer(key);
        if (value && *value >= low && *value <= high) return *value;
        fail("metadata key '" + key + "' is " + (value ? std::to_string(*value) : "no single whole number") +
             "; expected " + std::to_string(low) + " to " + std::to_string(high));
        return low;
    }

    float number(const char* suffix, double low, double high, std::optional<double> fallback = std::nullopt) {
        const std::string key = prefix_ + suffix;
        if (!gguf_.has(key)) {
            if (!fallback) fail("metadata key '" + key + "' is missing");
            return static_cast<float>(fallback.value_or(low));
        }
        const auto value = gguf_.number(key);
        if (value && *value >= low && *value <= high) return static_cast<float>(*value);  // NaN fails both
        fail("metadata key '" + key + "' is " + (value ? std::to_string(*value) : "no number") + "; expected " +
             std::to_string(low) + " to " + std::to_string(high));
        return static_cast<float>(low);
    }

    bool has(const char* suffix) const { return gguf_.has(prefix_ + suffix); }
    std::string text(const char* suffix, const char* fallback) const {
        return gguf_.text(prefix_ + suffix).value_or(fallback);
    }

    void fail(const std::string& what, const char* code = "file_invalid") {
        if (!error_) error_ = Error{code, gguf_.path() + ": " + what};
    }
    const std::optional<Error>& error() const { return error_; }

  private:
    const GgufFile& gguf_;
    std::string prefix_;
    std::optional<Error> error_;
};

void read_attention(Reader& reader, Hyperparameters& hp) {
    hp.heads = reader.integer("attention.head_count", 1, 4096);
    hp.kv_heads = reader.integer("attention.head_count_kv", 1, 4096, hp.heads);
    if (hp.heads % hp.kv_heads != 0) {
        reader.fail("attention.head_count " + std::to_string(hp.heads) + " is no multiple of attention.head_count_kv " +
                    std::to_string(hp.kv_heads));
    }
    if (!reader.has("attention.key_length") && hp.embedding % hp.heads != 0) {
        reader.fail("embedding_length " + std::to_string(hp.embedding) + " is no multiple of attention.head_count " +
                    std::to_string(hp.heads));
    }
    hp.head_dim = reader.integer("attention.key_length", 2, 4096, hp.embedding / hp.heads);
    const int64_t value_dim = reader.integer("attention.value_length", 2, 4096, hp.head_dim);
    const int64_t rope_dim = reader.integer("rope.dimension_count", 2, 4096, hp.head_dim);
    if (hp.head_dim % 2 != 0 || value_dim != hp.head_dim || rope_dim != hp.head_dim) {
        reader.fail("heads of " + std::to_string(hp.head_dim) + " keys, " + std::to_string(value_dim) + " values and " +
                        std::to_string(rope_dim) +
                        " rotated dimensions are not supported (all three must be equal and even)",
                    "unsupported_architecture");
    }
    hp.rms_eps = reader.number("attention.layer_norm_rms_epsilon", 0, 1);
}

void read_rope(Reader& reader, Hyperparameters& hp) {
    hp.rope.pairs = hp.architecture == Architecture::llama ? RopePairs::adjacent : RopePairs::halves;
    hp.rope.base = reader.number("rope.freq_base", 1, 1e15, 10000.0);
    const std::string scaling = reader.text("rope.scaling.type", "linear");
    const char* factor_key = reader.has("rope.scaling.factor") ? "rope.scaling.factor" : "rope.scale_linear";
    const float factor = reader.number(factor_key, 0, 1e6, 0.0);
    if (scaling != "none" && scaling != "linear" && scaling != "yarn") {
        reader.fail("rope scaling '" + scaling.substr(0, 40) + "' is not supported (none, linear and yarn are)",
                    "unsupported_architecture");
    }
    if (scaling != "none" && factor != 0) hp.rope.scale = 1.0f / factor;
    hp.rope.trained_context = reader.integer("rope.scaling.original_context_length", 1, kMaxContext, hp.context);
    hp.rope.yarn = scaling == "yarn";
    // For yarn llama.cpp multiplies by this factor's inverse, which cancels the one inside its rotation.
    hp.rope.magnitude = reader.number("rope.scaling.attn_factor", 0, 1e6, 1.0);
}

void read_experts(Reader& reader, Hyperparameters& hp) {
    const int64_t fewest = hp.architecture == Architecture::smallthinker ? 1 : 0;
    const int64_t experts = reader.integer("expert_count", fewest, kMaxExperts, 0);
    if (experts == 0 && hp.architecture == Architecture::smallthinker) reader.fail("expert_count is missing");
    if (experts == 0) return;
    if (hp.architecture == Architecture::qwen2) {
        reader.fail("qwen2 with experts is not supported", "unsupported_architecture");
    }
    hp.expert_tensors = true;
    hp.experts = experts;
    hp.experts_used = reader.integer("expert_used_count", 1, experts);
    if (hp.architecture == Architecture::llama) return;  // softmax over all experts, FFN width as for dense models
    hp.ffn = reader.integer("expert_feed_forward_length", 1, kMaxWidth, hp.ffn);
    switch (reader.integer("expert_gating_func", 1, 3, 1)) {
        case 2:
            hp.gating = RouterGating::sigmoid;
            break;
        case 3:
            hp.gating = RouterGating::softmax_selected;
            break;
        default:
            hp.gating = RouterGating::softmax;
    }
}

void read_window(Reader& reader, Hyperparameters& hp) {
    hp.window_rope_base = hp.rope.base;
    if (hp.architecture != Architecture::smallthinker) return;
    // As llama.cpp: any window means one of 4096 positions.
    if (reader.integer("attention.sliding_window", 0, kMaxContext, 0) == 0) return;
    hp.window = 4096;
    hp.window_period = reader.integer("attention.sliding_window_pattern", 0, kMaxLayers, 4);
    hp.window_rope_base = reader.number("rope.freq_base_swa", 1, 1e15, hp.rope.base);
}

}  // namespace

Result<Hyperparameters> read_hyperparameters(const GgufFile& gguf) {
    const auto architecture = gguf.text("general.architecture");
    if (!architecture) return gguf.invalid("metadata key 'general.architecture' is missing or no text");
    Hyperparameters hp;
    if (*architecture == "smallthinker") {
        hp.architecture = Architecture::smallthinker;
    } else if (*architecture == "llama") {
        hp.architecture = Architecture::llama;
    } else if (*architecture == "qwen2") {
        hp.architecture = Architecture::qwen2;
    } else {
        return Error{"unsupported_architecture", gguf.path() + ": architecture '" + architecture->substr(0, 40) +
                                                     "' is not supported (smallthinker, llama and qwen2 are)"};
    }
    if (gguf.integer("split.count").value_or(1) > 1) {
        return Error{"unsupported_architecture",
                     gguf.path() + ": one part of a split model; join the parts with llama-gguf-split --merge"};
    }
    Reader reader(gguf, *architecture + ".");
    hp.context = reader.integer("context_length", 1, kMaxContext);
    hp.embedding = reader.integer("embedding_length", 1, kMaxWidth);
    hp.layers = reader.integer("block_count", 1, kMaxLayers);
    const bool ffn_optional = *architecture == "smallthinker" && reader.has("expert_feed_forward_length");
    hp.ffn =
        reader.integer("feed_forward_length", 1, kMaxWidth, ffn_optional ? std::optional<int64_t>(1) : std::nullopt);
    read_attention(reader, hp);
    read_rope(reader, hp);
    read_experts(reader, hp);
    read_window(reader, hp);
    if (reader.error()) return *reader.error();

    const auto tokens = gguf.array_length("tokenizer.ggml.tokens");
    if (!tokens || *tokens == 0 || *tokens > static_cast<uint64_t>(std::numeric_limits<int32_t>::max())) {
        return gguf.invalid("metadata key 'tokenizer.ggml.tokens' is missing, empty or no array");
    }
    hp.vocabulary = static_cast<int64_t>(*tokens);
    auto activation = read_activation(gguf, *architecture);
    if (!activation) return activation.error();
    hp.activation = activation.value();
    return hp;
}

}  // namespace phonon
