#include "generate/forced_tokens.h"

#include <utility>

namespace phonon {

std::vector<int32_t> end_tokens(const Tokenizer& tokenizer) {
    std::vector<int32_t> out;
    for (int32_t id = 0; id < tokenizer.size(); id++) {
        if (tokenizer.is_end(id)) out.push_back(id);
    }
    return out;
}

ForcedTokens::ForcedTokens(uint64_t seed, int32_t vocabulary, std::vector<int32_t> avoid)
    : random_(seed), allowed_(static_cast<uint64_t>(vocabulary) - avoid.size()), avoid_(std::move(avoid)) {}

int32_t ForcedTokens::next() {
    // The bias of the remainder is below 2^-40 for any vocabulary.
    auto id = static_cast<int32_t>(random_() % allowed_);
    for (const int32_t end : avoid_) id += id >= end;
    return id;
}

}  // namespace phonon
