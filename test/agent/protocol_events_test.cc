// Events: what the agent builds is, after normalisation, what the literal lines say.
#include <doctest/doctest.h>

#include "agent/events.h"
#include "agent/replies.h"
#include "agent/requests.h"
#include "protocol_lines.h"

using namespace phonon;
using phonon::testing::check_same;
using phonon::testing::literal_predictor;
using phonon::testing::literal_report;
using phonon::testing::protocol_lines;

namespace {

// The literal event number `seq` of a run, and the same built from `body`.
void check_event(const std::string& run, uint64_t seq, EventBody body) {
    for (const Json& line : protocol_lines("events.jsonl")) {
        if (line["run"] != run || line["seq"] != seq) continue;
        check_same(event_line(run, seq, {line["t_ms"].get<double>(), std::move(body)}), line);
        return;
    }
    FAIL("no event " << seq << " of " << run);
}

StartedEvent started(const std::string& engine, const std::string& build, int64_t tokens) {
    StartedEvent e;
    e.wall_ms = 1795165910123;
    e.engine = engine;
    e.engine_build = build;
    e.prompt_tokens = tokens;
    e.prompt_ids = {1, 17, 2047};
    e.report = literal_report();
    return e;
}

GeneratedToken token(int64_t index, int32_t id, const std::string& text, double ms) {
    GeneratedToken t;
    t.index = index;
    t.id = id;
    t.text = text;
    t.ms = ms;
    return t;
}

EndedEvent ended(const std::string& status, const std::string& reason) {
    EndedEvent e;
    e.status = status;
    e.reason = reason;
    e.output_tokens = 3;
    e.ttft_ms = 19.125;
    e.prefill_ms = 18.5;
    e.decode_ms = 4.375;
    e.peak_rss_bytes = 52428800;
    return e;
}

}  // namespace

TEST_CASE("protocol: started, with the request as resolved") {
    auto run = started("phonon", "0.1.0", 3);
    for (const Json& line : protocol_lines("requests.jsonl")) {
        if (line.value("id", 0) == 8) run.config = resolved(std::get<RunRequest>(parse_request(line).value()));
    }
    check_event("R2", 1, run);

    auto score = started("llama.cpp", "b1234 (abcdef0)", 1024);
    score.report.cores = {6, 7};
    score.report.kernels = "dotprod";
    score.report.warnings.clear();
    score.config = {{"run", "R4"}, {"context", 256}, {"against", "phonon"}};
    check_event("R4", 1, score);
}

TEST_CASE("protocol: prefill and tokens") {
    check_event("R2", 2, PrefillProgress{2, 3, 12.25});
    check_event("R2", 3, PrefillProgress{3, 3, 18.5});
    auto first = token(0, 17, "Once", 0.375);
    first.sampling_ms = 0.25;
    first.other_ms = 0.125;
    check_event("R2", 4, first);
    auto second = token(1, 2046, "", 2.375);
    second.attention_ms = 0.5;
    second.ffn_ms = 1.25;
    second.sampling_ms = 0.125;
    second.other_ms = 0.5;
    second.active = {150, 160, 155, 91, 280, 97};
    check_event("R2", 5, second);
    auto third = token(2, 2045, "🦊 \"\\", 2.0);
    third.sampling_ms = 0.25;
    third.other_ms = 1.75;
    check_event("R2", 6, third);
}

TEST_CASE("protocol: samples of devices that tell all, some and nothing") {
    TelemetrySample s;
    s.memory = {52428800, 31457280, 20971520, 12};
    s.storage_read_bytes = 0;
    check_event("R2", 9, s);
    s.cores = {{0, 0.5, 1800}, {1, std::nullopt, std::nullopt}};
    s.temperatures = {{"cpu-0-0", 41.5}};
    s.battery = BatteryReading{4.125, -0.75, false, 81, 30.5};
    s.storage_read_bytes = 12928576;
    check_event("R2", 7, s);
    TelemetrySample nothing;
    nothing.battery = BatteryReading{};
    nothing.battery->percent = 55;
    check_event("R2", 8, nothing);
}

TEST_CASE("protocol: warnings, scores and ends") {
    check_event("R2", 10,
                Warning{"context_full",
                        "prompt of 250 tokens leaves room for 6 of the 32 tokens asked for in "
                        "a context of 256"});
    check_event("R4", 2, ScoreProgress{256, 1024, 3.75, 42.521});
    check_event("R4", 3, ScoreResult{508, 3.5, 33.115, 0.0001, 0.002, 0.998});
    check_event("R3", 2, ScoreResult{127, 3.5, 33.115, {}, {}, {}});

    auto done = ended("done", "length");
    done.output_tokens = 32;
    done.decode_ms = 61.25;
    done.text_tail = "\n";
    done.cpu_neurons = 28672;
    check_event("R2", 11, done);
    EndedEvent scored;
    scored.status = "done";
    scored.reason = "end";
    scored.prefill_ms = 1800.25;
    check_event("R4", 4, scored);
    check_event("R5", 7, ended("cancelled", "cancelled"));
    auto limited = ended("done", "length");
    limited.memory =
        MemoryReport{3145728000, 3040870400, "balloon", "failed", "a reserve of 160 MiB is left to the system"};
    check_event("R7", 7, limited);
    auto failed = ended("failed", "io_error");
    failed.message = "spool/R6.jsonl: No space left on device";
    check_event("R6", 7, failed);
}

TEST_CASE("protocol: a pack, and a token streamed from flash") {
    check_event("K1", 1, PackProgress{3, 39, "layer 1 of 6"});
    PackReport report{.bytes = 25165824,
                      .profiled_tokens = 1024,
                      .profile_source = "text",
                      .active = 0.125,
                      .let_through = 0.15,
                      .recall = 0.875,
                      .energy = 0.995,
                      .predictors = {literal_predictor()},
                      .seconds = 0.9};
    check_event("K1", 2, PackedEvent{report});
    report.quality = {.kl_mean = 0.0125, .top1_agreement = 0.9375};
    report.resumed_layers = 12;
    check_event("K2", 2, PackedEvent{report});
    const StreamStep step{.candidates = 12,
                          .active = 7,
                          .hits = 10,
                          .misses = 2,
                          .hot_hits = 6,
                          .reads = 2,
                          .read_bytes = 16384,
                          .queue_depth = 1.5,
                          .predict_ms = 0.25,
                          .cache_ms = 0.125,
                          .compute_ms = 0.75,
                          .stall_ms = 0.375,
                          .layer_hits = {6, 4},
                          .layer_misses = {0, 2},
                          .layer_hot_hits = {4, 2}};
    auto streamed = token(1, 7, "a", 2.5);
    streamed.attention_ms = 0.5;
    streamed.ffn_ms = 1.5;
    streamed.sampling_ms = 0.25;
    streamed.other_ms = 0.25;
    streamed.active = {3, 4};
    streamed.stream = step;
    check_event("K3", 1, streamed);
    auto done = ended("done", "length");
    done.output_tokens = 32;
    done.decode_ms = 61.25;
    done.text_tail = "\n";
    done.cpu_neurons = 28672;
    done.stream = step;
    check_event("K3", 2, done);
    using enum SpanKind;
    check_event(
        "K3", 3,
        TokenTimeline{
            .index = 33,
            .ms = 2.5,
            .slow = true,
            .rows = {{{attention, 0, 5, 125}, {predict, 0, 130, 170}, {compute, 0, 170, 1070}, {head, -1, 2000, 2400}},
                     {},
                     {{SpanKind::read, 0, 200, 850}}},
            .dropped = 7});
    check_event("K3", 4,
                TokenHeat{.from = 1, .to = 65, .map = {.tokens = 64, .neurons = 1024, .layers = {{5, 1}, {0, 7}}}});
}

TEST_CASE("protocol: what was measured of a device") {
    check_event("P1", 1, ProbeProgress{0, 62, "flash: writing a file of 512 MiB"});
    HardwareProfile profile;
    profile.kernels = "neon-dotprod";
    profile.cores = {6, 7};
    profile.seconds = 31.5;
    profile.flash.facts = {
        "aio", true, "io_uring: io_uring_setup: Operation not permitted", 4096, 64, uint64_t{1} << 30, ""};
    profile.flash.write_bytes_per_s = 850e6;
    profile.flash.read_core_us = 17.5;
    profile.flash.points = {{true, 4096, 32, uint64_t{128} << 20, 7, 1e9, 110.5, 450.25, 3.5},
                            {false, 1 << 20, 8, uint64_t{1} << 30, std::nullopt, 3.9e9, 2000.5, 4000.25, 20.5}};
    profile.memory = {{2, 43.9e9}};
    profile.products = {{"Q4_0", "columns", 0.125, 4096, 4096, 1, 2, 0.0005, 18.8e9, 33.5e9}};
    profile.skipped = {"memory: 1 thread"};
    check_event("P1", 2, ProbedEvent{profile});
}
