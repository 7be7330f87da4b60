#pragma once
// What a model reads while its activations are profiled: from a text, or written by the model itself.

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/transformer.h"
#include "packing/layer_profile.h"
#include "phonon/tokenizer.h"

namespace phonon {

inline constexpr int64_t kProfileSteps = 32;

// Tokens of kProfileSequences sequences, step by step: [steps][kProfileSequences].
struct ProfileTokens {
    std::vector<int32_t> tokens;
    int64_t steps = 0;
    std::string source;  // "text" or "written by the model"
};

// The text in kProfileSequences equal parts, at most kProfileSteps long. Errors: bad_request (too short).
Result<ProfileTokens> profile_text(const Tokenizer& tokenizer, const std::string& text);

// Every sequence begins with one token, drawn from `seed`, and goes on as the model does at temperature 1. Where
// `context`, what the KV cache holds of a sequence, is full, the sequence goes on from its last token alone.
Result<ProfileTokens> write_profile_text(Transformer& transformer, const Hyperparameters& hp, int64_t context,
                                         uint64_t seed, const std::function<void(int64_t step)>& progress,
                                         const std::atomic<bool>& cancel);

// The batch of `count` steps from `first` on, every token with logits, so that all of them pass the last layer.
std::vector<BatchToken> profile_batch(const ProfileTokens& tokens, int64_t first, int64_t count);

}  // namespace phonon
