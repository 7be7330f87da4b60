// A packed model beside the same model in memory.

#include <algorithm>
#include <fstream>
#include <numeric>

#include "base/cores.h"
#include "engine/hot_set.h"
#include "flash/open_storage.h"
#include "generate/score.h"
#include "pack/memory_budget.h"
#include "predictor/two_bit_gate.h"
#include "streaming_support.h"

using namespace phonon;
using namespace phonon::streaming_test;

TEST_CASE("streaming: without the predictor a packed model computes the same bits as the resident one") {
    const TemporaryFolder folder;
    for (const lm_ggml_type type : {LM_GGML_TYPE_F16, LM_GGML_TYPE_Q8_0, LM_GGML_TYPE_Q4_0, LM_GGML_TYPE_Q4_K,
                                    LM_GGML_TYPE_Q6_K, LM_GGML_TYPE_BF16, LM_GGML_TYPE_F32}) {
        CAPTURE(std::string(lm_ggml_type_name(type)));
        const std::string model = relu_model(folder, type);
        const Loaded resident = load({.path = model});
        const Loaded streamed = load({.path = pack(model), .stream = {.predictor = false}});
        CHECK(greedy(*resident.backend, 12) == greedy(*streamed.backend, 12));
    }
}

TEST_CASE(
    "streaming: layers may differ in Down's type, as those of most K-quantised files do, and activations in kind") {
    const TemporaryFolder folder;
    for (const std::string activation : {"relu", "drelu", "relu2"}) {
        CAPTURE(activation);
        const std::string model = folder.file("mixed-" + activation + ".gguf");
        TinyModel tiny("llama");
        add_transformer(tiny, {.layers = 3,
                               .ffn = 1024,
                               .type = LM_GGML_TYPE_Q4_K,
                               .down_types = {LM_GGML_TYPE_Q6_K, LM_GGML_TYPE_Q4_K, LM_GGML_TYPE_Q6_K}});
        tiny.text("hidden_activation", activation);
        tiny.write(model);
        const std::string packed = pack(model);
        const auto expected = greedy(*load({.path = model}).backend, 10);
        for (const int64_t neurons : {2 * 1024, 3 * 1024}) {
            const StreamConfig stream{.predictor = false, .cache_neurons = neurons, .verify_reads = true};
            const Loaded streamed = load({.path = packed, .stream = stream});
            CHECK(streamed.report.stream->cache_neurons == neurons);
            CHECK(expected == greedy(*streamed.backend, 10));
        }
    }
}

TEST_CASE("streaming: biases, the story model, and any number of threads") {
    const TemporaryFolder folder;
    for (const std::string& model : {relu_model(folder, LM_GGML_TYPE_Q8_0, true), std::string(PHONON_STORY_MODEL)}) {
        CAPTURE(model);
        const std::string packed = pack(model, folder);
        const Loaded resident = load({.path = model});
        const auto expected = greedy(*resident.backend, 20);
        for (const int threads : {1, 2, 4}) {
            CAPTURE(threads);
            const Loaded streamed = load({.path = packed, .threads = threads, .stream = {.predictor = false}});
            CHECK(expected == greedy(*streamed.backend, 20));
        }
    }
}

TEST_CASE("streaming: the same bits whatever is cached, read and overlapped") {
    const TemporaryFolder folder;
    const std::string model = folder.file("deep.gguf");
    TinyModel tiny("llama");
    add_transformer(tiny, {.layers = 8, .ffn = 768, .type = LM_GGML_TYPE_Q4_0});
    tiny.text("hidden_activation", "relu");
    tiny.write(model);
    const std::string packed = pack(model);
    const auto expected = greedy(*load({.path = model}).backend, 10);
    for (const std::string eviction : {"lru", "heat", "window"})
        for (const bool bundles : {true, false})
            for (const bool cache : {true, false})
                for (const bool pipeline : {true, false}) {
                    CAPTURE(eviction);
                    CAPTURE(bundles);
                    CAPTURE(cache);
                    CAPTURE(pipeline);
                    Loaded streamed = load({.path = packed,
                                            .stream = {.predictor = false,
                                                       .bundles = bundles,
                                                       .cache = cache,
                                                       .pipeline = pipeline,
                                                       .eviction = eviction,
                                                       .cache_neurons = 1600,
                                                       .verify_reads = true}});
                    CHECK(streamed.report.stream->cache_neurons == 1600);
                    CHECK(expected == greedy(*streamed.backend, 10));
                }
}

TEST_CASE("streaming: the window reaches as far back as the cache has room") {
    const TemporaryFolder folder;
    const std::string packed = pack(std::string(PHONON_STORY_MODEL), folder, {});
    const auto tokens = [&](int64_t neurons, bool predictor = true) {
        const Loaded streamed =
            load({.path = packed, .stream = {.predictor = predictor, .eviction = "window", .cache_neurons = neurons}});
        return streamed.report.stream->window_tokens;
    };
    const int64_t little = tokens(2 * 1024), half = tokens(3 * 1024), all = tokens(6 * 1024);
    CHECK(little >= 1);
    CHECK(half > little);
    CHECK(all > half);
    CHECK(tokens(3 * 1024, false) == 1);  // every token uses every neuron
    CHECK(load({.path = packed}).report.stream->window_tokens == 0);
}

TEST_CASE("streaming: either predictor lets through what fires, the same on any number of threads") {
    const TemporaryFolder folder;
    const Loaded resident = load({.path = PHONON_STORY_MODEL});
    const auto expected = greedy(*resident.backend, 20);
    for (const std::string wish : {"two-bit", "low-rank"}) {
        CAPTURE(wish);
        const std::string packed = pack(PHONON_STORY_MODEL, folder, {.energy_share = 0.9999, .predictor = wish});
        const Loaded one = load({.path = packed, .threads = 1, .stream = {.cache_neurons = 3000}});
        const StreamReport& report = one.report.stream.value();
        REQUIRE(report.predictors.size() == 6);
        uint64_t bytes = 0;
        for (const LayerPredictor& layer : report.predictors) {
            CHECK(layer.kind == wish);
            CHECK(layer.recall > 0.9);
            CHECK(layer.energy > 0.9999 - 1e-6);
            CHECK(layer.cost_us() > 0);
            bytes += layer.bytes;
        }
        CHECK(bytes == report.predictor_bytes);
        CHECK(report.predictor_bytes > 0);
        CHECK(report.predictor_bytes < report.resident_bytes);
        CHECK(report.predictor_bytes <= 6 * two_bit_bytes(1024, 256));
        const auto got = greedy(*one.backend, 20);
        for (const int threads : {2, 3}) {
            CAPTURE(threads);
            CHECK(greedy(*load({.path = packed, .threads = threads, .stream = {.cache_neurons = 3000}}).backend, 20) ==
                  got);
        }
        // Hardly anything is left out, so the same tokens are chosen.
        for (size_t t = 0; t < got.size(); ++t) {
            const auto best = [](const std::vector<float>& logits) {
                return std::max_element(logits.begin(), logits.end()) - logits.begin();
            };
            CHECK(best(got[t]) == best(expected[t]));
        }
    }
}

TEST_CASE("streaming: the predictor costs the story model less than a hundredth of its perplexity") {
    const TemporaryFolder folder;
    const std::string packed = pack(PHONON_STORY_MODEL, folder);  // keeps what users get: 99.5 % of the energy
    std::ifstream file(PHONON_TEST_FIXTURES "/story_sample.txt");
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    const auto perplexity = [&](const LoadConfig& config) {
        const Loaded loaded = load(config);
        // A token at a time: prompts are computed without predicting.
        const auto result = score(
            *loaded.backend, nullptr, score_config(*loaded.backend->tokenizer(), text, 128, 1),
            [](const ScoreProgress&) {}, kGoOn);
        REQUIRE(result.ok());
        CHECK(result.value().tokens >= 500);
        return result.value().perplexity;
    };
    const double resident = perplexity({.path = PHONON_STORY_MODEL});
    const double streamed = perplexity({.path = packed, .stream = {.cache_neurons = 3 * 1024}});
    const double exact = perplexity({.path = packed, .stream = {.predictor = false}});
    MESSAGE("perplexity ", resident, " in memory, ", streamed, " from a pack with half of its neurons cached, ", exact,
            " without the predictor");
    CHECK(exact == resident);
    CHECK(streamed < 1.01 * resident);
    CHECK(streamed != resident);  // something was left out
}

TEST_CASE("streaming: what is switched off is off") {
    const TemporaryFolder folder;
    const std::string packed = pack(relu_model(folder, LM_GGML_TYPE_Q4_0));
    const auto token = [&](const StreamConfig& config) { return last_step({.path = packed, .stream = config}); };
    const int64_t all = 2 * 1024;
    const StreamStep full = token({});
    CHECK(full.candidates < all);
    CHECK(full.misses == 0);  // everything fits

    CHECK(token({.predictor = false}).candidates == all);
    const StreamStep forgetful = token({.cache = false});
    CHECK(forgetful.misses == forgetful.candidates);
    CHECK(forgetful.reads == static_cast<uint64_t>(forgetful.misses));
    const StreamStep apart = token({.bundles = false, .cache = false});
    CHECK(apart.misses == forgetful.misses);
    CHECK(apart.active < apart.misses);
    CHECK(apart.reads == static_cast<uint64_t>(apart.misses + 2 * apart.active));
}

TEST_CASE("streaming: two-phase reads bring Gate, and the rest only of what fires") {
    const TemporaryFolder folder;
    const std::string packed = pack_of_blocks(folder);
    const auto token = [&](StreamConfig config, int threads = 2) {
        config.cache = false;
        return last_step({.path = packed, .threads = threads, .stream = config});
    };
    for (const bool predictor : {true, false}) {
        CAPTURE(predictor);
        const StreamStep whole = token({.predictor = predictor}),
                         halves = token({.predictor = predictor, .two_phase = true});
        CHECK(whole.reads == static_cast<uint64_t>(whole.misses));
        CHECK(halves.misses == whole.misses);
        CHECK(halves.active == whole.active);
        CHECK(halves.active < halves.misses);
        CHECK(halves.reads == static_cast<uint64_t>(halves.misses + halves.active));
        CHECK(halves.read_bytes < whole.read_bytes);
    }
    CHECK(load({.path = packed, .stream = {.two_phase = true}}).report.stream->reads == "two-phase");
}

TEST_CASE("streaming: two-phase reads give the same bits, and cache the same neurons on any number of threads") {
    const TemporaryFolder folder;
    const std::string packed = pack_of_blocks(folder);
    for (const std::string eviction : {"lru", "heat", "window"})
        for (const bool predictor : {true, false})
            for (const bool pipeline : {true, false}) {
                CAPTURE(eviction);
                CAPTURE(predictor);
                CAPTURE(pipeline);
                StreamConfig config{.predictor = predictor,
                                    .pipeline = pipeline,
                                    .eviction = eviction,
                                    .cache_neurons = 1600,
                                    .verify_reads = true};
                const auto expected = greedy(*load({.path = packed, .stream = config}).backend, 10);
                config.two_phase = true;
                std::vector<int32_t> misses;
                for (const int threads : {1, 2, 4}) {
                    CAPTURE(threads);
                    CHECK(expected ==
                          greedy(*load({.path = packed, .threads = threads, .stream = config}).backend, 10));
                    const auto step = last_step({.path = packed, .threads = threads, .stream = config}, 8);
                    if (misses.empty()) misses = step.layer_misses;
                    CHECK(step.layer_misses == misses);
                }
            }
}

TEST_CASE("streaming: hot clusters give the same bits, all in memory or passing through it") {
    const TemporaryFolder folder;
    const std::string packed = pack(std::string(PHONON_STORY_MODEL), folder, {});
    const auto expected = greedy(*load({.path = PHONON_STORY_MODEL}).backend, 12);
    for (const double frequency : {0.0, 0.1, 0.25, 1.0})
        for (const int64_t neurons : {2048, 2240, 2900, 6144})
            for (const int threads : {1, 3}) {
                CAPTURE(frequency);
                CAPTURE(neurons);
                CAPTURE(threads);
                StreamConfig config{.predictor = false, .cache_neurons = neurons, .hot_frequency = frequency};
                const Loaded streamed = load({.path = packed, .threads = threads, .stream = config});
                CHECK(expected == greedy(*streamed.backend, 12));
                const StreamReport& report = streamed.report.stream.value();
                config.predictor = true;
                const StreamStep step = last_step({.path = packed, .stream = config});
                CHECK(step.hot_hits <= step.hits);
                CHECK(std::accumulate(step.layer_hot_hits.begin(), step.layer_hot_hits.end(), int64_t{0}) ==
                      step.hot_hits);
                CHECK((step.hot_hits > 0) == (report.hot_slots > 0));
                if (frequency == 1 || neurons == 2048) CHECK(report.hot_neurons == 0);
                if (frequency < 1 && neurons == 6144) CHECK(report.hot_neurons >= report.hot_slots);
            }
}

TEST_CASE("streaming: hot is what fires often, in at most half of the cache, and not what prefill borrows") {
    const TemporaryFolder folder;
    const std::string packed = pack(std::string(PHONON_STORY_MODEL), folder, {});
    const auto gguf = GgufFile::open(packed).value();
    const Hyperparameters hp = read_hyperparameters(*gguf).value();
    const Pack pack = read_pack(*gguf, hp).value();
    int64_t wider = 0;
    for (const double frequency : {0.9, 0.5, 0.25, 0.1, 0.02, 0.0}) {
        for (const int64_t slots : {2048, 2200, 2500, 3000, 4000, 6144}) {
            CAPTURE(frequency);
            CAPTURE(slots);
            const HotSet set = choose_hot_set(pack, frequency, slots);
            const int64_t taken = set.clusters.frames() * set.cluster_neurons;
            CHECK(taken <= slots / 2);
            CHECK(taken <= slots - least_slots(hp.ffn));
            CHECK(set.neurons >= taken);
            int64_t neurons = 0;
            for (int64_t l = 0; l < hp.layers; ++l) {
                const PackLayer& layer = pack.layers[static_cast<size_t>(l)];
                const int64_t hot = set.clusters.count(l) * set.cluster_neurons;
                neurons += hot;
                for (int64_t p = 0; p < hot; ++p) {
                    CHECK(layer.frequency[static_cast<size_t>(layer.order[static_cast<size_t>(p)])] > frequency);
                }
                // A layer's own clusters are in memory together.
                CHECK(hot <= taken);
            }
            CHECK(neurons == set.neurons);
            if (slots == 6144) {
                CHECK(set.neurons >= wider);
                wider = set.neurons;
            }
        }
    }
    CHECK(wider > 0);
}

TEST_CASE("streaming: the I/O thread is pinned where that is asked for, and it is said where it cannot be") {
    const TemporaryFolder folder;
    const std::string packed = pack(relu_model(folder, LM_GGML_TYPE_Q4_0));
    const int core = usable_cores().back().id;
    CHECK(load({.path = packed}).report.stream->io_core == -1);
    CHECK(load({.path = packed, .stream = {.io_core = core}}).report.stream->io_core == core);
    const LoadReport refused = load({.path = packed, .stream = {.io_core = 1000}}).report;
    CHECK(refused.stream->io_core == -1);
    const auto warns = [](const std::string& w) { return w.find("could not be pinned to core 1000") < w.size(); };
    CHECK(std::any_of(refused.warnings.begin(), refused.warnings.end(), warns));
}

TEST_CASE("streaming: no more reads are under way than asked for, and the output is the same") {
    const TemporaryFolder folder;
    const std::string packed = pack(relu_model(folder, LM_GGML_TYPE_Q4_0));
    const Loaded deep = load({.path = packed});
    CHECK(deep.report.stream->queue_depth >= 16);
    const auto expected = greedy(*deep.backend, 10);
    const LoadConfig shallow{.path = packed, .stream = {.cache = false, .queue_depth = 2}};
    const Loaded two = load(shallow);
    CHECK(two.report.stream->queue_depth == 2);
    CHECK(greedy(*two.backend, 10) == expected);
    const StreamStep step = last_step(shallow);
    CHECK(step.reads > 10);
    CHECK(step.queue_depth > 0);
    CHECK(step.queue_depth <= 2);
}

TEST_CASE("streaming: reads are direct wherever the disk can, whatever of the pack was read before") {
    const TemporaryFolder folder;
    const std::string model = relu_model(folder, LM_GGML_TYPE_Q4_0);
    const auto disk = open_storage(model, {});
    REQUIRE(disk.ok());
    const Loaded streamed = load({.path = pack(model)});
    CHECK(streamed.report.stream->direct == disk.value()->facts().direct);
}
