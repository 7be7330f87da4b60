// What is recorded of a token, what is kept of it, and that it is what happened.

#include "telemetry/timeline.h"

#include <array>
#include <cmath>
#include <thread>

#include "generate/generate.h"
#include "generate/timeline_keeper.h"
#include "streaming_support.h"

using namespace phonon;
using namespace phonon::streaming_test;

namespace {

using enum SpanKind;

Clock::time_point at(int64_t us) {
    return Clock::time_point(std::chrono::microseconds(1'000'000 + us));
}

TokenTimeline copy(const Timeline& timeline) {
    TokenTimeline out;
    timeline.copy(out);
    return out;
}

struct Timelines : GenerateSink {
    void prefill(PrefillProgress) override {}
    void token(GeneratedToken t) override { tokens.push_back(std::move(t)); }
    void warning(Warning) override {}
    void timeline(TokenTimeline t) override { all.push_back(std::move(t)); }

    std::vector<GeneratedToken> tokens;
    std::vector<TokenTimeline> all;
};

Timelines run(Backend& backend, int64_t tokens, int64_t every) {
    GenerateConfig config;
    config.prompt = {100, 137, 174};
    config.max_tokens = tokens;
    config.force_tokens = 7;
    config.context = 256;
    config.batch = 64;
    config.timeline_every = every;
    Timelines sink;
    const std::atomic<bool> cancel = false;
    const auto result = generate(backend, config, Clock::now(), sink, cancel);
    REQUIRE(result.reason == "length");
    return sink;
}

}  // namespace

TEST_CASE("timeline: spans of one kind and layer that touch are one, and nothing is recorded between tokens") {
    Timeline timeline(2);
    timeline.add(0, compute, at(0), at(10));
    timeline.begin(at(100));
    timeline.enter_layer(3);
    timeline.add_all(attention, at(90), at(110));  // began before the token
    timeline.add(0, compute, at(110), at(120));
    timeline.add(0, compute, at(120), at(130));
    timeline.add(0, compute, at(130), at(130));  // took no time
    timeline.add(0, stall, at(130), at(140));
    timeline.enter_layer(4);
    timeline.add(0, stall, at(140), at(150));
    timeline.add(timeline.io_row(), SpanKind::read, at(120), at(150));
    timeline.stop();
    timeline.add(0, compute, at(150), at(160));
    TokenTimeline token = copy(timeline);
    REQUIRE(token.rows.size() == 3);
    CHECK(token.rows[0] ==
          std::vector<Span>{{attention, 3, 0, 10}, {compute, 3, 10, 30}, {stall, 3, 30, 40}, {stall, 4, 40, 50}});
    CHECK(token.rows[1] == std::vector<Span>{{attention, 3, 0, 10}});
    CHECK(token.rows[2] == std::vector<Span>{{SpanKind::read, 4, 20, 50}});

    timeline.begin(at(200));  // a row that nobody writes is empty, not the token's before
    timeline.add(1, idle, at(210), at(220));
    token = copy(timeline);
    CHECK(token.rows == std::vector<std::vector<Span>>{{}, {{idle, -1, 10, 20}}, {}});
}

TEST_CASE("timeline: its memory is bounded, and it says what it left out") {
    Timeline timeline(1);
    timeline.begin(at(0));
    const auto most = static_cast<int64_t>(Timeline::kMostPerRow);
    for (int64_t i = 0; i < most + 5; ++i) timeline.add(0, i % 2 == 0 ? compute : stall, at(i * 10), at(i * 10 + 10));
    TokenTimeline token = copy(timeline);
    CHECK(token.rows[0].size() == Timeline::kMostPerRow);
    CHECK(token.dropped == 5);
    timeline.begin(at(100'000));
    CHECK(copy(timeline).dropped == 0);

    Timeline many(255);
    many.begin(at(0));
    for (int64_t i = 0; i < most; ++i) many.add_all(i % 2 == 0 ? compute : stall, at(i * 10), at(i * 10 + 10));
    token = copy(many);
    size_t spans = 0;
    for (const auto& row : token.rows) spans += row.size();
    CHECK(spans <= Timeline::kMostSpans);
    CHECK(token.dropped > 0);
}

TEST_CASE("timeline: every Nth token is kept as it comes, the slowest others at the end, fewer in a long run") {
    Timeline timeline(1);
    TimelineKeeper keeper(&timeline, 10);
    std::vector<int64_t> sent;
    for (int64_t i = 1; i < 2000; ++i) {
        keeper.begin(at(0));
        const int64_t us = i == 17 || i == 400 || i == 402 || i == 1500 ? 900 : 500;
        if (const auto token = keeper.end(i, at(us - 1), at(us))) {
            sent.push_back(token->index);
            CHECK(token->rows[0] == std::vector<Span>{{sampling, -1, 499, 500}});
            CHECK_FALSE(token->slow);
        }
    }
    CHECK(std::vector(sent.begin(), sent.begin() + 3) == std::vector<int64_t>{1, 11, 21});
    CHECK(sent.size() == 64 + 64 + 2);  // every 10th, from 651 on every 20th, from 1951 on every 40th
    std::vector<int64_t> slow;
    for (const TokenTimeline& token : keeper.slowest()) {
        slow.push_back(token.index);
        CHECK(token.slow);
        CHECK(token.ms == doctest::Approx(0.9));
    }
    CHECK(slow == std::vector<int64_t>{17, 400, 402, 1500});
    CHECK(keeper.slowest().empty());

    TimelineKeeper off(nullptr, 10);
    off.begin(at(0));
    CHECK_FALSE(off.end(1, at(0), at(1)).has_value());
}

TEST_CASE("timeline: a streamed model's threads do one thing at a time, and what they did is what was counted") {
    const TemporaryFolder folder;
    const std::string model = relu_model(folder, LM_GGML_TYPE_Q4_0);
    const Loaded streamed = load({.path = pack(model), .threads = 2, .stream = {.cache_neurons = 2048}});
    const Loaded forgetful = load({.path = model + ".pack", .threads = 2, .stream = {.cache = false}});
    for (const Loaded* loaded : {&streamed, &forgetful}) {
        const Timelines sink = run(*loaded->backend, 40, 1);
        REQUIRE(sink.all.size() == 39);
        for (const TokenTimeline& token : sink.all) {
            CAPTURE(token.index);
            REQUIRE(token.rows.size() == 3);
            CHECK(token.dropped == 0);
            std::array<double, 9> by_kind{};
            for (size_t r = 0; r < token.rows.size(); ++r) {
                uint32_t last = 0;
                for (const Span& span : token.rows[r]) {
                    CHECK(span.begin_us >= last);
                    CHECK(span.end_us > span.begin_us);
                    CHECK(span.layer >= -1);
                    CHECK(span.layer < 2);
                    CHECK((span.kind == SpanKind::read) == (r == 2));
                    last = span.end_us;
                    by_kind[static_cast<size_t>(span.kind)] += span.end_us - span.begin_us;
                }
                CHECK(last <= token.ms * 1000 + 1);
            }
            const GeneratedToken& told = sink.tokens[static_cast<size_t>(token.index)];
            CHECK(told.index == token.index);
            CHECK(told.ms == doctest::Approx(token.ms));
            const StreamStep& step = told.stream.value();
            const auto same = [&](SpanKind kind, double ms) {
                CHECK(by_kind[static_cast<size_t>(kind)] == doctest::Approx(2000 * ms).epsilon(0.1).scale(200));
            };
            same(predict, step.predict_ms);
            same(compute, step.compute_ms);
            same(stall, step.stall_ms);
            CHECK(token.rows[2].empty() == (step.reads == 0));
            // The first thread runs the token: its spans are the token's own parts.
            double attending = 0, feeding = 0, choosing = 0;
            for (const Span& span : token.rows[0]) {
                const bool outside = span.kind == head || span.kind == sampling;
                (span.kind == attention ? attending : outside ? choosing : feeding) += span.end_us - span.begin_us;
            }
            CHECK(std::abs(attending - told.attention_ms * 1000) < 5);
            CHECK(feeding <= told.ffn_ms * 1000 + 4);
            CHECK(feeding > 0.1 * told.ffn_ms * 1000);
            CHECK(choosing <= (told.sampling_ms + told.other_ms) * 1000 + 4);
            REQUIRE(step.layer_hits.size() == 2);
            CHECK(step.layer_hits[0] + step.layer_hits[1] == step.hits);
            CHECK(step.layer_misses[0] + step.layer_misses[1] == step.misses);
        }
    }
    CHECK(run(*streamed.backend, 8, 0).all.empty());
    CHECK(run(*load({.path = model}).backend, 8, 1).all.empty());  // in memory there is nothing to wait for
}

TEST_CASE("timeline: a thread may write on while another reads") {
    Timeline timeline(1);
    std::atomic<bool> stop = false;
    std::thread writer([&] {
        for (auto last = Clock::now(); !stop;) {
            const auto now = Clock::now();
            timeline.add(timeline.io_row(), SpanKind::read, last, now);
            last = now;
        }
    });
    for (int64_t token = 0; token < 200; ++token) {
        timeline.begin(Clock::now());
        timeline.enter_layer(token % 7);
        std::this_thread::sleep_for(std::chrono::microseconds(50));
        const TokenTimeline seen = copy(timeline);
        uint32_t last = 0;
        for (const Span& span : seen.rows[1]) {
            CHECK(span.begin_us >= last);
            CHECK(span.end_us >= span.begin_us);
            last = span.end_us;
        }
    }
    stop = true;
    writer.join();
}
