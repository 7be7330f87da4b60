// Replies: what the agent builds is, byte for byte after normalisation, what the literal lines say.
#include <doctest/doctest.h>

#include "agent/profile_json.h"
#include "agent/replies.h"
#include "protocol_lines.h"

using namespace phonon;
using phonon::testing::check_same;
using phonon::testing::literal_predictor;
using phonon::testing::literal_report;
using phonon::testing::protocol_lines;

namespace {

// The line of replies.jsonl with that id and type.
Json literal(int64_t id) {
    for (const Json& line : protocol_lines("replies.jsonl")) {
        if (line.value("id", int64_t{-1}) == id) return line;
    }
    FAIL("no reply " << id);
    return {};
}

}  // namespace

TEST_CASE("protocol: the greeting") {
    DeviceFacts d;
    d.abi = "arm64-v8a";
    d.soc = "Qualcomm SM8550";
    d.model = "Pixel 9";
    d.kernel = "Linux 6.1.75-android14";
    d.page_size = 4096;
    d.cores = {{0, 1800, "little"}, {1, 2400, "mid"}, {2, 3200, "big"}, {3, std::nullopt, "big"}};
    d.features = {"fp16", "dotprod", "i8mm"};
    d.memory = {8233914368, 5116887040};
    d.storage = {"/data/local/tmp/phonon", 119437287424, 64424509440};
    check_same(to_line(greeting({"0.1.0", "dev", "phonon", "0.1.0"}, d, 4321)), protocol_lines("replies.jsonl").at(0));
}

TEST_CASE("protocol: answers with results") {
    const auto nothing = OrderedJson::object();
    check_same(to_line(ok_reply(1, nothing)), literal(1));
    check_same(to_line(ok_reply(5, {{"report", to_json(literal_report())}})), literal(5));
    LoadReport limited = literal_report();
    limited.memory = MemoryReport{3145728000, 52428800, "cgroup", "drop_caches",
                                  "peak: what the cgroup was charged and the 3.2 MiB that the agent held before"};
    check_same(to_line(ok_reply(40, {{"report", to_json(limited)}})), literal(40));
    limited.memory = MemoryReport{};
    check_same(to_line(ok_reply(41, {{"report", to_json(limited)}})), literal(41));
    LoadReport packed = literal_report();
    packed.stream = StreamReport{.resident_bytes = 4194304,
                                 .cache_bytes = 8388608,
                                 .cache_neurons = 5041,
                                 .neurons = 6144,
                                 .hot_neurons = 1024,
                                 .hot_slots = 768,
                                 .eviction = "heat",
                                 .flash = "io_uring",
                                 .queue_depth = 32,
                                 .direct = true,
                                 .reads = "two-phase",
                                 .note = "",
                                 .sparsity = 0.5,
                                 .predictor_energy = 0.996,
                                 .predictor_bytes = 2097152,
                                 .io_core = 4,
                                 .predictors = {literal_predictor()}};
    check_same(to_line(ok_reply(50, {{"report", to_json(packed)}})), literal(50));
    check_same(to_line(ok_reply(7, {{"prompt_tokens", 11}})), literal(7));
    check_same(to_line(ok_reply(10, {{"tokens", 30720}})), literal(10));
    check_same(to_line(ok_reply(13, {{"last_seq", 17}})), literal(13));
    check_same(to_line(ok_reply(14, {{"tokens", std::vector<int32_t>{0, 291, 511, 2047}}})), literal(14));
    PackProfile pack{.layers = 6,
                     .neurons = 1024,
                     .tokens = 1024,
                     .predictors = {literal_predictor()},
                     .mean = {0, 0.125f, 0.25f, 0.875f, 0.995f, 0.375f},
                     .up_to = {}};
    for (auto& up_to : pack.up_to) {
        for (size_t i = 0; i < up_to.size(); ++i) up_to[i] = i == 0 ? 0.25 : i < 50 ? 0.5 : i < 100 ? 0.75 : 1;
    }
    check_same(to_line(ok_reply(54, {{"profile", to_json(pack)}})), literal(54));
    check_same(to_line(ok_reply(UINT32_MAX, nothing)), literal(UINT32_MAX));
}

TEST_CASE("protocol: status, idle and at work") {
    AgentStatus idle;
    idle.process = {52428800, 31457280, 20971520, 12};
    idle.system = {8233914368, 5116887040};
    check_same(to_line(ok_reply(2, to_json(idle))), literal(2));
    AgentStatus working;
    working.loaded = literal_report();
    working.run = "R2";
    working.last_seq = 17;
    check_same(to_line(ok_reply(3, to_json(working))), literal(3));
}

TEST_CASE("protocol: errors, with and without an id") {
    for (const Json& line : protocol_lines("replies.jsonl")) {
        if (line["type"] != "error") continue;
        std::optional<uint32_t> id;
        if (line.contains("id")) id = line["id"].get<uint32_t>();
        check_same(to_line(error_reply(id, {line["code"], line["message"]})), line);
    }
}

TEST_CASE("protocol: the resolved sampler reads as it was written") {
    CHECK(to_json(SamplerConfig{}).dump() ==
          R"({"temperature":0.8,"top_k":40,"top_p":0.95,"min_p":0.05,"repeat_penalty":1.0,"repeat_last":64,"seed":0})");
}
