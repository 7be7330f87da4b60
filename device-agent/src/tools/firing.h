#pragma once
// What a model's firing is like: how many neurons, how unequally, how much of it a cache would hold.

#include <cstdint>
#include <span>
#include <vector>

namespace phonon {

// Tokens that fill a cache before its hits count.
inline constexpr size_t kWarmUpTokens = 96;

// One layer's neurons that fired for one token, ascending.
using Fired = std::vector<int32_t>;

// One layer over one sequence of tokens, and over tokens that know nothing of each other.
struct LayerFiring {
    double active = 0;     // share of the neurons that fire, mean over the sequence
    double hot = 0;        // share of the neurons that fire for more than half of all tokens
    double unrelated = 0;  // share of a token's neurons that fire for a token of another sequence too
    double overlap = 0;    // ... that fired for the token before
    double batch32 = 0;    // share of the neurons that fire for any of 32 tokens of different sequences
    double run32 = 0;      // ... of 32 consecutive tokens
    double hits50 = 0;     // of an LRU cache that holds half of the layer's neurons, once it is full
    double hits38 = 0;
};

// A stretch of the sequence, mean over layers.
struct PositionFiring {
    int64_t begin = 0, end = 0;
    double active = 0;
    double overlap = 0;
    double hits50 = 0;
};

struct FiringReport {
    std::vector<LayerFiring> layers;
    std::vector<PositionFiring> positions;
    double misses50_p99 = 0;  // 99th percentile over tokens of the share missed in all layers together
    double shared50 = 0;      // hits of one LRU cache for all layers that holds half of their neurons
    double shared38 = 0;
};

// `sequence` [layer][token], `others` [layer][sequence]: the last token of each of some unrelated sequences.
FiringReport describe_firing(std::span<const std::vector<Fired>> sequence, std::span<const std::vector<Fired>> others,
                             int64_t width);

// For each token, how many of its neurons an LRU cache of `capacity` neurons does not hold. All of a token's neurons
// are looked up before what is missing takes the places of the least recently used.
std::vector<int64_t> lru_misses(std::span<const Fired> tokens, int64_t width, int64_t capacity);

}  // namespace phonon
