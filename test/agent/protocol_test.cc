// Requests: every literal line is understood, with all its fields.
#include <doctest/doctest.h>

#include <chrono>

#include "agent/replies.h"
#include "agent/requests.h"
#include "protocol_lines.h"

using namespace phonon;
using phonon::testing::protocol_lines;

namespace {

// The request of requests.jsonl with that id.
template <typename T>
T literal(int64_t id) {
    for (const Json& line : protocol_lines("requests.jsonl")) {
        if (line.value("id", int64_t{-1}) != id) continue;
        const auto parsed = parse_request(line);
        REQUIRE_MESSAGE(parsed.ok(), line.dump());
        REQUIRE(std::holds_alternative<T>(parsed.value()));
        return std::get<T>(parsed.value());
    }
    FAIL("no request " << id);
    return {};
}

std::string message(const Json& object) {
    return parse_request(object).error().message;
}

}  // namespace

TEST_CASE("protocol: every literal request is understood") {
    const auto lines = protocol_lines("requests.jsonl");
    const auto hello = parse_hello(lines.at(0));
    REQUIRE(hello.ok());
    CHECK(hello.value().protocol == kProtocolVersion);
    CHECK(hello.value().token == "00112233445566778899aabbccddeeff");
    CHECK(hello.value().lease_s == 60);
    for (size_t i = 1; i < lines.size(); i++) {
        CHECK_MESSAGE(parse_request(lines[i]).ok(), lines[i].dump());
        CHECK(request_id(lines[i]) == lines[i]["id"].get<uint32_t>());
    }
}

TEST_CASE("protocol: load") {
    const LoadConfig least = literal<LoadRequest>(4).config, full = literal<LoadRequest>(5).config;
    CHECK(least.path == "/data/local/tmp/phonon/models/story.gguf");
    CHECK(least.threads == 0);
    CHECK(least.batch == 512);
    CHECK(least.mmap);
    CHECK(full.threads == 2);
    CHECK(full.cores == std::vector<int>{6, 7});
    CHECK(full.context == 256);
    CHECK(full.sequences == 1);
    CHECK(full.batch == 128);
    CHECK(full.activation == "relu");
    CHECK(full.kernels == "scalar");
    CHECK(!full.repack);
    CHECK(full.flash_attention);
}

TEST_CASE("protocol: load, with a memory budget") {
    const auto none = literal<LoadRequest>(4), full = literal<LoadRequest>(40), measured = literal<LoadRequest>(41);
    CHECK(none.config.memory_bytes == 0);
    CHECK(none.enforce == Enforce::automatic);
    CHECK(!none.cold_cache);
    CHECK(full.config.memory_bytes == 3145728000);
    CHECK(full.enforce == Enforce::cgroup);
    CHECK(full.cold_cache);
    CHECK(measured.config.memory_bytes == 0);
    CHECK(measured.enforce == Enforce::measure);
    const auto refused = [](const char* name, const Json& value) {
        return message({{"type", "load"}, {"path", "x"}, {name, value}});
    };
    constexpr const char* kRange = "memory_bytes must be a whole number from 16777216 to 9007199254740991";
    CHECK(refused("memory_bytes", 0) == kRange);
    CHECK(refused("memory_bytes", "3000M") == kRange);
    CHECK(refused("enforce", "gently") ==
          "enforce must be one of \"auto\", \"cgroup\", \"balloon\", \"none\", \"measure\"");
    CHECK(refused("cold_cache", 1) == "cold_cache must be true or false");
}

TEST_CASE("protocol: run") {
    const auto least = literal<RunRequest>(7), full = literal<RunRequest>(8);
    CHECK(least.run == "r-2026_1");
    CHECK(least.prompt == "Once upon a time, \"Élan\" 🦊\n");
    CHECK(least.max_tokens == 64);
    CHECK(least.special);
    CHECK(!least.force_tokens);
    CHECK(least.sample_hz == 5);
    CHECK(!full.prompt);
    CHECK(full.prompt_tokens == std::vector<int32_t>{1, 17, 2047});
    CHECK(full.sampler.temperature == 0.75f);
    CHECK(full.sampler.top_k == 40);
    CHECK(full.sampler.top_p == 0.5f);
    CHECK(full.sampler.min_p == 0.125f);
    CHECK(full.sampler.repeat_penalty == 1.25f);
    CHECK(full.sampler.repeat_last == 64);
    CHECK(full.sampler.seed == 42);
    CHECK(full.stop == std::vector<std::string>{"\n\n", "The End"});
    CHECK(full.ignore_end);
    CHECK(full.force_tokens == 7u);
    CHECK(least.timeline_every == 32);
    CHECK(full.timeline_every == 16);
}

TEST_CASE("protocol: score, cancel, attach, tokenize") {
    const auto text = literal<ScoreRequest>(9), file = literal<ScoreRequest>(10);
    CHECK(text.text == "Buster Bear yawned.");
    CHECK(!text.against_phonon);
    CHECK(!file.text);
    CHECK(file.path == "/data/local/tmp/phonon/text/valid.txt");
    CHECK(file.context == 256);
    CHECK(file.against_phonon);
    CHECK(literal<CancelRequest>(11).run == "R2");
    CHECK(literal<CancelRequest>(12).run.empty());
    CHECK(literal<AttachRequest>(13).run == "R2");
    CHECK(literal<AttachRequest>(13).from_seq == 1);
    CHECK(literal<TokenizeRequest>(14).text == "snow ☃ and e\u0301");
    CHECK(literal<TokenizeRequest>(14).special);
}

TEST_CASE("protocol: probe") {
    const auto full = literal<ProbeRequest>(15), least = literal<ProbeRequest>(16);
    CHECK(full.run == "P1");
    CHECK(full.config.folder == "/data/local/tmp/phonon");
    CHECK(full.config.flash_bytes == 536870912);
    CHECK(full.config.flash_seconds == 10);
    CHECK(least.config.flash_bytes == uint64_t{1} << 30);
    CHECK(least.config.flash_seconds == 20);
}

TEST_CASE("protocol: packs") {
    const StreamConfig stream = literal<LoadRequest>(50).config.stream;
    CHECK_FALSE(stream.predictor);
    CHECK_FALSE(stream.bundles);
    CHECK(stream.two_phase);
    CHECK_FALSE(stream.cache);
    CHECK_FALSE(stream.pipeline);
    CHECK(stream.eviction == "lru");
    CHECK(stream.cache_neurons == 4096);
    CHECK(stream.hot_frequency == 0.5);
    CHECK(stream.verify_reads);
    CHECK(stream.patience_s == 2.5);
    CHECK(stream.queue_depth == 16);
    CHECK(stream.io_core == 5);
    const auto full = literal<PackRequest>(51), least = literal<PackRequest>(52);
    CHECK(full.run == "K1");
    CHECK(full.text_path == "/data/local/tmp/phonon/text");
    CHECK(full.config.model == "/data/local/tmp/phonon/models/story.gguf");
    CHECK(full.config.out == "/data/local/tmp/phonon/packs/story.pack");
    CHECK(full.config.energy_share == 0.99);
    CHECK(full.config.sparsity == 0.5);
    CHECK(full.config.predictor == "low-rank");
    CHECK(full.config.requantise == Requantise::down_q8_0);
    CHECK(full.config.activation == "relu");
    CHECK(full.config.threads == 2);
    CHECK(full.config.seed == 7);
    CHECK(least.config.energy_share == 0.995);
    CHECK(least.config.sparsity == 0);
    CHECK(least.config.requantise == Requantise::none);
    CHECK(least.text_path.empty());
    CHECK(literal<CheckPackRequest>(53).pack == "/p");
    CHECK(literal<PackProfileRequest>(54).pack == "/p");
}

TEST_CASE("protocol: unknown fields are ignored, null is absent") {
    const Json line = {{"type", "run"},      {"id", 1},         {"run", "a"},
                       {"prompt", "x"},      {"max_tokens", 1}, {"colour", {1, {2}}},
                       {"sampler", nullptr}, {"stop", nullptr}, {"prompt_tokens", nullptr}};
    CHECK(parse_request(line).ok());
}

TEST_CASE("protocol: a refusal names the field and what it must be") {
    const Json run = {{"type", "run"}, {"id", 1}, {"run", "a"}, {"prompt", "x"}, {"max_tokens", 1}};
    const auto with = [&](const char* name, const Json& value) {
        Json line = run;
        line[name] = value;
        return message(line);
    };
    CHECK(with("max_tokens", 0) == "max_tokens must be a whole number from 1 to 1048576");
    CHECK(with("max_tokens", nullptr) == "max_tokens is missing");
    CHECK(with("run", "a/b") == "run must be 1 to 64 letters, digits, _ or -");
    CHECK(with("stop", {1}) == "stop must be a list of at most 64 texts of 1 to 1024 bytes");
    CHECK(with("sampler", {{"top_p", 2}}) == "sampler.top_p must be a number from 0 to 1");
    CHECK(with("special", "yes") == "special must be true or false");
    CHECK(with("force_tokens", uint64_t{1} << 63) == "force_tokens must be a whole number from 0 to 9007199254740991");
    CHECK(message({{"type", "load"}, {"path", "x"}, {"activation", "gelu"}}) ==
          "activation must be one of \"silu\", \"relu\", \"drelu\", \"relu2\"");
    CHECK(message({{"type", "load"}, {"path", "x"}, {"cores", {1, 2, 1}}}) == "cores names core 1 twice");
    CHECK(message({{"type", "load"}, {"path", std::string("a\0b", 3)}}) == "path must be a path without zero bytes");
}

TEST_CASE("protocol: a line with very many fields is read quickly") {
    std::string line = "{\"type\":\"renew\",\"id\":1";
    for (int i = 0; line.size() < kLineLimit - 32; i++) line += ",\"" + std::to_string(i) + "\":0";
    line += "}";
    const auto began = std::chrono::steady_clock::now();
    const auto object = parse_line(line);
    REQUIRE(object.ok());
    CHECK(parse_request(object.value()).ok());
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));
}

TEST_CASE("protocol: whatever text an event holds, its line is valid") {
    const std::string line = to_line({{"message", "a\xFF\n\"b"}});
    CHECK(line.find('\n') == line.size() - 1);
    CHECK(Json::parse(line)["message"] == "a\uFFFD\n\"b");
}
