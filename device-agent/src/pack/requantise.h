#pragma once
// Packs that compute something else than their model: smaller, and what that costs is measured when they are made.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kernels/weights.h"

namespace phonon {

// What is quantised anew. Down's columns then have scales of their own, in their bundle, and none stay in memory.
//   down_q8_0, down_q4_0  Down, in this type
//   q4_0                  Down, and Gate and Up where their type is wider, in Q4_0
enum class Requantise : uint8_t { none, down_q8_0, down_q4_0, q4_0 };

std::string to_string(Requantise what);  // "down-q8_0"; none: ""
std::optional<Requantise> parse_requantise(std::string_view name);

// REQUIRES not none.
WeightType requantised_down(Requantise what);
// Gate's or Up's.
WeightType requantised_rows(Requantise what, WeightType type);

// A pack against its model, over the profile's tokens.
struct PackQuality {
    double kl_mean = 0;         // KL(model || pack), nats a token
    double top1_agreement = 0;  // share of tokens after which both like the same token best
};

}  // namespace phonon
