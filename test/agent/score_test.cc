#include "generate/score.h"

#include <doctest/doctest.h>

#include <cmath>

#include "fake_backend.h"

using namespace phonon;
using phonon::testing::ByteTokenizer;
using phonon::testing::FakeBackend;

namespace {

// The definition, straight from the fake's logits: position by position, one sequence per chunk.
double reference_nll(const ScoreConfig& c, int64_t& scored) {
    FakeBackend backend;
    const std::atomic<bool> cancel = false;
    std::vector<float> logits;
    double nll = 0;
    scored = 0;
    for (size_t start = 0; start + static_cast<size_t>(c.context) <= c.tokens.size();
         start += static_cast<size_t>(c.context)) {
        backend.truncate(0, 0);
        for (int32_t i = 0; i + 1 < c.context; i++) {
            const int32_t token = i == 0 && c.begin >= 0 ? c.begin : c.tokens[start + static_cast<size_t>(i)];
            const BatchToken one{token, i, 0, true};
            REQUIRE(backend.eval({&one, 1}, logits, cancel).ok());
            if (i < c.context / 2) continue;
            double sum = 0;
            for (const float x : logits) sum += std::exp(static_cast<double>(x));
            nll += std::log(sum) - logits[static_cast<size_t>(c.tokens[start + static_cast<size_t>(i) + 1])];
            scored++;
        }
    }
    return nll / static_cast<double>(scored);
}

const std::string kText =
    "Buster Bear yawned as he lay on his comfortable bed of leaves and watched the first early morning sunbeams";

}  // namespace

TEST_CASE("score: begin tokens, chunks and halves are llama-perplexity's") {
    const std::atomic<bool> cancel = false;
    for (const bool adds_begin : {true, false}) {
        for (const int64_t context : {8, 15}) {
            for (const int batch : {1, 3, 64}) {
                FakeBackend backend;
                backend.tokens.adds_begin = adds_begin;
                REQUIRE(backend.load({}, cancel).ok());
                const ScoreConfig config = score_config(backend.tokens, kText, context, batch);
                CHECK(config.begin == (adds_begin ? ByteTokenizer::kBegin : -1));
                CHECK(config.tokens.size() == kText.size() + (adds_begin ? 1 : 0));
                std::vector<ScoreProgress> progress;
                const auto result = score(
                    backend, nullptr, config, [&](const ScoreProgress& p) { progress.push_back(p); }, cancel);
                REQUIRE(result.ok());
                int64_t scored = 0;
                const double nll = reference_nll(config, scored);
                CHECK(result.value().tokens == scored);
                CHECK(result.value().nll == doctest::Approx(nll));
                CHECK(result.value().perplexity == doctest::Approx(std::exp(nll)));
                CHECK(!result.value().kl_mean.has_value());
                REQUIRE(!progress.empty());
                CHECK(progress.back().done == progress.back().total);
                CHECK(progress.back().nll == result.value().nll);
                CHECK(progress.front().done == context);
            }
        }
    }
}

TEST_CASE("score: a backend does not diverge from itself, and does from another") {
    const std::atomic<bool> cancel = false;
    FakeBackend one, same, other;
    other.noise = 0.5f;
    for (FakeBackend* b : {&one, &same, &other}) REQUIRE(b->load({}, cancel).ok());
    const ScoreConfig config = score_config(one.tokens, kText, 16, 8);
    const auto ignore = [](const ScoreProgress&) {};
    const auto equal = score(one, &same, config, ignore, cancel);
    REQUIRE(equal.ok());
    CHECK(*equal.value().kl_mean == doctest::Approx(0.0));
    CHECK(*equal.value().kl_max < 1e-6);
    CHECK(*equal.value().top1_agreement == 1.0);
    const auto differ = score(one, &other, config, ignore, cancel);
    REQUIRE(differ.ok());
    // Half of the logits raised by d: KL = log((1 + e^d) / 2) - d / 2 where both halves weigh the same.
    CHECK(*differ.value().kl_mean == doctest::Approx(std::log((1 + std::exp(0.5)) / 2) - 0.25).epsilon(0.2));
    CHECK(*differ.value().kl_max >= *differ.value().kl_mean);
    CHECK(*differ.value().top1_agreement < 1.0);
}

TEST_CASE("score: cancel and failures end it with their own error") {
    std::atomic<bool> cancel = false;
    FakeBackend backend;
    REQUIRE(backend.load({}, cancel).ok());
    const ScoreConfig config = score_config(backend.tokens, kText, 16, 8);
    const auto stopped = score(
        backend, nullptr, config, [&](const ScoreProgress&) { cancel = true; }, cancel);
    CHECK(stopped.error().code == "cancelled");
    cancel = false;
    backend.noise = NAN;
    CHECK(score(
              backend, nullptr, config, [](const ScoreProgress&) {}, cancel)
              .error()
              .code == "internal");
    backend.noise = 0;
    backend.faults.fail_eval = backend.evals + 2;
    CHECK(score(
              backend, nullptr, config, [](const ScoreProgress&) {}, cancel)
              .error()
              .code == "io_error");
}
