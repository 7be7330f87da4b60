#pragma once
// What a pack's profile says of how tokens share neurons.

#include "pack/pack_file.h"

namespace phonon {

// How far a token's neurons fire again for the next one beyond what their frequencies explain, in [0, 1].
double persistence(const PackLayer& layer);

// The longest sliding window of tokens whose neurons, those that the predictor lets through, or else all, fit into
// `slots`, by the profile: at least 1, at most kMostWindowTokens. Where tokens have more in common than the profile's
// next ones tell, it is too short.
inline constexpr int64_t kMostWindowTokens = 4096;
int64_t window_tokens(const Pack& pack, bool predictor, int64_t slots);

}  // namespace phonon
