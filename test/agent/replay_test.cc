// Recorded neurons through the engine's cache: the same hits as the engine counts, and orders that differ as they must.

#include "tools/replay.h"

#include <random>

#include "engine/cluster_feed_forward.h"
#include "engine/profiled_reuse.h"
#include "gguf_builder.h"
#include "kernels_support.h"
#include "memory_storage.h"
#include "streaming_support.h"

using namespace phonon;
using namespace phonon::streaming_test;

namespace {

constexpr int64_t kTokens = 40;
constexpr float kThreshold = 0.3f;

// Two layers' FFNs, streamed with one threshold for all neurons, over tokens that overlap.
struct Recording {
    std::vector<std::vector<Fired>> tokens;  // [layer][token] neurons let through
    FiringProfile profile;
    std::vector<LayerCacheCounts> counts;  // the engine's
};

using MakeOrder = std::unique_ptr<EvictionOrder> (*)(int32_t slots, const FiringProfile& profile);

Recording record(const Pack& pack, const Hyperparameters& hp, const std::string& file, int64_t slots, MakeOrder make) {
    const Kernels& kernels = *best_kernels();
    TaskPool pool({-1, -1});
    Recording out;
    out.profile = {.layers = hp.layers, .width = hp.ffn};
    std::vector<ClusterLayer> layers;
    for (const PackLayer& layer : pack.layers) {
        layers.push_back(make_cluster_layer(layer, hp, kernels, pool).value());
        layers.back().thresholds = {.in_memory = kThreshold, .on_flash = kThreshold};
        out.profile.order.emplace_back(layer.order.begin(), layer.order.end());
        out.profile.frequency.insert(out.profile.frequency.end(), layer.frequency.begin(),
                                     layer.frequency.begin() + hp.ffn);
        out.profile.active.push_back(layer.statistics.active);
        out.profile.overlap.push_back(layer.statistics.overlap);
        out.profile.persistence += persistence(layer) / static_cast<double>(hp.layers);
    }
    // Tokens have much in common with the one before.
    std::vector<std::vector<float>> x;
    for (int64_t t = 0; t < kTokens; ++t) {
        x.push_back(kernel_test::random_values(hp.embedding, static_cast<uint32_t>(t)));
        for (int64_t c = 0; c < hp.embedding && t > 0; ++c) x[t][c] = 0.9f * x[t - 1][c] + 0.4f * x[t][c];
    }
    for (const ClusterLayer& layer : layers) {
        std::vector<Fired>& recorded = out.tokens.emplace_back();
        for (const auto& token : x) {
            Inputs inputs;
            PredictorInput prepared;
            inputs.assign(token.data(), 1, hp.embedding, hp.embedding, {&kPredictorInput, 1}, kernels, pool);
            layer.predictor->prepare(inputs, prepared, kernels, pool);
            std::vector<float> estimates(static_cast<size_t>(hp.ffn));
            layer.predictor->estimate(0, hp.ffn, prepared, 0, estimates.data(), kernels);
            Fired& neurons = recorded.emplace_back();
            for (int32_t i = 0; i < hp.ffn; ++i) {
                if (estimates[i] + layer.estimate_bias[i] > kThreshold) neurons.push_back(i);
            }
        }
    }
    std::vector<std::byte> content(file.size());
    std::memcpy(content.data(), file.data(), file.size());
    auto cache = std::make_unique<NeuronCache>(
        NeuronCache::Shape{
            .layers = hp.layers, .neurons = hp.ffn, .slot_bytes = layers[0].bundle.slot_bytes(), .slots = slots},
        make(static_cast<int32_t>(slots), out.profile));
    ClusterFeedForward ffn(hp, std::move(layers), std::move(cache),
                           std::make_unique<MemoryStorage>(std::move(content), 16, MemoryStorage::Faults{}, 4096),
                           kernels, pool, {});
    REQUIRE(ffn.warm_up().ok());
    std::vector<float> y(static_cast<size_t>(hp.embedding));
    for (const auto& token : x) {
        for (int64_t l = 0; l < hp.layers; ++l) {
            ffn.begin(l, token.data(), 1);
            REQUIRE(ffn.run(l, token.data(), 1, y.data()).ok());
        }
    }
    out.counts = ffn.cache().counts();
    return out;
}

}  // namespace

TEST_CASE("replay: what the engine counts, hit by hit, for each of its orders") {
    const TemporaryFolder folder;
    const std::string packed = pack(relu_model(folder, LM_GGML_TYPE_Q8_0));
    const auto gguf = GgufFile::open(packed).value();
    const Hyperparameters hp = read_hyperparameters(*gguf).value();
    const Pack read = read_pack(*gguf, hp).value();
    const std::string file = read_bytes(packed);
    const MakeOrder orders[] = {
        [](int32_t slots, const FiringProfile&) { return make_lru(slots); },
        [](int32_t slots, const FiringProfile& profile) { return make_window(slots, profile.window_tokens(slots)); },
        [](int32_t slots, const FiringProfile& profile) {
            return make_heat_order(slots, profile.frequency, {.recent_weight = recent_weight_of(profile.persistence)});
        }};
    for (const MakeOrder make : orders)
        for (const int64_t slots : {1100, 1700}) {
            CAPTURE(slots);
            const Recording engine = record(read, hp, file, slots, make);
            const auto counts =
                replay(engine.tokens, engine.profile, slots, make(static_cast<int32_t>(slots), engine.profile), 0);
            REQUIRE(counts.size() == 2);
            for (size_t l = 0; l < 2; ++l) {
                CHECK(counts[l].hits == engine.counts[l].hits);
                CHECK(counts[l].misses == engine.counts[l].misses);
                CHECK(counts[l].hits > 0);
                CHECK(counts[l].misses > 0);
            }
        }
}

TEST_CASE("replay: a profile of recorded sequences") {
    // Neuron 0 always, 1 every second token, 2 for the first token of each sequence only.
    std::vector<std::vector<std::vector<Fired>>> sequences(3, {{{0, 1, 2}, {0}, {0, 1}, {0}}});
    const FiringProfile profile = profile_firing(sequences, 5);
    CHECK(profile.layers == 1);
    CHECK(profile.frequency == std::vector<float>{1, 0.5f, 0.25f, 0, 0});
    CHECK(profile.order == std::vector<std::vector<int32_t>>{{0, 1, 2, 3, 4}});
    CHECK(profile.active[0] == doctest::Approx(7.0 / 20));
    CHECK(profile.overlap[0] == doctest::Approx(3.0 / 4));
    CHECK(profile.window_tokens(5) > profile.window_tokens(1));
}

TEST_CASE("replay: frequencies beat recency where tokens are independent, and nothing counts before the first token") {
    std::mt19937 random(3);
    const int64_t width = 200;
    const auto sequence = [&](size_t tokens) {
        std::vector<Fired> out(tokens);
        for (Fired& fired : out)
            for (int32_t i = 0; i < width; ++i) {
                if (random() % 1000 < static_cast<uint32_t>(600 / (1 + i / 10))) fired.push_back(i);
            }
        return out;
    };
    std::vector<std::vector<std::vector<Fired>>> before;
    for (int i = 0; i < 8; ++i) before.push_back({sequence(100)});
    const FiringProfile profile = profile_firing(before, width);
    CHECK(profile.persistence < 0.1);
    const std::vector<std::vector<Fired>> tokens{sequence(400)};
    const auto orders = compare_orders(tokens, profile, 50);
    const auto hits = [&](const std::string& name) {
        for (const ReplayedOrder& o : orders) {
            if (o.order == name && o.part == 0.38) return o.hits;
        }
        FAIL("no such order");
        return 0.0;
    };
    CHECK(hits("heat") > hits("lru") + 0.03);
    uint64_t lookups = 0;
    for (size_t t = 390; t < 400; ++t) lookups += tokens[0][t].size();
    const auto counts = replay(tokens, profile, 100, make_lru(100), 390);
    CHECK(counts[0].hits + counts[0].misses == lookups);
}
