#include "cache/eviction.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace phonon {
namespace {

// A list through the slots, the most recently used first.
class Lru : public EvictionOrder {
  public:
    explicit Lru(int32_t slots) : links_(static_cast<size_t>(slots)) {}

    void filled(int32_t slot, int32_t) override { push(slot); }
    void touched(int32_t slot) override {
        if (slot == first_) return;
        unlink(slot);
        push(slot);
    }
    void emptied(int32_t slot) override { unlink(slot); }
    void next_token() override {}

    int32_t choose(const std::vector<uint32_t>& stamps, uint32_t in_use) override {
        int32_t slot = last_;
        while (slot != kNoSlot && stamps[static_cast<size_t>(slot)] == in_use) slot = at(slot).before;
        return slot;
    }

  protected:
    int32_t last() const { return last_; }

  private:
    struct Link {
        int32_t before = kNoSlot, after = kNoSlot;
    };
    Link& at(int32_t slot) { return links_[static_cast<size_t>(slot)]; }

    void push(int32_t slot) {
        at(slot) = {kNoSlot, first_};
        (first_ == kNoSlot ? last_ : at(first_).before) = slot;
        first_ = slot;
    }
    void unlink(int32_t slot) {
        const Link link = at(slot);
        (link.before == kNoSlot ? first_ : at(link.before).after) = link.after;
        (link.after == kNoSlot ? last_ : at(link.after).before) = link.before;
    }

    std::vector<Link> links_;
    int32_t first_ = kNoSlot, last_ = kNoSlot;
};

class Window : public Lru {
  public:
    Window(int32_t slots, int64_t tokens) : Lru(slots), used_(static_cast<size_t>(slots), 0), tokens_(tokens) {}

    void filled(int32_t slot, int32_t key) override {
        used_[static_cast<size_t>(slot)] = now_;
        ++filled_;
        ++fills_;
        Lru::filled(slot, key);
    }
    void touched(int32_t slot) override {
        used_[static_cast<size_t>(slot)] = now_;
        Lru::touched(slot);
    }
    void emptied(int32_t slot) override {
        --filled_;
        Lru::emptied(slot);
    }
    int32_t choose(const std::vector<uint32_t>& stamps, uint32_t in_use) override {
        ran_out_ = true;
        return Lru::choose(stamps, in_use);
    }
    void next_token() override {
        if (ran_out_) {
            tokens_ = std::max<int64_t>(1, tokens_ - 1);
        } else if (filled_ + fills_ <= static_cast<int64_t>(used_.size())) {
            ++tokens_;  // the next token will want about as many as this one
        }
        ran_out_ = false;
        fills_ = 0;
        ++now_;
    }
    int32_t expired() const override {
        return last() != kNoSlot && now_ - used_[static_cast<size_t>(last())] > tokens_ ? last() : kNoSlot;
    }

  private:
    std::vector<int64_t> used_;  // [slot] token
    int64_t tokens_, now_ = 0;   // how far back it reaches; the token that is computed
    int64_t filled_ = 0, fills_ = 0;
    bool ran_out_ = false;
};

class Heat : public EvictionOrder {
  public:
    Heat(int32_t slots, std::vector<float> frequency, const HeatConfig& config)
        : usual_(std::move(frequency)),
          past_(usual_.size()),
          slots_(static_cast<size_t>(slots)),
          recent_weight_(config.recent_weight),
          per_key_(1 / static_cast<float>(usual_.size())),
          random_(config.seed * 0x9e3779b97f4a7c15u | 1) {
        for (float& f : usual_) f *= 1 - recent_weight_;
        for (size_t age = 0; age < kAges; ++age) fade_[age] = std::exp2(-static_cast<float>(age) / config.half_life);
        for (size_t& slot : drawn_) slot = random_slot();
    }

    void filled(int32_t slot, int32_t key) override {
        const Use& past = past_[static_cast<size_t>(key)];
        slots_[static_cast<size_t>(slot)] = {after(past), usual_[static_cast<size_t>(key)], key};
        reached_ = key;
    }
    void touched(int32_t slot) override {
        Slot& held = slots_[static_cast<size_t>(slot)];
        held.last = after(held.last);
        reached_ = held.key;
    }
    void emptied(int32_t slot) override {
        Slot& held = slots_[static_cast<size_t>(slot)];
        past_[static_cast<size_t>(held.key)] = held.last;
        held.key = kNoSlot;
    }
    void next_token() override {
        ++now_;
        reached_ = kNoSlot;
    }
    void prefetch(int32_t slot) const override { __builtin_prefetch(&slots_[static_cast<size_t>(slot)], 1); }

    int32_t choose(const std::vector<uint32_t>& stamps, uint32_t in_use) override {
        int32_t last = kNoSlot;
        float longest = -1;
        int found = 0;
        for (size_t tried = 0; found < kCandidates && tried < kDraws + slots_.size(); ++tried) {
            // When nearly everything is in use, chance finds nothing: then slot by slot.
            const size_t at = tried < kDraws ? draw() : tried - kDraws;
            const Slot& slot = slots_[at];
            // What is in use was used by this token: for the others the stamp, a cache miss, is not looked at.
            if (slot.key == kNoSlot || (slot.last.token == now_ && stamps[at] == in_use)) continue;
            ++found;
            const float wait = wait_for(slot);
            if (wait > longest) {
                longest = wait;
                last = static_cast<int32_t>(at);
            }
        }
        return last;
    }

  private:
    static constexpr int kCandidates = 24;
    static constexpr float kLeastChance = 1e-6f;
    static constexpr size_t kDraws = 8 * kCandidates, kDrawnAhead = kCandidates, kAges = 64;

    // The last token that used a neuron, and the sum over its uses until then of what is left of each.
    struct Use {
        float sum = 0;
        uint32_t token = 0;
    };
    // Side by side: choosing is one cache miss for every slot that is looked at.
    struct Slot {
        Use last;
        float usual = 0;  // its frequency in the profile, by its weight
        int32_t key = kNoSlot;
    };

    // What is left of a sum after so many tokens.
    float faded(float sum, uint32_t age) const { return age < kAges ? sum * fade_[age] : 0; }
    // Used by this token too.
    Use after(const Use& use) const {
        return use.token == now_ ? use : Use{faded(use.sum, now_ - use.token) + 1, now_};
    }
    // The share of the last tokens that used it, the latest counting most: in [0, 1]. This token counts for those whose
    // layer it has passed: it did not want them, and they will not be wanted as soon as those that it comes to now.
    float share_of_late(const Slot& slot) const {
        uint32_t age = now_ - slot.last.token;
        if (age > 0 && slot.key > reached_) --age;
        return faded(slot.last.sum, age) * (1 - fade_[1]);
    }

    // How long until it is wanted, in tokens: from here to its layer, and on with every token that does not want it.
    float wait_for(const Slot& slot) const {
        const float chance = slot.usual + recent_weight_ * share_of_late(slot);
        const int32_t way = slot.key - reached_;
        return (way > 0 ? 0 : 1) + static_cast<float>(way) * per_key_ + 1 / std::max(chance, kLeastChance);
    }

    // Slots are drawn long before they are looked at, so that they have come into the core's cache by then.
    size_t draw() {
        size_t& place = drawn_[next_drawn_++ % kDrawnAhead];
        const size_t slot = std::exchange(place, random_slot());
        __builtin_prefetch(slots_.data() + place);
        return slot;
    }
    size_t random_slot() {
        random_ ^= random_ << 13;
        random_ ^= random_ >> 7;
        random_ ^= random_ << 17;
        return static_cast<size_t>((random_ >> 32) * slots_.size() >> 32);
    }

    std::vector<float> usual_;  // [key]
    std::vector<Use> past_;     // [key] of those that lie in no slot
    std::vector<Slot> slots_;
    const float recent_weight_, per_key_;
    float fade_[kAges];  // by age in tokens
    uint32_t now_ = 1;
    int32_t reached_ = kNoSlot;  // the key used last: keys are in the order of layers
    uint64_t random_;
    size_t drawn_[kDrawnAhead], next_drawn_ = 0;
};

}  // namespace

std::unique_ptr<EvictionOrder> make_lru(int32_t slots) {
    return std::make_unique<Lru>(slots);
}

std::unique_ptr<EvictionOrder> make_window(int32_t slots, int64_t tokens) {
    return std::make_unique<Window>(slots, tokens);
}

std::unique_ptr<EvictionOrder> make_heat_order(int32_t slots, std::vector<float> frequency, const HeatConfig& config) {
    return std::make_unique<Heat>(slots, std::move(frequency), config);
}

}  // namespace phonon
