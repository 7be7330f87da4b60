#pragma once
// A seeded token stream that takes the place of sampling, so that engines are timed on the same tokens.

#include <cstdint>
#include <random>
#include <vector>

#include "phonon/tokenizer.h"

namespace phonon {

// The ids for which `tokenizer` says is_end, ascending.
std::vector<int32_t> end_tokens(const Tokenizer& tokenizer);

// Uniform over [0, vocabulary) without `avoid`. The same seed gives the same ids on every machine and engine.
class ForcedTokens {
  public:
    // REQUIRES that `avoid` (ascending) leaves at least one id.
    ForcedTokens(uint64_t seed, int32_t vocabulary, std::vector<int32_t> avoid);
    int32_t next();

  private:
    std::mt19937_64 random_;
    uint64_t allowed_;
    std::vector<int32_t> avoid_;
};

}  // namespace phonon
