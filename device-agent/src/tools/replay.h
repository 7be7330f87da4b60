#pragma once
// Recorded neurons once more through the engine's own cache: what an eviction order holds of them.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cache/neuron_cache.h"
#include "tools/firing.h"

namespace phonon {

// What is known of a model's neurons before the recorded tokens, as a pack's profile knows it.
struct FiringProfile {
    int64_t layers = 0, width = 0;
    std::vector<float> frequency = {};             // [layers][width]
    std::vector<std::vector<int32_t>> order = {};  // [layer] neurons, the hottest first
    double persistence = 0;                        // mean over layers, see engine/profiled_reuse.h
    // The longest window whose neurons fit into a cache of this many.
    int64_t window_tokens(int64_t slots) const;

    std::vector<double> active = {}, overlap = {};  // [layer]
};

// `sequences` [sequence][layer][token]. REQUIRES one sequence at least.
FiringProfile profile_firing(std::span<const std::vector<std::vector<Fired>>> sequences, int64_t width);

// Neurons of the layers' tokens [layer][token] looked up in a cache that is filled with the hottest first, as the
// engine does it: layer by layer, each one's ascending. Returns hits and misses by layer, from token `first` on.
std::vector<LayerCacheCounts> replay(std::span<const std::vector<Fired>> tokens, const FiringProfile& profile,
                                     int64_t slots, std::unique_ptr<EvictionOrder> order, size_t first);

// A cache of a part of all neurons.
struct ReplayedOrder {
    std::string order;         // "lru", "window", "heat"
    double part = 0;           // of all neurons that the cache holds
    double half_life = 0;      // heat's, tokens
    double recent_weight = 0;  // heat's
    double hits = 0;           // share of lookups, once `first` tokens have passed
};

// The engine's orders, and heat with half-lives and weights around those that it would use.
std::vector<ReplayedOrder> compare_orders(std::span<const std::vector<Fired>> tokens, const FiringProfile& profile,
                                          size_t first);

}  // namespace phonon
