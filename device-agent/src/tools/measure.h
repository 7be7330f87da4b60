#pragma once
// Runs a model in llama.cpp over random tokens and looks at what fires: how a synthetic model's sparsity is verified.

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "phonon/result.h"

namespace phonon {

struct MeasureReport {
    int64_t tokens = 0;
    std::vector<double> active;  // [layer] share of gate values above zero, over tokens, neurons and experts used
    bool finite = true;          // every logit of every token
    double logit_deviation = 0;  // within a token's logits, root mean square over tokens
    int64_t distinct_best = 0;   // different tokens that were the most likely one somewhere
};

// One sequence of `tokens` uniformly random tokens. Errors: file_invalid, out_of_memory, unsupported_cpu, cancelled.
Result<MeasureReport> measure_model(const std::string& path, int64_t tokens, uint64_t seed, int threads,
                                    const std::atomic<bool>& cancel);

}  // namespace phonon
