#pragma once
// Which slot of a full cache is emptied next.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace phonon {

inline constexpr int32_t kNoSlot = -1;     // nor key
inline constexpr float kHeatHalfLife = 3;  // tokens

// HeatConfig::recent_weight for tokens whose neurons fire again so far, in [0, 1], beyond what their frequencies
// explain: near the best for models of much, some and no such overlap (HACKING.md, "Eviction").
inline constexpr float recent_weight_of(double persistence) {
    return static_cast<float>(persistence < 0.28 ? 2.5 * persistence : 0.7);
}

// Slots are [0, slots). A slot may be touched after it was filled, and chosen until it was emptied. Not thread-safe; no
// allocation after construction.
class EvictionOrder {
  public:
    virtual ~EvictionOrder() = default;
    // `key` is what the slot holds, a neuron of the model, layer after layer: [0, keys).
    virtual void filled(int32_t slot, int32_t key) = 0;
    virtual void touched(int32_t slot) = 0;
    virtual void emptied(int32_t slot) = 0;
    // A filled slot whose stamp is not `in_use`; kNoSlot when there is none.
    virtual int32_t choose(const std::vector<uint32_t>& stamps, uint32_t in_use) = 0;
    // One token more has been computed.
    virtual void next_token() = 0;
    // A filled slot that is to be emptied though nobody wants its room; kNoSlot when there is none.
    virtual int32_t expired() const { return kNoSlot; }
    // touched() will be called for the slot soon.
    virtual void prefetch(int32_t) const {}
};

// The least recently used one, as in the paper (section 4.3).
std::unique_ptr<EvictionOrder> make_lru(int32_t slots);

// The sliding window of LLM in a flash (Alizadeh et al., 2023, section 3.1): what the last k tokens used stays, what
// none of them used goes with the next one. k begins with `tokens`, and with every token grows by one where there is
// room for that, or shrinks by one where slots ran out, when the least recently used one had to go.
std::unique_ptr<EvictionOrder> make_window(int32_t slots, int64_t tokens);

// The one that will be wanted last, by how likely it is to fire and how far the layers are from its own: what has just
// passed goes before what comes next. How likely: how often it fires in the profile, and of late, where each use counts
// half as much with every `half_life` tokens. What was used before a neuron was evicted counts when it comes back.
// `recent_weight`, in [0, 1], is what of the two lately has; the more tokens have in common the more
// (recent_weight_of()), and nothing where they have nothing. The worst of some random slots goes, which finds nearly
// the worst of all in no time.
struct HeatConfig {
    float recent_weight = 0;
    float half_life = kHeatHalfLife;
    uint64_t seed = 1;
};
// `frequency` [keys], in [0, 1].
std::unique_ptr<EvictionOrder> make_heat_order(int32_t slots, std::vector<float> frequency, const HeatConfig& config);

}  // namespace phonon
