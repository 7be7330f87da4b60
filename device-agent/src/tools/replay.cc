#include "tools/replay.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "engine/profiled_reuse.h"

namespace phonon {
namespace {

constexpr std::array kParts = {0.5, 0.38, 0.25};
constexpr std::array kHalfLives = {1.0F, 2.0F, 6.0F, 16.0F, 64.0F};
constexpr std::array kWeights = {0.0F, 0.3F, 0.5F, 0.7F, 1.0F};

// The profile as the engine's code reads it.
Pack pack_of(const FiringProfile& profile) {
    Pack pack;
    for (int64_t l = 0; l < profile.layers; ++l) {
        const auto i = static_cast<size_t>(l);
        PackLayer& layer = pack.layers.emplace_back();
        layer.order = profile.order[i];
        layer.frequency = std::span(profile.frequency).subspan(i * static_cast<size_t>(profile.width));
        layer.statistics.active = layer.statistics.let_through = static_cast<float>(profile.active[i]);
        layer.statistics.overlap = static_cast<float>(profile.overlap[i]);
    }
    return pack;
}

int64_t common(const Fired& a, const Fired& b) {
    Fired both;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
    return static_cast<int64_t>(both.size());
}

double hit_share(const std::vector<LayerCacheCounts>& counts) {
    LayerCacheCounts all;
    for (const LayerCacheCounts& layer : counts) {
        all.hits += layer.hits;
        all.misses += layer.misses;
    }
    return all.hits + all.misses > 0 ? static_cast<double>(all.hits) / static_cast<double>(all.hits + all.misses) : 1;
}

}  // namespace

int64_t FiringProfile::window_tokens(int64_t slots) const {
    return phonon::window_tokens(pack_of(*this), true, slots);
}

FiringProfile profile_firing(std::span<const std::vector<std::vector<Fired>>> sequences, int64_t width) {
    FiringProfile profile{.layers = static_cast<int64_t>(sequences.front().size()), .width = width};
    for (size_t l = 0; l < sequences.front().size(); ++l) {
        std::vector<float> frequency(static_cast<size_t>(width), 0);
        double tokens = 0, fired = 0, after_first = 0, again = 0;
        for (const auto& sequence : sequences) {
            for (size_t t = 0; t < sequence[l].size(); ++t, ++tokens) {
                for (const int32_t neuron : sequence[l][t]) ++frequency[static_cast<size_t>(neuron)];
                fired += static_cast<double>(sequence[l][t].size());
                if (t == 0) continue;
                after_first += static_cast<double>(sequence[l][t].size());
                again += static_cast<double>(common(sequence[l][t - 1], sequence[l][t]));
            }
        }
        for (float& f : frequency) f /= static_cast<float>(std::max(1.0, tokens));
        std::vector<int32_t>& order = profile.order.emplace_back(static_cast<size_t>(width));
        std::iota(order.begin(), order.end(), 0);
        std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
            return frequency[static_cast<size_t>(a)] > frequency[static_cast<size_t>(b)];
        });
        profile.frequency.insert(profile.frequency.end(), frequency.begin(), frequency.end());
        profile.active.push_back(tokens > 0 ? fired / (tokens * static_cast<double>(width)) : 0);
        profile.overlap.push_back(after_first > 0 ? again / after_first : 0);
    }
    const Pack pack = pack_of(profile);
    for (const PackLayer& layer : pack.layers) {
        profile.persistence += persistence(layer) / static_cast<double>(profile.layers);
    }
    return profile;
}

std::vector<LayerCacheCounts> replay(std::span<const std::vector<Fired>> tokens, const FiringProfile& profile,
                                     int64_t slots, std::unique_ptr<EvictionOrder> order, size_t first) {
    NeuronCache cache({.layers = profile.layers, .neurons = profile.width, .slot_bytes = 1, .slots = slots},
                      std::move(order));
    cache.begin_step();
    for (int64_t p = 0; p < std::min(profile.width, slots / profile.layers); ++p) {
        for (int64_t l = 0; l < profile.layers; ++l) {
            cache.claim(l, profile.order[static_cast<size_t>(l)][static_cast<size_t>(p)]);
        }
    }
    std::vector<LayerCacheCounts> before(tokens.size());
    for (size_t t = 0; t < tokens.front().size(); ++t) {
        if (t == first) before = cache.counts();
        for (size_t l = 0; l < tokens.size(); ++l) {
            cache.begin_step();
            for (const int32_t neuron : tokens[l][t]) {
                if (cache.find(static_cast<int64_t>(l), neuron) < 0) cache.claim(static_cast<int64_t>(l), neuron);
            }
        }
        cache.next_token();
    }
    std::vector<LayerCacheCounts> counts = cache.counts();
    for (size_t l = 0; l < counts.size(); ++l) {
        counts[l].hits -= before[l].hits;
        counts[l].misses -= before[l].misses;
    }
    return counts;
}

std::vector<ReplayedOrder> compare_orders(std::span<const std::vector<Fired>> tokens, const FiringProfile& profile,
                                          size_t first) {
    std::vector<ReplayedOrder> out;
    for (const double part : kParts) {
        const auto slots = static_cast<int64_t>(part * static_cast<double>(profile.layers * profile.width));
        const auto count = static_cast<int32_t>(slots);
        const auto add = [&](const char* name, const HeatConfig& heat, std::unique_ptr<EvictionOrder> order) {
            const auto counts = replay(tokens, profile, slots, std::move(order), first);
            const bool has_heat = name == std::string("heat");
            out.push_back({.order = name,
                           .part = part,
                           .half_life = has_heat ? heat.half_life : 0,
                           .recent_weight = has_heat ? heat.recent_weight : 0,
                           .hits = hit_share(counts)});
        };
        const auto add_heat = [&](const HeatConfig& heat) {
            add("heat", heat, make_heat_order(count, profile.frequency, heat));
        };
        add("lru", {}, make_lru(count));
        add("window", {}, make_window(count, profile.window_tokens(slots)));
        const HeatConfig own{.recent_weight = recent_weight_of(profile.persistence)};
        add_heat(own);
        for (const float half_life : kHalfLives) add_heat({.recent_weight = own.recent_weight, .half_life = half_life});
        for (const float weight : kWeights) add_heat({.recent_weight = weight});
    }
    return out;
}

}  // namespace phonon
