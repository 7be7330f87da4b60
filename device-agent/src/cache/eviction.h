#pragma once
// Which slot of a full cache is emptied next.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace phonon {

// Slots are [0, slots). A slot may be touched after it was filled, and chosen until it was emptied. Not thread-safe; no
// allocation after construction.
class EvictionOrder {
  public:
    virtual ~EvictionOrder() = default;
    // `key` is what the slot holds, a neuron of the model: [0, keys).
    virtual void filled(int32_t slot, int32_t key) = 0;
    virtual void touched(int32_t slot) = 0;
    virtual void emptied(int32_t slot) = 0;
    // A filled slot whose stamp is not `in_use`; -1 when there is none.
    virtual int32_t choose(const std::vector<uint32_t>& stamps, uint32_t in_use) = 0;
    // One token more has been computed.
    virtual void next_token() = 0;
};

// The least recently used one, as in the paper (section 4.3).
std::unique_ptr<EvictionOrder> make_lru(int32_t slots);

// The one that is least likely to fire soon. A neuron's heat is how often it fired lately, older tokens counting less
// (half as much every `half_life` tokens), beside `prior_weight` times its frequency in the profile [keys]. The coldest
// of some random slots goes, which finds nearly the coldest of all in no time.
struct HeatConfig {
    float half_life = 16;
    float prior_weight = 8;
    uint64_t seed = 1;
};
std::unique_ptr<EvictionOrder> make_heat_order(int32_t slots, std::vector<float> frequency, const HeatConfig& config);

}  // namespace phonon
