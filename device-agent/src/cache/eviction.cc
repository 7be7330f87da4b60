#include "cache/eviction.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace phonon {
namespace {

constexpr int32_t kNone = -1;

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
        while (slot != kNone && stamps[static_cast<size_t>(slot)] == in_use) slot = at(slot).before;
        return slot;
    }

  protected:
    int32_t last() const { return last_; }

  private:
    struct Link {
        int32_t before = kNone, after = kNone;
    };
    Link& at(int32_t slot) { return links_[static_cast<size_t>(slot)]; }

    void push(int32_t slot) {
        at(slot) = {kNone, first_};
        (first_ == kNone ? last_ : at(first_).before) = slot;
        first_ = slot;
    }
    void unlink(int32_t slot) {
        const Link link = at(slot);
        (link.before == kNone ? first_ : at(link.before).after) = link.after;
        (link.after == kNone ? last_ : at(link.after).before) = link.before;
    }

    std::vector<Link> links_;
    int32_t first_ = kNone, last_ = kNone;
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
        return last() != kNone && now_ - used_[static_cast<size_t>(last())] > tokens_ ? last() : kNone;
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
        : frequency_(std::move(frequency)),
          slots_(static_cast<size_t>(slots)),
          random_(config.seed * 0x9e3779b97f4a7c15u | 1) {
        for (size_t age = 0; age < kAges; ++age) {
            recency_[age] = config.persistence * std::exp2(-static_cast<float>(age) / config.half_life);
        }
        for (size_t& slot : drawn_) slot = random_slot();
    }

    void filled(int32_t slot, int32_t key) override {
        slots_[static_cast<size_t>(slot)] = {frequency_[static_cast<size_t>(key)], now_};
    }
    void touched(int32_t slot) override { slots_[static_cast<size_t>(slot)].used = now_; }
    void emptied(int32_t slot) override { slots_[static_cast<size_t>(slot)].frequency = kEmpty; }
    void next_token() override { ++now_; }
    void prefetch(int32_t slot) const override { __builtin_prefetch(&slots_[static_cast<size_t>(slot)], 1); }

    int32_t choose(const std::vector<uint32_t>& stamps, uint32_t in_use) override {
        int32_t coldest = kNone;
        float least = INFINITY;
        int found = 0;
        for (size_t tried = 0; found < kCandidates && tried < kDraws + slots_.size(); ++tried) {
            // When nearly everything is in use, chance finds nothing: then slot by slot.
            const size_t at = tried < kDraws ? draw() : tried - kDraws;
            const Slot& slot = slots_[at];
            // What is in use was used by this token: for the others the stamp, a cache miss, is not looked at.
            if (slot.frequency == kEmpty || (slot.used == now_ && stamps[at] == in_use)) continue;
            ++found;
            const float value = likelihood(slot);
            if (value < least) {
                least = value;
                coldest = static_cast<int32_t>(at);
            }
        }
        return coldest;
    }

  private:
    static constexpr int kCandidates = 12;
    static constexpr size_t kDraws = 8 * kCandidates, kDrawnAhead = 2 * kCandidates, kAges = 64;
    static constexpr float kEmpty = -1;

    // Side by side: choosing is one cache miss for every slot that is looked at.
    struct Slot {
        float frequency = kEmpty;
        uint32_t used = 0;  // token
    };

    float likelihood(const Slot& slot) const {
        const uint32_t age = now_ - slot.used;
        return age < kAges ? slot.frequency + (1 - slot.frequency) * recency_[age] : slot.frequency;
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

    const std::vector<float> frequency_;
    std::vector<Slot> slots_;
    float recency_[kAges];  // by age in tokens
    uint32_t now_ = 0;
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
