#pragma once
// Runs a model in Phonon's engine, all weights in memory, over forced tokens, and keeps which neurons fire.

#include <atomic>
#include <cstdint>
#include <string>

#include "phonon/result.h"
#include "tools/replay.h"

namespace phonon {

struct FiringConfig {
    int64_t tokens = 512;       // of one sequence
    int64_t sequences = 32;     // other ones, of which the last token counts
    int64_t other_tokens = 24;  // of each of them
    uint64_t seed = 0;          // of the tokens
    std::string text = {};      // what they are taken from, one sequence after the other; empty: random ones
    int threads = 1;
};

struct FiringRun {
    FiringReport report;
    std::vector<ReplayedOrder> eviction;  // of the sequence, with what the other ones tell as the profile
    bool finite = true;                   // every logit of every token
    double logit_deviation = 0;           // within a token's logits, root mean square over tokens
};

// A sequence longer than the model's context goes on as a new one.
// Errors: bad_request (too short a text), file_invalid, unsupported_architecture (experts), unsupported_quantisation,
// context_too_large, cancelled.
Result<FiringRun> run_firing(const std::string& path, const FiringConfig& config, const std::atomic<bool>& cancel);

}  // namespace phonon
