// What the planner foresees of a cache.
#include <algorithm>
#include <cmath>
#include <random>

#include "cache/neuron_cache.h"
#include "doctest/doctest.h"
#include "planner/activity.h"
#include "planner/normal.h"
#include "planner/reuse.h"
#include "planner/wanted.h"

using namespace phonon;

namespace {

// All neurons alike, tokens without anything in common.
Activity equal_neurons(double frequency) {
    Activity activity;
    activity.groups = {{.share = 1, .frequency = frequency}};
    activity.active = activity.let_through = activity.overlap = frequency;
    return activity;
}

}  // namespace

TEST_CASE("planner reuse: neurons that fire alike and independently hit as often as they are cached, but one's own") {
    // In the cache is what was wanted for the last A tokens: cached = 1 - (1-p)^(A+1); missed is what was not, (1-p)^A.
    const Activity activity = equal_neurons(0.1);
    const Reuse reuse(activity);
    CHECK(reuse.persistence() == doctest::Approx(0).epsilon(0.001));
    for (const double cached : {0.3, 0.5, 0.8}) {
        CHECK(reuse.with(cached, "lru").miss_rate() == doctest::Approx((1 - cached) / 0.9).epsilon(0.02));
    }
}

TEST_CASE("planner reuse: nothing cached misses all, everything cached nothing, and more memory never more") {
    for (const Activation activation : {Activation::relu, Activation::silu}) {
        const Activity activity = assumed_activity(activation);
        const Reuse reuse(activity);
        for (const char* eviction : {"heat", "lru"}) {
            CHECK(reuse.with(0, eviction).miss_rate() == 1);
            CHECK(reuse.with(1, eviction).miss_rate() == 0);
            double before = 1;
            for (double cached = 0.01; cached < 1; cached += 0.01) {
                const double missed = reuse.with(cached, eviction).miss_rate();
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
    activity.let_through = activity.active;
    activity.overlap = 0.639;
    const Reuse bamboo(activity);
    CHECK(bamboo.with(0.5, "lru").miss_rate() == doctest::Approx(0.048).epsilon(0.25));
    CHECK(bamboo.with(0.38, "lru").miss_rate() == doctest::Approx(0.071).epsilon(0.25));
    activity.overlap = 0.197;
    const Reuse independent(activity);
    CHECK(independent.with(0.5, "lru").miss_rate() == doctest::Approx(0.238).epsilon(0.1));
    CHECK(independent.with(0.38, "lru").miss_rate() == doctest::Approx(0.376).epsilon(0.1));
    CHECK(independent.with(0.5, "heat").miss_rate() < 0.9 * independent.with(0.5, "lru").miss_rate());
}

namespace {

// A model of a few layers whose gates turn slowly: of each the share `slow` is an autoregressive process, the rest is
// new with every token.
class TurningGates {
  public:
    static constexpr int kLayers = 4, kNeurons = 400, kAll = kLayers * kNeurons, kTokens = 600, kWarm = 150;

    // The frequencies of neurons are spread as a beta distribution's.
    TurningGates(double slow, double decay, double alpha = 0.83, double beta = 7.4)
        : fired_(kTokens, std::vector<bool>(kAll)) {
        std::mt19937 random(5);
        std::normal_distribution<double> normal;
        std::gamma_distribution<double> a(alpha), b(beta);
        for (int n = 0; n < kAll; ++n) {
            const double x = a(random), f = std::clamp(x / (x + b(random)), 1e-4, 0.999);
            const double threshold = threshold_of(f);
            double turning = normal(random);
            int64_t count = 0;
            for (int t = 0; t < kTokens; ++t) {
                turning = decay * turning + std::sqrt(1 - decay * decay) * normal(random);
                const bool fires = std::sqrt(slow) * turning + std::sqrt(1 - slow) * normal(random) > threshold;
                fired_[static_cast<size_t>(t)][static_cast<size_t>(n)] = fires;
                count += fires ? 1 : 0;
            }
            frequency_.push_back(static_cast<float>(count) / kTokens);
        }
    }

    Activity activity() const {
        Activity activity;
        std::vector<double> counts(kTokens + 1);
        for (const float f : frequency_) {
            ++counts[static_cast<size_t>(std::lround(f * kTokens))];
            activity.active += f / kAll;
        }
        activity.groups = group_neurons(counts);
        activity.let_through = activity.active;
        for (const int lag : kOverlapLags) activity.overlaps.push_back(overlap(lag));
        activity.overlap = activity.overlaps.front();
        return activity;
    }

    // Share of the wanted neurons that a cache misses which holds the share `cached`; all are wanted without a
    // predictor.
    double missed(double cached, const std::string& eviction, double persistence, bool predictor = true) const {
        const auto slots = static_cast<int32_t>(cached * kAll);
        NeuronCache cache({.layers = kLayers, .neurons = kNeurons, .slot_bytes = 64, .slots = slots},
                          eviction == "lru"
                              ? make_lru(slots)
                              : make_heat_order(slots, frequency_, {.recent_weight = recent_weight_of(persistence)}));
        int64_t wanted = 0, missing = 0;
        for (int t = 0; t < kTokens; ++t) {
            for (int n = 0; n < kAll; ++n) {
                if (n % kNeurons == 0) cache.begin_step();
                if (predictor && !fired_[static_cast<size_t>(t)][static_cast<size_t>(n)]) continue;
                const int64_t layer = n / kNeurons;
                const bool miss = cache.find(layer, n % kNeurons) < 0;
                if (miss) REQUIRE(cache.claim(layer, n % kNeurons) >= 0);
                if (t < kWarm) continue;
                ++wanted;
                missing += miss ? 1 : 0;
            }
            cache.next_token();
        }
        return static_cast<double>(missing) / static_cast<double>(wanted);
    }

  private:
    double overlap(int lag) const {
        int64_t both = 0, one = 0;
        for (size_t t = static_cast<size_t>(lag); t < fired_.size(); ++t) {
            for (size_t n = 0; n < kAll; ++n) {
                if (!fired_[t][n]) continue;
                ++one;
                both += fired_[t - static_cast<size_t>(lag)][n] ? 1 : 0;
            }
        }
        return static_cast<double>(both) / static_cast<double>(one);
    }

    std::vector<std::vector<bool>> fired_;  // [token][neuron of all layers]
    std::vector<float> frequency_;
};

}  // namespace

TEST_CASE("planner reuse: from overlaps near and far it foresees what caches do with gates that turn, however fast") {
    for (const double decay : {0.8, 0.94, 0.97}) {
        const TurningGates gates(0.9, decay);
        const Activity activity = gates.activity();
        const Reuse reuse(activity);
        for (const char* eviction : {"lru", "heat"}) {
            for (const double cached : {0.35, 0.5}) {
                CAPTURE(decay);
                CAPTURE(eviction);
                CAPTURE(cached);
                const double missed = gates.missed(cached, eviction, reuse.persistence());
                CHECK(reuse.with(cached, eviction).miss_rate() == doctest::Approx(missed).epsilon(0.15));
            }
        }
    }
}

TEST_CASE("planner reuse: it foresees what caches do where a token wants about as many neurons as they hold") {
    const TurningGates gates(0.9, 0.94, 2, 2.5);
    const Activity activity = gates.activity();
    const Reuse reuse(activity);
    for (const double cached : {0.25, 0.35, 0.5, 0.6}) {
        CAPTURE(cached);
        const double missed = gates.missed(cached, "heat", reuse.persistence());
        CHECK(reuse.with(cached, "heat").miss_rate() == doctest::Approx(missed).epsilon(0.2));
    }
}

TEST_CASE("planner reuse: without far overlaps gates are taken to turn as fast as those of synthetic models") {
    Activity activity = assumed_activity(Activation::relu);
    const double alone = Reuse(activity).with(0.5, "lru").miss_rate();
    activity.overlaps = {activity.overlap, 0.5, 0.25};  // nearly forgotten after 16 tokens
    const double fast = Reuse(activity).with(0.5, "lru").miss_rate();
    activity.overlaps = {activity.overlap, 0.6, 0.55};  // hardly
    const double slow = Reuse(activity).with(0.5, "lru").miss_rate();
    CHECK(fast > 1.2 * alone);
    CHECK(slow < alone);
    activity.overlaps = {0, 0, 0};  // cannot be fitted, and does no harm
    CHECK(Reuse(activity).with(0.5, "lru").miss_rate() <= 1);
}

TEST_CASE("planner reuse: without a predictor it foresees what caches do with neurons that are all wanted") {
    const TurningGates gates(0.9, 0.94);
    const Activity activity = gates.activity();
    const Reuse reuse(activity);
    CHECK(gates.missed(0.5, "lru", 0, false) == 1);
    CHECK(all_wanted(0.5, "lru", 4).missed == 1);
    CHECK(all_wanted(0.5, "window", 4).missed == 1);
    for (const double cached : {0.35, 0.5, 0.65, 0.8, 0.9}) {
        CAPTURE(cached);
        const double missed = gates.missed(cached, "heat", reuse.persistence(), false);
        CHECK(all_wanted(cached, "heat", TurningGates::kLayers).missed == doctest::Approx(missed).epsilon(0.02));
    }
    CHECK(all_wanted(1, "heat", 32).missed == 0);
    CHECK(all_wanted(0, "heat", 32).missed == 1);
    CHECK(all_wanted(0.5, "heat", 1).missed == 1);
}

TEST_CASE("planner activity: groups keep the mean frequency and meet what is let through") {
    std::vector<double> counts(101);  // of 100 tokens: half of the neurons never, a quarter for 10, a quarter for all
    counts[0] = 50;
    counts[10] = 25;
    counts[100] = 25;
    const auto groups = group_neurons(counts);
    REQUIRE(groups.size() == 3);
    CHECK(groups.front().frequency > 0.99);
    double share = 0, fires = 0;
    for (const ActivityGroup& group : groups) {
        share += group.share;
        fires += group.share * group.frequency;
    }
    CHECK(share == doctest::Approx(1));
    CHECK(fires == doctest::Approx(0.25 * 0.1 + 0.25).epsilon(0.01));
    for (const std::vector<double>& slices : {std::vector<double>{0.4}, {0.7, 0.1}, {0.9, 0.4, 0.2, 0.1}}) {
        const auto wanted = wanted_by_group(groups, slices);
        double all = 0, sum = 0;
        for (size_t g = 0; g < groups.size(); ++g) sum += groups[g].share * wanted[g];
        for (const double slice : slices) all += slice / static_cast<double>(slices.size());
        CHECK(sum == doctest::Approx(all).epsilon(0.001));
        CHECK(wanted.front() > wanted.back());
    }
}

TEST_CASE("planner activity: what must be read is wanted less than what is in memory") {
    Activity activity = assumed_activity(Activation::relu);
    LayerEstimates layer{.bins = std::vector<EstimateBin>(kHeatSlices * kEstimateBins), .bin_width = 1};
    // The higher the estimate, the rarer and the more it is worth; alike in every slice.
    constexpr int64_t kUsed = 16;
    for (int64_t s = 0; s < kHeatSlices; ++s) {
        for (int64_t b = 0; b < kUsed; ++b) {
            EstimateBin& bin = layer.bins[static_cast<size_t>(s * kEstimateBins + kEstimateBins / 2 + b)];
            bin.count = 1.0F / (kHeatSlices * kUsed);
            bin.energy = static_cast<float>(b * b);
        }
    }
    activity.estimates = {layer};
    activity.energy_share = 0.95;
    const Wanted half = wanted_at(activity, 0.5);
    double memory = 0, flash = 0;
    for (size_t g = 0; g < activity.groups.size(); ++g) {
        memory += activity.groups[g].share * half.in_memory[g];
        flash += activity.groups[g].share * half.on_flash[g];
    }
    CHECK(memory > flash);
    const Reuse reuse(activity);
    const CacheUse use = reuse.with(0.5, "heat");
    CHECK(use.missed < use.let_through);
    CHECK(use.let_through <= memory + 1e-6);
    CHECK(reuse.with(1, "heat").missed == 0);
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

    CHECK(packed_activity(pack, "m.pack").value().overlaps.empty());
    std::vector<float> overlaps = {0, 0, 0};
    pack.layers[0].overlaps = overlaps;
    CHECK(packed_activity(pack, "m.pack").value().overlaps.empty());  // too few tokens to tell
    overlaps = {0.625F, 0.5F, 0.25F};
    CHECK(packed_activity(pack, "m.pack").value().overlaps == std::vector<double>{0.625, 0.5, 0.25});
    overlaps[1] = 1.5F;
    CHECK(packed_activity(pack, "m.pack").error().code == "file_invalid");
}
