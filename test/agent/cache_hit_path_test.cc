// What is found in memory is found without an allocation and without a lock.

#include <array>
#include <mutex>
#include <numeric>

#include "cache/neuron_cache.h"
#include "counted_calls.h"
#include "streamed_layers.h"

using namespace phonon;
using namespace phonon::streaming_test;

TEST_CASE("cache hit path: allocations and locks are seen") {
    const CountedCalls before = counted_calls();
    std::mutex mutex;
    const std::lock_guard lock(mutex);
    volatile size_t count = 100;
    const std::vector<int> numbers(count, 1);
    CHECK(numbers[7] == 1);
    const CountedCalls after = counted_calls();
    CHECK(after.allocations > before.allocations);
    CHECK(after.locks > before.locks);
}

TEST_CASE("cache hit path: neurons are found, evicted and let in without an allocation and without a lock") {
    constexpr int64_t kLayers = 4, kNeurons = 200;
    constexpr int32_t kCold = 300, kClusters = 3, kWidth = 8, kFrames = 8, kPinned = 1;
    const std::array<std::function<std::unique_ptr<EvictionOrder>()>, 3> orders = {
        [] { return make_lru(kCold); }, [] { return make_window(kCold, 2); },
        [] { return make_heat_order(kCold, std::vector<float>(kLayers * kNeurons, 0.5f), {.recent_weight = 0.5f}); }};
    for (size_t kind = 0; kind < orders.size(); ++kind) {
        CAPTURE(kind);
        NeuronCache cache({.layers = kLayers,
                           .neurons = kNeurons,
                           .slot_bytes = 64,
                           .slots = kCold + kFrames * kWidth,
                           .cluster_neurons = kWidth},
                          orders[kind](), HotClusters(std::vector<int32_t>(kLayers, kClusters), kFrames, kPinned));
        std::array<int32_t, kWidth> members{};
        int64_t hits = 0, hot_hits = 0, misses = 0, clusters = 0;
        const CountedCalls before = counted_calls();
        for (int token = 0; token < 50; ++token, cache.next_token())
            for (int64_t layer = 0; layer < kLayers; ++layer) {
                cache.begin_step();
                cache.use_clusters(layer);
                for (int32_t rank = 0; rank < kClusters; ++rank) {
                    std::iota(members.begin(), members.end(), rank * kWidth);
                    if (!cache.has_cluster(layer, rank) && cache.claim_cluster(layer, rank, members) >= 0) ++clusters;
                }
                for (int32_t n = token % 3; n < kNeurons; n += 2 + token % 2) {
                    if (const int32_t soon = cache.slot_of(layer, n); soon >= 0) cache.prefetch(soon);
                    if (const int32_t slot = cache.find(layer, n); slot >= 0) {
                        ++hits;
                        hot_hits += cache.is_hot(slot) ? 1 : 0;
                    } else {
                        ++misses;
                        cache.claim(layer, n);
                    }
                }
            }
        const CountedCalls after = counted_calls();
        CHECK(after.allocations == before.allocations);
        CHECK(after.locks == before.locks);
        for (const int64_t count : {hits - hot_hits, hot_hits, misses, clusters - kFrames}) CHECK(count > 0);
    }
}

TEST_CASE("cache hit path: so is a whole token whose neurons are all there") {
    StreamedLayers setup(LM_GGML_TYPE_Q8_0, 256, 1);  // all of it in this thread
    for (const PipelineConfig& pipeline : {PipelineConfig{}, PipelineConfig{.predictor = false}}) {
        CAPTURE(pipeline.predictor);
        const auto ffn = setup.streamed(nullptr, {.pipeline = pipeline}, {.hot_clusters = 2, .hot_frames = 4}, 512);
        REQUIRE(ffn->warm_up().ok());
        const auto token = [&] {
            std::vector<float> y(setup.x().size());
            const CountedCalls before = counted_calls();
            for (int64_t layer = 0; layer < setup.hp().layers; ++layer) {
                ffn->begin(layer, setup.x().data(), 1);
                if (!ffn->run(layer, setup.x().data(), 1, y.data())) break;
            }
            const CountedCalls after = counted_calls();
            return CountedCalls{after.allocations - before.allocations, after.locks - before.locks};
        };
        token();  // the first one makes its lists
        ffn->take_step();
        const CountedCalls made = token();
        CHECK(made.allocations == 0);
        CHECK(made.locks == 0);
        const StreamStep step = ffn->take_step();
        CHECK(step.hits > 0);
        CHECK(step.misses == 0);
    }
}
