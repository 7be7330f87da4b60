#pragma once
// Chooses the next token from logits. The same sampler serves every backend.

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace phonon {

struct SamplerConfig {
    float temperature = 0.8f;     // 0: greedy
    int top_k = 40;               // 0: off
    float top_p = 0.95f;          // 1: off
    float min_p = 0.05f;          // 0: off
    float repeat_penalty = 1.0f;  // 1: off
    int repeat_last = 64;         // tokens that the penalty looks back on
    uint64_t seed = 0;
};

// Applied in this order: repetition penalty, top-k, top-p, min-p, temperature, draw. Not thread-safe.
// The same seed and logits give the same tokens on every machine.
class Sampler {
  public:
    explicit Sampler(const SamplerConfig& config);
    // `logits` is [vocabulary] and may hold -inf; ties go to the lower id. `history` is what came so far.
    int32_t sample(std::span<const float> logits, std::span<const int32_t> history);

  private:
    // Moves the candidates that top-k (`pool` of them), top-p and min-p leave to the front, best first; returns how
    // many there are, at least 1. `top` is the best logit.
    std::size_t cut(std::size_t pool, double top);

    SamplerConfig config_;
    std::mt19937_64 random_;
    std::vector<std::pair<float, int32_t>> candidates_;
};

}  // namespace phonon
