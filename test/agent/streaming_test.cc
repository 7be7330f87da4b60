// A packed model beside the same model in memory.

#include <algorithm>

#include "base/cores.h"
#include "flash/open_storage.h"
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

TEST_CASE("streaming: reads are direct wherever the disk can, whatever of the pack was read before") {
    const TemporaryFolder folder;
    const std::string model = relu_model(folder, LM_GGML_TYPE_Q4_0);
    const auto disk = open_storage(model, {});
    REQUIRE(disk.ok());
    const Loaded streamed = load({.path = pack(model)});
    CHECK(streamed.report.stream->direct == disk.value()->facts().direct);
}
