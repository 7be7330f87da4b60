#pragma once
// A counter-based random stream: word i of stream `key` depends on nothing but (key, i), so any thread can write any
// row of any tensor and the file comes out the same.

#include <cstdint>

namespace phonon {

// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection that passes BigCrush when fed a counter.
constexpr uint64_t mix64(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

constexpr uint64_t combine(uint64_t key, uint64_t part) {
    return mix64(key + 0x9e3779b97f4a7c15ULL * (part + 1));
}

class RandomStream {
  public:
    explicit RandomStream(uint64_t key) : counter_(key) {}
    uint64_t next() { return mix64(counter_ += 0x9e3779b97f4a7c15ULL); }

  private:
    uint64_t counter_;
};

}  // namespace phonon
