#include "generate/generate.h"

#include <doctest/doctest.h>

#include <functional>
#include <set>
#include <thread>

#include "fake_backend.h"
#include "generate/forced_tokens.h"

using namespace phonon;
using phonon::testing::ByteTokenizer;
using phonon::testing::FakeBackend;

namespace {

struct Steps : GenerateSink {
    void prefill(PrefillProgress p) override { progress.push_back(p); }
    void token(GeneratedToken t) override {
        text += t.text;
        tokens.push_back(std::move(t));
        if (on_token) on_token();
    }
    void warning(Warning w) override { warnings.push_back(std::move(w)); }

    std::vector<int32_t> ids() const {
        std::vector<int32_t> out;
        for (const auto& t : tokens) out.push_back(t.id);
        return out;
    }

    std::vector<PrefillProgress> progress;
    std::vector<GeneratedToken> tokens;
    std::vector<Warning> warnings;
    std::string text;
    std::function<void()> on_token;
};

GenerateConfig config(const std::string& prompt, int64_t max_tokens) {
    GenerateConfig c;
    c.prompt = ByteTokenizer().encode(prompt, true);
    c.max_tokens = max_tokens;
    c.sampler.temperature = 0;
    c.context = 256;
    c.batch = 4;
    return c;
}

GenerateResult run(FakeBackend& backend, const GenerateConfig& c, Steps& steps, std::atomic<bool>& cancel) {
    backend.prompt = c.prompt.size();
    LoadConfig load;
    load.context = c.context;
    REQUIRE(backend.load(load, cancel).ok());
    return generate(backend, c, Clock::now(), steps, cancel);
}

}  // namespace

TEST_CASE("generate: prefill goes in batches and tells how far it is") {
    FakeBackend backend("story");
    Steps steps;
    std::atomic<bool> cancel = false;
    const auto result = run(backend, config("0123456789", 3), steps, cancel);
    CHECK(result.reason == "length");
    REQUIRE(steps.progress.size() == 3);
    CHECK(steps.progress[0].done == 4);
    CHECK(steps.progress[2].done == 11);
    CHECK(steps.progress[2].total == 11);
    CHECK(steps.text == "sto");
    CHECK(result.output_tokens == 3);
    CHECK(result.neurons == 3 * 3 + 11 + 2 * (3 + 1));  // three prefill evals and two of decode
}

TEST_CASE("generate: an end token ends, or is never chosen") {
    FakeBackend backend("hi");
    Steps steps;
    std::atomic<bool> cancel = false;
    GenerateConfig c = config("p", 10);
    const auto result = run(backend, c, steps, cancel);
    CHECK(result.reason == "end");
    CHECK(result.output_tokens == 3);
    CHECK(steps.tokens.back().id == ByteTokenizer::kEnd);
    CHECK(steps.text == "hi");

    Steps on;
    c.ignore_end = true;
    CHECK(run(backend, c, on, cancel).reason == "length");
    CHECK(on.tokens.size() == 10);
    for (const int32_t id : on.ids()) CHECK(id < ByteTokenizer::kEnd);
}

TEST_CASE("generate: a stop string ends and is not shown") {
    FakeBackend backend("one two three");
    Steps steps;
    std::atomic<bool> cancel = false;
    GenerateConfig c = config("p", 50);
    c.stop = {" tw"};
    const auto result = run(backend, c, steps, cancel);
    CHECK(result.reason == "stop");
    CHECK(steps.text == "one");
    CHECK(result.text_tail == "");
    CHECK(result.output_tokens == 6);
}

TEST_CASE("generate: text held back comes at the end") {
    FakeBackend backend("a\xF0\x9F\xA6");
    Steps steps;
    std::atomic<bool> cancel = false;
    GenerateConfig c = config("p", 4);
    const auto result = run(backend, c, steps, cancel);
    CHECK(steps.text == "a");
    CHECK(result.text_tail == "\uFFFD");
}

TEST_CASE("generate: forced tokens are seeded, in range, and no end") {
    FakeBackend backend("script");
    std::atomic<bool> cancel = false;
    GenerateConfig c = config("p", 200);
    c.force_tokens = 7;
    c.stop = {"e"};
    Steps one, two, other;
    CHECK(run(backend, c, one, cancel).reason == "length");
    CHECK(one.tokens.size() == 200);
    run(backend, c, two, cancel);
    CHECK(one.ids() == two.ids());
    c.force_tokens = 8;
    run(backend, c, other, cancel);
    CHECK(one.ids() != other.ids());
    for (const int32_t id : one.ids()) CHECK((id >= 0 && id < ByteTokenizer::kEnd));
    // What was forced is what the engine was fed; the last token needs no evaluation.
    std::vector<int32_t> fed(backend.caches[0].begin() + 2, backend.caches[0].end());
    fed.push_back(other.ids().back());
    CHECK(fed == other.ids());
}

TEST_CASE("generate: forced tokens skip what is to be avoided evenly") {
    ForcedTokens forced(1, 6, {0, 3, 5});
    std::set<int32_t> seen;
    for (int i = 0; i < 100; i++) seen.insert(forced.next());
    CHECK(seen == std::set<int32_t>{1, 2, 4});
}

TEST_CASE("generate: a full context caps the run and says so") {
    FakeBackend backend(std::string(300, 'x'));
    Steps steps;
    std::atomic<bool> cancel = false;
    GenerateConfig c = config("0123456789", 100);
    c.context = 16;
    const auto result = run(backend, c, steps, cancel);
    CHECK(result.output_tokens == 5);
    CHECK(result.reason == "length");
    REQUIRE(steps.warnings.size() == 1);
    CHECK(steps.warnings[0].code == "context_full");
    CHECK(steps.warnings[0].message.find("room for 5 of the 100") != std::string::npos);
}

TEST_CASE("generate: a prompt that does not fit is refused with the numbers") {
    const std::vector<int32_t> prompt(16, 1);
    CHECK(check_prompt(prompt, 17, 10).ok());
    const Status status = check_prompt(prompt, 16, 10);
    CHECK(status.error().code == "prompt_too_long");
    CHECK(status.error().message.find("16") != std::string::npos);
    CHECK(check_prompt({}, 16, 10).error().code == "bad_request");
    CHECK(check_prompt({3, 10}, 16, 10).error().message.find("prompt_tokens[1] is 10") != std::string::npos);
    CHECK(check_prompt({-1}, 16, 10).error().code == "bad_request");
}

TEST_CASE("generate: cancel ends within one token, in decode and in prefill") {
    FakeBackend backend("a long long story");
    std::atomic<bool> cancel = false;
    Steps steps;
    steps.on_token = [&] { cancel = steps.tokens.size() == 3; };
    const auto result = run(backend, config("p", 10), steps, cancel);
    CHECK(result.reason == "cancelled");
    CHECK(result.output_tokens == 3);
    CHECK(steps.text + result.text_tail == "a l");

    cancel = false;
    FakeBackend slow("story", {.eval_delay = std::chrono::milliseconds(20)});
    Steps none;
    std::thread canceller([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        cancel = true;
    });
    const auto early = run(slow, config(std::string(200, 'p'), 10), none, cancel);
    canceller.join();
    CHECK(early.reason == "cancelled");
    CHECK(early.output_tokens == 0);
    CHECK(!early.ttft_ms.has_value());
    CHECK(none.progress.size() < 10);
}

TEST_CASE("generate: a failed eval fails the run with its own error") {
    FakeBackend backend("story", {.fail_eval = 3});
    Steps steps;
    std::atomic<bool> cancel = false;
    const auto result = run(backend, config("p", 10), steps, cancel);
    CHECK(result.reason == "io_error");
    REQUIRE(result.error.has_value());
    CHECK(result.error->message.find("8192") != std::string::npos);
    CHECK(result.output_tokens == 3);
}

TEST_CASE("generate: the parts of a token add up and so do the tokens") {
    FakeBackend backend("story", {.eval_delay = std::chrono::milliseconds(3)});
    Steps steps;
    std::atomic<bool> cancel = false;
    const auto result = run(backend, config("p", 5), steps, cancel);
    double sum = 0;
    for (const auto& t : steps.tokens) {
        CHECK(t.attention_ms + t.ffn_ms + t.sampling_ms + t.other_ms == doctest::Approx(t.ms));
        if (t.index > 0) sum += t.ms;
    }
    CHECK(result.decode_ms == doctest::Approx(sum));
    CHECK(result.decode_ms >= 12);
    CHECK(*result.ttft_ms >= result.prefill_ms);
    CHECK(steps.tokens[0].active.empty());
    CHECK(steps.tokens[1].active == std::vector<int32_t>{3, 1});
}
