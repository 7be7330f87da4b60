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
inline constexpr const char* kFromText = "text";
inline constexpr const char* kWrittenByModel = "written by the model";

// Tokens of kProfileSequences sequences, step by step: [steps][kProfileSequences].
struct ProfileTokens {
    std::vector<int32_t> tokens;
    int64_t steps = 0;
    std::string source;  // kFromText or kWrittenByModel
};

// The text in kProfileSequences equal parts, at most kProfileSteps long. Errors: bad_request (too short).
Result<ProfileTokens> profile_text(const Tokenizer& tokenizer, const std::string& text);

// Every sequence begins with one token, drawn from `seed`, and goes on as the model does at temperature 1. Where
// `context`, what the KV cache holds of a sequence, is full, the sequence goes on from its last token alone.
Result<ProfileTokens> write_profile_text(Transformer& transformer, const Hyperparameters& hp, int64_t context,
                                         uint64_t seed, const std::function<void(int64_t step)>& progress,
                                         const std::atomic<bool>& cancel);

// All sequences' tokens of one step, every one with logits.
std::vector<BatchToken> profile_step(const ProfileTokens& tokens, int64_t step);

// One half of the sequences, 0 or 1, from beginning to end: [steps][kProfileSequences / 2], every token with logits, so
// that all of them pass the last layer. What is fitted on the first half is judged on the other one, which has no text
// in common with it.
std::vector<BatchToken> profile_half(const ProfileTokens& tokens, int64_t half);
// Where a token lies when one half has followed the other.
int64_t place_in_halves(const ProfileTokens& tokens, int64_t step, int64_t sequence);

}  // namespace phonon
