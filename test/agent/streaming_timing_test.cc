// With a predictor and a cache that evicts, when reads come must not be seen in what comes out.

#include <random>

#include "streamed_layers.h"

using namespace phonon;
using namespace phonon::streaming_test;

namespace {

// What a token gives: the sums of both layers, and what was found, missed and let through on the way.
struct TimedToken {
    std::vector<float> sums;
    int64_t candidates = 0, active = 0, hot_hits = 0;
    std::vector<int32_t> hits, misses;
    bool operator==(const TimedToken&) const = default;
};

std::vector<TimedToken> timed_tokens(StreamedLayers& setup, Faults faults, const PipelineConfig& pipeline,
                                     const CacheKind& kind) {
    const auto ffn = setup.streamed(std::move(faults), {.pipeline = pipeline}, kind, 512);
    REQUIRE(ffn->warm_up().ok());
    std::vector<TimedToken> tokens;
    for (uint32_t t = 0; t < 4; ++t) {
        // Tokens that have some neurons in common.
        auto x = kernel_test::random_values(setup.hp().embedding, 20 + t);
        for (size_t i = 0; i < x.size(); ++i) x[i] += setup.x()[i];
        TimedToken token;
        for (int64_t layer = 0; layer < setup.hp().layers; ++layer) {
            std::vector<float> y(x.size());
            ffn->begin(layer, x.data(), 1);
            const auto done = ffn->run(layer, x.data(), 1, y.data());
            REQUIRE_MESSAGE(done.ok(), done.error().message);
            token.sums.insert(token.sums.end(), y.begin(), y.end());
        }
        const StreamStep step = ffn->take_step();
        token.candidates = step.candidates;
        token.active = step.active;
        token.hot_hits = step.hot_hits;
        token.hits = step.layer_hits;
        token.misses = step.layer_misses;
        tokens.push_back(std::move(token));
    }
    return tokens;
}

// Each read is late by something else, comes in pieces, or is refused at first.
Faults untidy(uint32_t seed) {
    return [random = std::mt19937(seed)](const ReadRequest&) mutable {
        MemoryStorage::Fault fault;
        fault.delay = std::chrono::microseconds(random() % 8 == 0 ? random() % 1500 : random() % 60);
        if (random() % 3 == 0) fault.at_most = 512 * static_cast<uint32_t>(1 + random() % 4);
        if (random() % 20 == 0) fault.error = EAGAIN;
        fault.refuse = random() % 20 == 0;
        return fault;
    };
}

}  // namespace

TEST_CASE("streaming timing: with predictor and cache, late, reordered and short reads change nothing at all") {
    StreamedLayers setup(LM_GGML_TYPE_F32, 512);
    const std::vector<std::pair<std::string, PipelineConfig>> reads = {
        {"whole", {}}, {"two-phase", {.two_phase = true}}, {"parts", {.bundles = false}}};
    const std::vector<CacheKind> caches = {{.slots = 1200},
                                           {.slots = 1200, .eviction = "window"},
                                           {.slots = 900, .eviction = "heat", .hot_clusters = 4, .hot_frames = 6}};
    uint32_t seed = 0;
    for (const auto& how : reads)
        for (const bool overlap : {true, false})
            for (const CacheKind& kind : caches) {
                CAPTURE(how.first);
                CAPTURE(overlap);
                CAPTURE(kind.eviction);
                CAPTURE(kind.hot_clusters);
                PipelineConfig pipeline = how.second;
                pipeline.overlap = overlap;
                pipeline.verify_reads = true;
                const auto expected = timed_tokens(setup, nullptr, pipeline, kind);
                const TimedToken& last = expected.back();
                CHECK(last.candidates < setup.hp().layers * setup.hp().ffn);
                CHECK((last.hot_hits > 0) == (kind.hot_clusters > 0));
                for (const auto* counts : {&last.hits, &last.misses}) {
                    CHECK(std::all_of(counts->begin(), counts->end(), [](int32_t n) { return n > 0; }));
                }
                const auto got = timed_tokens(setup, untidy(++seed), pipeline, kind);
                for (size_t t = 0; t < expected.size(); ++t) {
                    CAPTURE(t);
                    CHECK(got[t] == expected[t]);
                }
            }
}
