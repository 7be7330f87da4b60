#pragma once
// How often the neurons that a token wants are in the cache.
//
// A characteristic-time approximation (Che, Tung, Wang 2002) with two changes. A neuron stays in the cache while its
// worth is above one level, the same for all, which is found by what the cache holds; so it is kept for a number of
// tokens after its last use that depends on its frequency. And uses are not independent: a gate over tokens is taken
// for a normal variable of which a part, `slow`, turns as an autoregressive process (by `decay` a token) and the rest
// is new with every token, which is followed on a grid. `slow` is what explains the measured overlap of consecutive
// tokens.

#include <string>
#include <vector>

#include "planner/activity.h"

namespace phonon {

class Reuse {
  public:
    explicit Reuse(const Activity& activity);

    // Share of the neurons let through that are not in a cache which holds the share `cached` of all neurons.
    // `eviction`: "heat" or "lru" (cache/eviction.h). Falls with `cached`.
    double miss_rate(double cached, const std::string& eviction) const;

    // How far consecutive tokens fire alike beyond what frequencies explain.
    double persistence() const { return persistence_; }

  private:
    // For one group: over ages in tokens [0, kAges].
    struct Group {
        double share = 0, frequency = 0, wanted = 0;
        std::vector<double> held = {};    // share of time in which it was wanted within the last `age` tokens
        std::vector<double> reused = {};  // share of tokens for which it is wanted, and was within the last `age`
    };
    struct Outcome {
        double occupied = 0, missed = 0;  // of all neurons; misses of a token
    };
    Outcome at(double level, bool lru) const;
    double kept_for(const Group& group, double level, bool lru) const;

    std::vector<Group> groups_;
    double persistence_ = 0, wanted_ = 0;
};

}  // namespace phonon
