#pragma once
// A model's dimensions and constants, read from metadata and checked against each other.

#include <cstdint>
#include <string>

#include "model/gguf_file.h"
#include "phonon/model_info.h"
#include "phonon/result.h"

namespace phonon {

enum class Architecture { smallthinker, llama, qwen2 };
enum class RopePairs { adjacent, halves };  // which two values of a head are rotated together (NORM and NEOX)
enum class RouterGating { softmax, sigmoid, softmax_selected };  // llama.cpp's expert_gating_func 1, 2, 3

struct RopeConfig {
    RopePairs pairs = RopePairs::halves;
    float base = 10000.0f;
    float scale = 1.0f;           // positions are multiplied by it (linear scaling)
    bool yarn = false;            // interpolate low frequencies only
    float magnitude = 1.0f;       // what rotated values are multiplied by
    int64_t trained_context = 0;  // before scaling
};

struct Hyperparameters {
    Architecture architecture = Architecture::llama;
    int64_t layers = 0;
    int64_t embedding = 0;
    int64_t ffn = 0;  // neurons per layer, per expert when experts > 1
    int64_t heads = 0;
    int64_t kv_heads = 0;
    int64_t head_dim = 0;
    int64_t vocabulary = 0;
    int64_t context = 0;
    float rms_eps = 0;
    RopeConfig rope;
    Activation activation = Activation::silu;

    // One expert: a dense FFN without router. `expert_tensors`: the FFN's tensors are named and shaped as experts.
    int64_t experts = 1;
    int64_t experts_used = 1;
    bool expert_tensors = false;
    RouterGating gating = RouterGating::softmax;

    // Sliding-window layers see the last `window` positions. smallthinker: every layer whose number is no multiple of
    // `window_period`; 0: no windows.
    int64_t window = 0;
    int64_t window_period = 0;
    float window_rope_base = 10000.0f;
    bool layer_has_window(int64_t layer) const {
        return window > 0 && (window_period == 0 || layer % window_period != 0);
    }
    // smallthinker with windows leaves out rope in every fourth layer.
    bool layer_has_rope(int64_t layer) const { return window == 0 || layers == 4 || layer % 4 != 0; }
};

// Errors: file_invalid (a key is missing, has the wrong type or an impossible value), unsupported_architecture.
Result<Hyperparameters> read_hyperparameters(const GgufFile& gguf);

// Which activation the FFN has: the key "phonon.activation", else "<architecture>.hidden_activation", else
// "<architecture>.hidden_act", else the architecture's own (smallthinker relu, llama and qwen2 silu).
Result<Activation> read_activation(const GgufFile& gguf, const std::string& architecture);
// "silu", "relu", "drelu", "relu2" and other common names of these.
bool parse_activation(const std::string& name, Activation& out);

}  // namespace phonon
