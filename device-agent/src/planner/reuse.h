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

// Shares of all neurons, for a token.
struct CacheUse {
    double let_through = 0, missed = 0;
    double miss_rate() const { return let_through > 0 ? missed / let_through : 0; }
};

// Where every token wants every neuron, as without a predictor. They come in their order again and again: the least
// recently used is the one that comes next. Heat takes those that have just passed, and so keeps as many for the next
// token as can be, but for the layer that is computed, which cannot be evicted.
CacheUse all_wanted(double cached, const std::string& eviction, int64_t layers);

class Reuse {
  public:
    explicit Reuse(const Activity& activity);

    // With a cache that holds the share `cached` of all neurons. `eviction`: "heat", "lru" or "window", which does as
    // lru does (cache/eviction.h).
    CacheUse with(double cached, const std::string& eviction) const;

    // How far consecutive tokens fire alike beyond what frequencies explain.
    double persistence() const { return persistence_; }

  private:
    // For one group: over ages in tokens [0, kAges].
    struct Group {
        double share = 0, frequency = 0;
        double wanted = 0;     // share of tokens, of a neuron on flash
        double in_memory = 0;  // likewise, of one in memory
        double of_late = 0;    // how often it was wanted of late, when it was just wanted
        // Share of time in which it was wanted within the last `age` tokens; of tokens for which it is wanted, and
        // would be in memory, and was wanted within them.
        std::vector<double> held = {}, reused = {}, used = {};
    };
    struct Outcome {
        double occupied = 0;  // of all neurons
        CacheUse use = {};
    };
    std::vector<Group> groups_at(double cached) const;
    Outcome at(const std::vector<Group>& groups, double level, bool lru) const;
    std::vector<double> turned(const std::vector<double>& mass) const;
    double late_use(std::vector<double> mass, const std::vector<double>& fires, double wanted) const;
    double kept_for(const Group& group, double level, bool lru) const;

    const Activity& activity_;
    double persistence_ = 0, slow_ = 0;
    std::vector<double> turn_;  // [from][to] of the grid
};

}  // namespace phonon
