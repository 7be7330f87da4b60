// What the planner foresees of a cache.
#include <cmath>

#include "doctest/doctest.h"
#include "planner/activity.h"
#include "planner/reuse.h"

using namespace phonon;

namespace {

// All neurons alike, tokens without anything in common.
Activity equal_neurons(double frequency) {
    Activity activity;
    activity.groups = {{.share = 1, .frequency = frequency, .let_through = frequency}};
    activity.active = activity.let_through = activity.overlap = frequency;
    return activity;
}

}  // namespace

TEST_CASE("planner reuse: neurons that fire alike and independently hit as often as they are cached, but one's own") {
    // In the cache is what was wanted for the last A tokens: cached = 1 - (1-p)^(A+1); missed is what was not, (1-p)^A.
    const Reuse reuse(equal_neurons(0.1));
    CHECK(reuse.persistence() == doctest::Approx(0).epsilon(0.001));
    for (const double cached : {0.3, 0.5, 0.8}) {
        CHECK(reuse.miss_rate(cached, "lru") == doctest::Approx((1 - cached) / 0.9).epsilon(0.02));
    }
}

TEST_CASE("planner reuse: nothing cached misses all, everything cached nothing, and more memory never more") {
    for (const Activation activation : {Activation::relu, Activation::silu}) {
        const Reuse reuse(assumed_activity(activation));
        for (const char* eviction : {"heat", "lru"}) {
            CHECK(reuse.miss_rate(0, eviction) == 1);
            CHECK(reuse.miss_rate(1, eviction) == 0);
            double before = 1;
            for (double cached = 0.01; cached < 1; cached += 0.01) {
                const double missed = reuse.miss_rate(cached, eviction);
                CAPTURE(eviction);
                CAPTURE(cached);
                CHECK(missed <= before + 1e-9);
                before = missed;
            }
        }
    }
}

TEST_CASE("planner reuse: foresees what was recorded of a model with overlap and of one without") {
    // HACKING.md, "Synthetic models": hits of LRU over the neurons that fire, half and 38 % of the neurons cached.
    Activity activity = assumed_activity(Activation::relu);
    for (ActivityGroup& group : activity.groups) group.let_through = group.frequency;
    activity.overlap = 0.639;
    const Reuse bamboo(activity);
    CHECK(bamboo.miss_rate(0.5, "lru") == doctest::Approx(0.048).epsilon(0.25));
    CHECK(bamboo.miss_rate(0.38, "lru") == doctest::Approx(0.071).epsilon(0.25));
    activity.overlap = 0.197;
    const Reuse independent(activity);
    CHECK(independent.miss_rate(0.5, "lru") == doctest::Approx(0.238).epsilon(0.1));
    CHECK(independent.miss_rate(0.38, "lru") == doctest::Approx(0.376).epsilon(0.1));
    CHECK(independent.miss_rate(0.5, "heat") < 0.9 * independent.miss_rate(0.5, "lru"));
}

TEST_CASE("planner activity: groups keep the mean frequency and meet what is let through") {
    std::vector<double> counts(101);  // of 100 tokens: half of the neurons never, a quarter for 10, a quarter for all
    counts[0] = 50;
    counts[10] = 25;
    counts[100] = 25;
    const auto groups = group_neurons(counts, 0.4);
    double share = 0, fires = 0, through = 0;
    for (const ActivityGroup& group : groups) {
        share += group.share;
        fires += group.share * group.frequency;
        through += group.share * group.let_through;
        CHECK(group.let_through > group.frequency);
    }
    CHECK(groups.size() == 3);
    CHECK(groups.front().frequency > 0.99);
    CHECK(share == doctest::Approx(1));
    CHECK(fires == doctest::Approx(0.25 * 0.1 + 0.25).epsilon(0.01));
    CHECK(through == doctest::Approx(0.4).epsilon(0.001));
}

TEST_CASE("planner activity: statistics that cannot be are refused") {
    CHECK(told_activity({.active = 0.1, .let_through = 0.2, .recall = 0.9, .energy = 0.99}));
    for (const double wrong : {-0.1, 1.1, double(NAN), double(INFINITY)}) {
        const auto told = told_activity({.active = 0.1, .let_through = wrong, .recall = 0.9, .energy = 0.99});
        REQUIRE(!told);
        CHECK(told.error().code == "bad_request");
    }
    std::vector<float> frequency(6 * 4, 0.1F);
    frequency[2] = NAN;
    const std::vector<int32_t> order = {0, 1, 2, 3};
    Pack pack{.layers = {PackLayer{}}, .profiled_tokens = 10};
    pack.layers[0].order = order;
    pack.layers[0].frequency = frequency;
    REQUIRE(!packed_activity(pack, "m.pack"));
    CHECK(packed_activity(pack, "m.pack").error().code == "file_invalid");
    frequency[2] = 1;
    CHECK(packed_activity(pack, "m.pack"));
    pack.profiled_tokens = INT64_MAX;
    CHECK(packed_activity(pack, "m.pack"));
}
