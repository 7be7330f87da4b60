// Flash that answers late, in pieces, with errors or with something else.

#include "streamed_layers.h"

using namespace phonon;
using namespace phonon::streaming_test;

TEST_CASE("streaming faults: reads in pieces, refused for a while, and late, change nothing") {
    StreamedLayers setup;
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
    StreamedLayers setup(LM_GGML_TYPE_F32, 512);
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
    StreamedLayers setup;
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
    StreamedLayers setup;
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
    StreamedLayers setup;
    const Faults wrong = [](const ReadRequest&) { return MemoryStorage::Fault{.wrong = true}; };
    const Faults broken = [](const ReadRequest&) { return MemoryStorage::Fault{.error = EIO}; };
    CHECK(setup.streamed(wrong)->warm_up().ok());
    CHECK(setup.prompt(*setup.streamed(wrong)).ok());
    const ClusterFeedForward::Config verify{.pipeline = {.verify_reads = true}};
    for (const auto& kind : {std::pair(wrong, "pack_corrupt"), std::pair(broken, "io_error")}) {
        const Faults& faults = kind.first;
        const std::string code = kind.second;
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
    StreamedLayers setup;
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

TEST_CASE("streaming faults: one read that never comes ends the token within the limit, and the layers can go") {
    StreamedLayers setup;
    const auto repaired = std::make_shared<std::atomic<bool>>(false);
    const auto count = std::make_shared<std::atomic<int>>(0);
    auto ffn = setup.streamed(
        [=](const ReadRequest&) { return MemoryStorage::Fault{.until = ++*count == 200 ? repaired.get() : nullptr}; },
        {.patience = std::chrono::milliseconds(200)});
    const auto start = std::chrono::steady_clock::now();
    const auto y = setup.token(*ffn);
    REQUIRE_FALSE(y.ok());
    CHECK(y.error().code == "io_error");
    CHECK(y.error().message.find("some.pack: flash has not answered a read for 0.2 s") == 0);
    CHECK(setup.token(*ffn).error().message == y.error().message);
    ffn.reset();
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::milliseconds(2500));
    *repaired = true;  // the read ends in what was left behind
}

TEST_CASE("streaming faults: layers that were asked for and are not wanted any more do not disturb what comes next") {
    StreamedLayers setup;
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
