// A packed model beside the same model in memory.

#include "flash/open_storage.h"
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

TEST_CASE("streaming: biases, the story model, and any number of threads") {
    const TemporaryFolder folder;
    for (const std::string& model : {relu_model(folder, LM_GGML_TYPE_Q8_0, true), std::string(PHONON_STORY_MODEL)}) {
        CAPTURE(model);
        PackConfig config;
        const std::string packed = folder.file("packed");
        config.model = model;
        config.out = packed;
        REQUIRE(pack_model(
                    config, [](const PackProgress&) {}, kGoOn)
                    .ok());
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
        CHECK(report.low_rank_layers == (wish == "low-rank" ? 6 : 0));
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

TEST_CASE("streaming: what is switched off is off") {
    const TemporaryFolder folder;
    const std::string packed = pack(relu_model(folder, LM_GGML_TYPE_Q4_0));
    const auto token = [&](const StreamConfig& config) {
        const Loaded streamed = load({.path = packed, .stream = config});
        std::vector<float> logits;
        StreamStep step;
        for (int i = 0; i < 3; ++i) {
            const BatchToken same{.token = 100, .position = i, .logits = true};
            const auto done = streamed.backend->eval({&same, 1}, logits, kGoOn);
            REQUIRE(done.ok());
            step = done.value().stream.value();
        }
        return step;
    };
    const int64_t all = 2 * 1024;
    const StreamStep full = token({});
    CHECK(full.candidates < all);
    CHECK(full.misses == 0);  // everything fits

    CHECK(token({.predictor = false}).candidates == all);
    const StreamStep forgetful = token({.cache = false});
    CHECK(forgetful.misses == forgetful.candidates);
    CHECK(forgetful.reads == static_cast<uint64_t>(forgetful.misses));
    const StreamStep apart = token({.bundles = false, .cache = false});
    CHECK(apart.reads == 3 * static_cast<uint64_t>(apart.misses));
}

TEST_CASE("streaming: reads are direct wherever the disk can, whatever of the pack was read before") {
    const TemporaryFolder folder;
    const std::string model = relu_model(folder, LM_GGML_TYPE_Q4_0);
    const auto disk = open_storage(model, {});
    REQUIRE(disk.ok());
    const Loaded streamed = load({.path = pack(model)});
    CHECK(streamed.report.stream->direct == disk.value()->facts().direct);
}
