// The neuron cache against a simple model of it, and what its eviction orders choose.

#include <doctest/doctest.h>

#include <algorithm>
#include <climits>
#include <list>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include "cache/neuron_cache.h"

using namespace phonon;

namespace {

constexpr int64_t kLayers = 3, kNeurons = 40, kSlots = 50;

NeuronCache make_cache(std::unique_ptr<EvictionOrder> order, int64_t slots = kSlots) {
    return NeuronCache({.layers = kLayers, .neurons = kNeurons, .slot_bytes = 64, .slots = slots}, std::move(order));
}

std::unique_ptr<EvictionOrder> heat(std::vector<float> frequency, float recent_weight, int32_t slots = kSlots) {
    return make_heat_order(slots, std::move(frequency), {.recent_weight = recent_weight});
}

// Layer by layer.
void check_counts(const NeuronCache& cache, const std::vector<LayerCacheCounts>& expected) {
    REQUIRE(cache.counts().size() == expected.size());
    for (size_t layer = 0; layer < expected.size(); ++layer) {
        CAPTURE(layer);
        CHECK(cache.counts()[layer].hits == expected[layer].hits);
        CHECK(cache.counts()[layer].misses == expected[layer].misses);
        CHECK(cache.counts()[layer].hot_hits == expected[layer].hot_hits);
        CHECK(expected[layer].hits > 0);
    }
}

// Least recently used, written down as simply as can be.
struct SimpleLru {
    std::list<int64_t> keys;  // the most recent first
    size_t capacity;
    bool use(int64_t key) {
        const auto found = std::find(keys.begin(), keys.end(), key);
        const bool hit = found != keys.end();
        if (hit) keys.erase(found);
        keys.push_front(key);
        if (keys.size() > capacity) keys.pop_back();
        return hit;
    }
};

// A sliding window, likewise: when each key was used last. Where there are too many, the oldest goes.
struct SimpleWindow {
    std::list<std::pair<int64_t, int64_t>> keys;  // with the token, the most recent first
    size_t capacity;
    int64_t tokens, now = 0;
    size_t misses = 0, thrown_out = 0;
    bool use(int64_t key) {
        const auto found = std::find_if(keys.begin(), keys.end(), [&](const auto& one) { return one.first == key; });
        const bool hit = found != keys.end();
        if (hit) keys.erase(found);
        misses += hit ? 0 : 1;
        keys.emplace_front(key, now);
        if (keys.size() > capacity) {
            keys.pop_back();
            ++thrown_out;
        }
        return hit;
    }
    void next() {
        if (thrown_out > 0) {
            tokens = std::max<int64_t>(1, tokens - 1);
        } else if (keys.size() + misses <= capacity) {
            ++tokens;
        }
        misses = thrown_out = 0;
        ++now;
        std::erase_if(keys, [&](const auto& one) { return one.second < now - tokens; });
    }
};

}  // namespace

TEST_CASE("cache: LRU is the simple model's, key by key") {
    std::mt19937 random(5);
    NeuronCache cache = make_cache(make_lru(kSlots));
    SimpleLru simple{{}, kSlots};
    std::vector<LayerCacheCounts> expected(kLayers);
    for (int step = 0; step < 5000; ++step) {
        cache.begin_step();
        const int64_t layer = step % kLayers;
        const auto neuron = static_cast<int32_t>(std::min(random() % kNeurons, random() % kNeurons));
        const bool hit = cache.find(layer, neuron) >= 0;
        if (!hit) REQUIRE(cache.claim(layer, neuron) >= 0);
        CHECK(hit == simple.use(layer * kNeurons + neuron));
        LayerCacheCounts& counts = expected[static_cast<size_t>(layer)];
        ++(hit ? counts.hits : counts.misses);
    }
    check_counts(cache, expected);
}

TEST_CASE("cache: the window is the simple model's, grows into its room, and shrinks when it has none") {
    for (const int64_t tokens : {1, 4, 1000}) {
        CAPTURE(tokens);
        std::mt19937 random(static_cast<uint32_t>(tokens));
        NeuronCache cache = make_cache(make_window(kSlots, tokens));
        SimpleWindow simple{{}, kSlots, tokens};
        std::set<int64_t> lengths;
        int64_t filled = 0;
        for (int token = 0; token < 2000; ++token, cache.next_token(), simple.next()) {
            REQUIRE(cache.filled() == static_cast<int64_t>(simple.keys.size()));
            for (const auto& [key, used] : simple.keys) {
                REQUIRE(cache.slot_of(key / kNeurons, static_cast<int32_t>(key % kNeurons)) >= 0);
            }
            const uint32_t busy = token / 200 % 2 == 0 ? 40 : 120;
            for (int64_t layer = 0; layer < kLayers; ++layer) {
                cache.begin_step();
                for (int32_t neuron = 0; neuron < kNeurons; ++neuron) {
                    if (random() % busy > static_cast<uint32_t>(neuron) / 4) continue;
                    const bool hit = cache.find(layer, neuron) >= 0;
                    if (!hit) REQUIRE(cache.claim(layer, neuron) >= 0);
                    CHECK(hit == simple.use(layer * kNeurons + neuron));
                }
            }
            filled += token >= 1000 ? cache.filled() : 0;
            lengths.insert(simple.tokens);
        }
        CHECK(static_cast<double>(filled) > 0.75 * 1000 * kSlots);
        CHECK(lengths.size() > 3);
    }
}

TEST_CASE("cache: every neuron has at most one slot, no slot two neurons, and what is in use stays") {
    for (const bool lru : {true, false}) {
        CAPTURE(lru);
        std::mt19937 random(9);
        NeuronCache cache =
            make_cache(lru ? make_lru(kSlots) : heat(std::vector<float>(kLayers * kNeurons, 0.1f), 0.5f));
        for (int step = 0; step < 3000; ++step) {
            cache.begin_step();
            const int64_t layer = step % kLayers;
            std::map<int32_t, int32_t> used;  // slot -> neuron
            for (int32_t neuron = 0; neuron < kNeurons; ++neuron) {
                if (random() % 3 == 0) continue;
                int32_t slot = cache.find(layer, neuron);
                if (slot < 0) slot = cache.claim(layer, neuron);
                REQUIRE(slot >= 0);
                CHECK(used.emplace(slot, neuron).second);
            }
            for (const auto& [slot, neuron] : used) CHECK(cache.slot_of(layer, neuron) == slot);
            if (step % 50 == 0 && !used.empty()) cache.forget(used.begin()->first);
            if (step % 70 == 0) cache.forget_layer(layer);
            std::set<int32_t> slots;
            for (int64_t l = 0; l < kLayers; ++l)
                for (int32_t n = 0; n < kNeurons; ++n) {
                    if (cache.slot_of(l, n) >= 0) CHECK(slots.insert(cache.slot_of(l, n)).second);
                }
            CHECK(static_cast<int64_t>(slots.size()) == cache.filled());
            if (step % kLayers == kLayers - 1) cache.next_token();
        }
    }
}

TEST_CASE("cache: when everything is in use there is no slot, and the next step has some again") {
    for (const bool lru : {true, false}) {
        NeuronCache cache =
            make_cache(lru ? make_lru(8) : heat(std::vector<float>(kLayers * kNeurons, 0.1f), 0.5f, 8), 8);
        cache.begin_step();
        for (int32_t neuron = 0; neuron < 8; ++neuron) CHECK(cache.claim(0, neuron) >= 0);
        CHECK(cache.claim(0, 8) == -1);
        cache.begin_step();
        CHECK(cache.claim(0, 8) >= 0);
        CHECK(cache.filled() == 8);
    }
}

TEST_CASE("cache: what is lent is empty, is not given out, and comes back") {
    NeuronCache cache = make_cache(make_lru(kSlots));
    cache.begin_step();
    for (int32_t neuron = 0; neuron < kNeurons; ++neuron) cache.claim(0, neuron);
    for (int32_t neuron = 0; neuron < 10; ++neuron) cache.claim(1, neuron);
    CHECK(cache.filled() == kSlots);
    std::byte* lent = cache.lend(20);
    CHECK(lent == cache.bytes(kSlots - 20));
    CHECK(cache.filled() == kSlots - 20);
    cache.begin_step();
    for (int32_t neuron = 0; neuron < kSlots - 20; ++neuron) {
        const int32_t slot = cache.claim(2, neuron);
        CHECK(slot >= 0);
        CHECK(slot < kSlots - 20);
    }
    cache.take_back();
    cache.begin_step();
    std::set<int32_t> slots;
    for (int32_t neuron = 0; neuron < 20; ++neuron) slots.insert(cache.claim(1, neuron));
    CHECK(slots.size() == 20);
    CHECK(cache.filled() == kSlots);
}

namespace {

constexpr int64_t kClusterWidth = 4;  // neurons of a cluster

// The neurons of a layer's cluster: as if hotness went by number.
std::vector<int32_t> members(int32_t rank) {
    std::vector<int32_t> neurons(kClusterWidth);
    std::iota(neurons.begin(), neurons.end(), rank * static_cast<int32_t>(kClusterWidth));
    return neurons;
}

NeuronCache make_hot_cache(std::vector<int32_t> per_layer, int32_t frames, int32_t pinned) {
    return NeuronCache({.layers = kLayers,
                        .neurons = kNeurons,
                        .slot_bytes = 64,
                        .slots = kSlots + frames * kClusterWidth,
                        .cluster_neurons = kClusterWidth},
                       make_lru(kSlots), HotClusters(std::move(per_layer), frames, pinned));
}

}  // namespace

TEST_CASE("cache: hot clusters against a simple model: the least recently used goes, pinned and used ones stay") {
    std::mt19937 random(11);
    constexpr int32_t kPerLayer = 5, kFrames = 9, kPinned = 1;
    NeuronCache cache = make_hot_cache({kPerLayer, kPerLayer, kPerLayer}, kFrames, kPinned);
    std::map<std::pair<int64_t, int32_t>, int> held;  // cluster -> when its layer was used last
    std::vector<LayerCacheCounts> expected(kLayers);
    for (int step = 1; step < 4000; ++step) {
        const auto layer = static_cast<int64_t>(random() % kLayers);
        cache.begin_step();
        cache.use_clusters(layer);
        for (auto& [cluster, used] : held) used = cluster.first == layer ? step : used;
        for (int32_t rank = 0; rank < kPerLayer; ++rank) {
            REQUIRE(cache.has_cluster(layer, rank) == held.contains({layer, rank}));
            if (held.contains({layer, rank}) || random() % 3 == 0) continue;
            const auto oldest = std::min_element(held.begin(), held.end(), [](const auto& a, const auto& b) {
                const auto order = [](const auto& one) {
                    return std::pair(one.first.second < kPinned ? INT_MAX : one.second, one.first);
                };
                return order(a) < order(b);
            });
            const int32_t first = cache.claim_cluster(layer, rank, members(rank));
            if (held.size() == kFrames) {
                const bool free_to_go = oldest->first.second >= kPinned && oldest->second < step;
                REQUIRE((first >= 0) == free_to_go);
                if (!free_to_go) continue;
                const int used = oldest->second;
                // Of clusters that were used together any may go.
                std::erase_if(held, [&](const auto& one) {
                    return one.second == used && one.first.second >= kPinned &&
                           !cache.has_cluster(one.first.first, one.first.second);
                });
                REQUIRE(held.size() == kFrames - 1);
            }
            REQUIRE(first >= 0);
            REQUIRE(first % kClusterWidth == 0);
            held[{layer, rank}] = step;
            for (int32_t i = 0; i < kClusterWidth; ++i) {
                const int32_t neuron = members(rank)[static_cast<size_t>(i)];
                REQUIRE(cache.slot_of(layer, neuron) == first + i);
                REQUIRE(cache.find(layer, neuron) == first + i);
                ++expected[static_cast<size_t>(layer)].hits;
                ++expected[static_cast<size_t>(layer)].hot_hits;
            }
        }
        for (int tries = 0; tries < 6; ++tries) {
            const auto neuron = static_cast<int32_t>(random() % kNeurons);
            const bool is_hot = held.contains({layer, neuron / static_cast<int32_t>(kClusterWidth)});
            const bool hit = cache.find(layer, neuron) >= 0;
            LayerCacheCounts& counts = expected[static_cast<size_t>(layer)];
            ++(hit ? counts.hits : counts.misses);
            counts.hot_hits += is_hot ? 1 : 0;
            REQUIRE((hit || !is_hot));
            if (hit) continue;
            const int32_t slot = cache.claim(layer, neuron);
            REQUIRE(slot >= kFrames * kClusterWidth);
            REQUIRE_FALSE(cache.is_hot(slot));
        }
        // Nobody has two places, and no place two neurons.
        std::set<int32_t> slots;
        for (int64_t l = 0; l < kLayers; ++l)
            for (int32_t n = 0; n < kNeurons; ++n) {
                const int32_t slot = cache.slot_of(l, n);
                if (slot < 0) continue;
                REQUIRE(slots.insert(slot).second);
                REQUIRE(cache.is_hot(slot) == held.contains({l, n / static_cast<int32_t>(kClusterWidth)}));
            }
    }
    check_counts(cache, expected);
    CHECK(expected[0].hot_hits > 0);
    CHECK(expected[0].hot_hits < expected[0].hits);
}

TEST_CASE("cache: lending takes cold slots, and hot clusters stay where they are") {
    NeuronCache cache = make_hot_cache({2, 2, 2}, 6, 2);
    for (int64_t layer = 0; layer < kLayers; ++layer) {
        cache.use_clusters(layer);
        for (const int32_t rank : {0, 1}) CHECK(cache.claim_cluster(layer, rank, members(rank)) >= 0);
    }
    cache.begin_step();
    CHECK(cache.claim(0, 30) >= 0);
    cache.lend(kSlots);
    CHECK_FALSE(cache.has_empty());
    for (int64_t layer = 0; layer < kLayers; ++layer) CHECK(cache.has_cluster(layer, 1));
    CHECK(cache.slot_of(0, 30) == -1);
    CHECK(cache.take_back() == 6 * kClusterWidth);
    CHECK(cache.filled() == 0);
    CHECK(cache.has_empty());
}

TEST_CASE("cache: heat misses less than LRU where frequencies differ and tokens have nothing in common") {
    std::mt19937 random(3);
    std::vector<float> frequency(kLayers * kNeurons);
    for (size_t i = 0; i < frequency.size(); ++i) frequency[i] = i % 4 == 0 ? 0.8f : 0.2f;
    const auto misses = [&](std::unique_ptr<EvictionOrder> order) {
        std::mt19937 draw(17);
        NeuronCache cache = make_cache(std::move(order));
        for (int token = 0; token < 400; ++token, cache.next_token())
            for (int64_t layer = 0; layer < kLayers; ++layer) {
                cache.begin_step();
                for (int32_t n = 0; n < kNeurons; ++n) {
                    const float f = frequency[static_cast<size_t>(layer * kNeurons + n)];
                    if (static_cast<float>(draw() % 1000) >= f * 1000) continue;
                    if (cache.find(layer, n) < 0) cache.claim(layer, n);
                }
            }
        uint64_t sum = 0;
        for (const LayerCacheCounts& counts : cache.counts()) sum += counts.misses;
        return static_cast<double>(sum);
    };
    CHECK(misses(heat(frequency, 0)) < 0.8 * misses(make_lru(kSlots)));
}

TEST_CASE("cache: heat keeps who fired more often of late, and remembers it of whom it evicted") {
    constexpr int32_t a = 0, b = 1, c = 2, d = 3;
    NeuronCache cache = make_cache(heat(std::vector<float>(kLayers * kNeurons, 0.5f), 0.7f, 2), 2);
    const auto use = [&](int32_t neuron) {
        if (cache.find(0, neuron) < 0) REQUIRE(cache.claim(0, neuron) >= 0);
    };
    const auto use_alone = [&](int32_t neuron) {
        cache.begin_step();
        use(neuron);
    };
    for (int token = 0; token < 2; ++token, cache.next_token()) use_alone(a);
    use_alone(a);
    use_alone(b);
    use_alone(c);
    CHECK(cache.slot_of(0, a) >= 0);  // for three tokens, b for the last one only
    CHECK(cache.slot_of(0, b) < 0);
    cache.begin_step();
    use(c);
    use(b);  // nobody else is out of use
    CHECK(cache.slot_of(0, a) < 0);
    cache.begin_step();
    use(c);
    use(a);
    cache.next_token();
    use_alone(c);
    use_alone(d);  // c has been used by two tokens, a by three
    CHECK(cache.slot_of(0, a) >= 0);
    CHECK(cache.slot_of(0, c) < 0);
}
