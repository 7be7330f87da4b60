// Flash that answers late, in pieces, with errors or with something else.

#include "engine/cluster_feed_forward.h"
#include "gguf_builder.h"
#include "kernels_support.h"
#include "memory_storage.h"
#include "streaming_support.h"

using namespace phonon;
using namespace phonon::streaming_test;

namespace {

using Faults = MemoryStorage::Faults;

// One model's FFNs, resident and streamed from memory that plays flash.
class Setup {
  public:
    explicit Setup(lm_ggml_type type = LM_GGML_TYPE_Q8_0, int64_t embedding = 256) {
        const std::string model = relu_model(folder_, type, false, embedding);
        packed_ = pack(model);
        source_ = GgufFile::open(model).value();
        hp_ = read_hyperparameters(*source_).value();
        tensors_ = read_tensors(*source_, hp_).value();
        weights_ = prepare_weights(*source_, tensors_, hp_.activation != Activation::silu, Hold::laid_out, kernels_,
                                   pool_, kGoOn)
                       .value();
        x_ = kernel_test::random_values(hp_.embedding, 4);
    }

    std::unique_ptr<ClusterFeedForward> streamed(Faults faults, ClusterFeedForward::Config config = {},
                                                 size_t alignment = 4096) {
        const auto gguf = GgufFile::open(packed_).value();
        const Pack pack = read_pack(*gguf, hp_).value();
        std::vector<ClusterLayer> layers;
        for (const PackLayer& layer : pack.layers)
            layers.push_back(make_cluster_layer(layer, hp_, kernels_, pool_).value());
        const std::string file = read_bytes(packed_);
        std::vector<std::byte> content(file.size());
        std::memcpy(content.data(), file.data(), file.size());
        auto cache = std::make_unique<NeuronCache>(NeuronCache::Shape{.layers = hp_.layers,
                                                                      .neurons = hp_.ffn,
                                                                      .slot_bytes = layers[0].bundle.slot_bytes(),
                                                                      .slots = 2 * hp_.ffn},
                                                   make_lru(static_cast<int32_t>(2 * hp_.ffn)));
        config.pipeline.predictor = false;
        config.pipeline.cache = false;  // everything is read for every token
        return std::make_unique<ClusterFeedForward>(
            hp_, std::move(layers), std::move(cache),
            std::make_unique<MemoryStorage>(std::move(content), 16, std::move(faults), alignment), kernels_, pool_,
            config);
    }

    // Of layer 1.
    Result<std::vector<float>> token(ClusterFeedForward& ffn) {
        std::vector<float> y(static_cast<size_t>(hp_.embedding));
        ffn.begin(0, x_.data(), 1);
        if (auto done = ffn.run(0, x_.data(), 1, y.data()); !done) return done.error();
        if (auto done = ffn.run(1, x_.data(), 1, y.data()); !done) return done.error();
        return y;
    }
    // A prompt of four tokens through layer 0.
    Status prompt(ClusterFeedForward& ffn) {
        const std::vector<float> x(static_cast<size_t>(4 * hp_.embedding), 0.5f);
        std::vector<float> y(x.size());
        ffn.begin(0, x.data(), 4);
        if (auto done = ffn.run(0, x.data(), 4, y.data()); !done) return done.error();
        return {};
    }
    // One that is given up when its first layers have been asked for.
    void begin_prompt(ClusterFeedForward& ffn) {
        const std::vector<float> prompt(static_cast<size_t>(4 * hp_.embedding), 0.5f);
        ffn.begin(0, prompt.data(), 4);
    }
    std::vector<float> expected() {
        ResidentFeedForward ffn(hp_, weights_, kernels_, pool_);
        std::vector<float> y(static_cast<size_t>(hp_.embedding));
        ffn.begin(1, x_.data(), 1);
        REQUIRE(ffn.run(1, x_.data(), 1, y.data()).ok());
        return y;
    }

  private:
    TemporaryFolder folder_;
    std::string packed_;
    std::unique_ptr<GgufFile> source_;
    Hyperparameters hp_;
    ModelTensors tensors_;
    const Kernels& kernels_ = *best_kernels();
    TaskPool pool_{{-1, -1}};
    ModelWeights weights_;
    std::vector<float> x_;
};

}  // namespace

TEST_CASE("streaming faults: reads in pieces, refused for a while, and late, change nothing") {
    Setup setup;
    const auto expected = setup.expected();
    int count = 0;
    const std::vector<std::pair<std::string, Faults>> kinds = {
        {"none", nullptr},
        {"short", [](const ReadRequest&) { return MemoryStorage::Fault{.at_most = 4096}; }},
        {"refused", [&](const ReadRequest&) { return MemoryStorage::Fault{.refuse = ++count % 3 == 0}; }},
        {"again", [&](const ReadRequest&) { return MemoryStorage::Fault{.error = ++count % 5 == 0 ? EAGAIN : 0}; }},
        {"late", [&](const ReadRequest&) {
             return MemoryStorage::Fault{.delay = std::chrono::microseconds(++count % 50 == 0 ? 3000 : 0)};
         }}};
    for (const auto& kind : kinds)
        for (const bool bundles : {true, false})
            for (const bool overlap : {true, false}) {
                CAPTURE(kind.first);
                CAPTURE(bundles);
                CAPTURE(overlap);
                const auto ffn = setup.streamed(kind.second, {.pipeline = {.bundles = bundles, .overlap = overlap}});
                for (int round = 0; round < 3; ++round) {
                    const auto y = setup.token(*ffn);
                    REQUIRE(y.ok());
                    CHECK(y.value() == expected);
                }
            }
}

TEST_CASE("streaming faults: whatever reads must be aligned to, and whichever halves come late, change nothing") {
    Setup setup(LM_GGML_TYPE_F32, 512);
    const auto expected = setup.expected();
    int count = 0;
    const std::vector<std::pair<std::string, Faults>> kinds = {
        {"none", nullptr},
        {"short", [](const ReadRequest&) { return MemoryStorage::Fault{.at_most = 4096}; }},
        {"late", [&](const ReadRequest&) {
             return MemoryStorage::Fault{.delay = std::chrono::microseconds(++count % 50 == 0 ? 2000 : 0)};
         }}};
    for (const auto& kind : kinds)
        for (const size_t alignment : {1, 512, 4096})
            for (const bool two_phase : {true, false})
                for (const bool overlap : {true, false}) {
                    CAPTURE(kind.first);
                    CAPTURE(alignment);
                    CAPTURE(two_phase);
                    CAPTURE(overlap);
                    const auto ffn = setup.streamed(
                        kind.second, {.pipeline = {.two_phase = two_phase, .overlap = overlap, .verify_reads = true}},
                        alignment);
                    for (int round = 0; round < 3; ++round) {
                        const auto y = setup.token(*ffn);
                        REQUIRE(y.ok());
                        CHECK(y.value() == expected);
                    }
                }
}

TEST_CASE(
    "streaming faults: a read that fails in the middle of a token fails the run with offset and errno, for good") {
    Setup setup;
    std::atomic<int> count = 0;
    const auto ffn =
        setup.streamed([&](const ReadRequest&) { return MemoryStorage::Fault{.error = ++count == 700 ? EIO : 0}; });
    const auto y = setup.token(*ffn);
    REQUIRE_FALSE(y.ok());
    CHECK(y.error().code == "io_error");
    CHECK(y.error().message.find("at offset ") != std::string::npos);
    CHECK(y.error().message.find("Input/output error") != std::string::npos);
    CHECK(setup.token(*ffn).error().message == y.error().message);
}

TEST_CASE("streaming faults: wrong data is found where reads are verified") {
    Setup setup;
    std::atomic<int> count = 0;
    // A bit of one of the bundles that share a page, which not every read is for.
    const Faults flip = [&](const ReadRequest&) { return MemoryStorage::Fault{.wrong = ++count >= 900}; };
    CHECK(setup.token(*setup.streamed(flip)).ok());
    count = 0;
    const auto y = setup.token(*setup.streamed(flip, {.pipeline = {.verify_reads = true}}));
    REQUIRE_FALSE(y.ok());
    CHECK(y.error().code == "pack_corrupt");
}

TEST_CASE("streaming faults: so it is while the cache is filled and a prompt's layers are read, as are failed reads") {
    Setup setup;
    const Faults wrong = [](const ReadRequest&) { return MemoryStorage::Fault{.wrong = true}; };
    const Faults broken = [](const ReadRequest&) { return MemoryStorage::Fault{.error = EIO}; };
    CHECK(setup.streamed(wrong)->warm_up().ok());
    CHECK(setup.prompt(*setup.streamed(wrong)).ok());
    const ClusterFeedForward::Config verify{.pipeline = {.verify_reads = true}};
    for (const auto& [faults, code] : {std::pair(wrong, "pack_corrupt"), std::pair(broken, "io_error")}) {
        CAPTURE(code);
        const Status filled = setup.streamed(faults, verify)->warm_up();
        REQUIRE_FALSE(filled.ok());
        CHECK(filled.error().code == code);
        const Status read_ahead = setup.prompt(*setup.streamed(faults, verify));
        REQUIRE_FALSE(read_ahead.ok());
        CHECK(read_ahead.error().code == code);
    }
    CHECK(setup.streamed(nullptr, verify)->warm_up().ok());
    CHECK(setup.prompt(*setup.streamed(nullptr, verify)).ok());
}

TEST_CASE("streaming faults: flash that does not answer is given up after the watchdog's limit") {
    Setup setup;
    std::atomic<int> count = 0;
    const auto ffn = setup.streamed(
        [&](const ReadRequest&) {
            return MemoryStorage::Fault{.delay = std::chrono::milliseconds(++count == 200 ? 1500 : 0)};
        },
        {.patience = std::chrono::milliseconds(300)});
    const auto start = std::chrono::steady_clock::now();
    const auto y = setup.token(*ffn);
    REQUIRE_FALSE(y.ok());
    CHECK(y.error().code == "io_error");
    CHECK(y.error().message.find("has not answered") != std::string::npos);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::milliseconds(1400));
}

TEST_CASE("streaming faults: layers that were asked for and are not wanted any more do not disturb what comes next") {
    Setup setup;
    const auto expected = setup.expected();
    const auto ffn = setup.streamed([](const ReadRequest& read) {
        return MemoryStorage::Fault{.delay = std::chrono::milliseconds(read.length > 4096 ? 20 : 0)};
    });
    for (int round = 0; round < 4; ++round) {
        setup.begin_prompt(*ffn);
        const auto y = setup.token(*ffn);
        REQUIRE(y.ok());
        CHECK(y.value() == expected);
    }
}
