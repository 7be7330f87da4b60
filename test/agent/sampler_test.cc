#include "phonon/sampler.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <map>

using phonon::Sampler;
using phonon::SamplerConfig;

namespace {

constexpr float kMinusInfinity = -std::numeric_limits<float>::infinity();

// Everything off: draws from the softmax.
SamplerConfig plain(uint64_t seed = 1) {
    SamplerConfig c;
    c.temperature = 1;
    c.top_k = 0;
    c.top_p = 1;
    c.min_p = 0;
    c.seed = seed;
    return c;
}

std::map<int32_t, int> draws(const SamplerConfig& config, const std::vector<float>& logits, int n = 4000,
                             const std::vector<int32_t>& history = {}) {
    Sampler sampler(config);
    std::map<int32_t, int> seen;
    for (int i = 0; i < n; i++) seen[sampler.sample(logits, history)]++;
    return seen;
}

std::vector<float> logs(const std::vector<double>& p) {
    std::vector<float> out;
    for (const double x : p) out.push_back(static_cast<float>(std::log(x)));
    return out;
}

}  // namespace

TEST_CASE("sampler: greedy takes the best logit and the lower id of equals") {
    SamplerConfig c;
    c.temperature = 0;
    Sampler sampler(c);
    CHECK(sampler.sample(std::vector<float>{1, 5, 5, 2}, {}) == 1);
    CHECK(sampler.sample(std::vector<float>{kMinusInfinity, kMinusInfinity, -3}, {}) == 2);
    CHECK(sampler.sample(std::vector<float>{NAN, -1, 0}, {}) == 2);
    CHECK(sampler.sample(std::vector<float>{kMinusInfinity, kMinusInfinity}, {}) == 0);
}

TEST_CASE("sampler: draws follow the softmax") {
    const auto seen = draws(plain(), logs({0.5, 0.25, 0.125, 0.125}), 40000);
    CHECK(seen.at(0) / 40000.0 == doctest::Approx(0.5).epsilon(0.02));
    CHECK(seen.at(1) / 40000.0 == doctest::Approx(0.25).epsilon(0.03));
    CHECK(seen.at(2) / 40000.0 == doctest::Approx(0.125).epsilon(0.05));
}

TEST_CASE("sampler: temperature sharpens and flattens") {
    SamplerConfig cold = plain(), hot = plain();
    cold.temperature = 0.5f;
    hot.temperature = 100;
    CHECK(draws(cold, logs({0.8, 0.2}))[0] / 4000.0 == doctest::Approx(16.0 / 17).epsilon(0.02));
    CHECK(draws(hot, logs({0.8, 0.2}))[0] / 4000.0 == doctest::Approx(0.5).epsilon(0.05));
}

TEST_CASE("sampler: top-k keeps the k best, ties by lower id") {
    SamplerConfig c = plain();
    c.top_k = 2;
    const auto seen = draws(c, {1, 1, 1, 0});
    CHECK(seen.size() == 2);
    CHECK(seen.count(0) == 1);
    CHECK(seen.count(1) == 1);
}

TEST_CASE("sampler: top-p keeps the smallest set that reaches p") {
    SamplerConfig c = plain();
    c.top_p = 0.7f;
    CHECK(draws(c, logs({0.125, 0.5, 0.25, 0.125})).size() == 2);
    c.top_p = 0.0f;
    CHECK(draws(c, logs({0.125, 0.5, 0.25, 0.125})).size() == 1);
}

TEST_CASE("sampler: top-p counts over what top-k leaves") {
    SamplerConfig c = plain();
    c.top_k = 2;
    c.top_p = 0.6f;
    // 0.5 of 0.75 is 2/3, which alone reaches 0.6.
    CHECK(draws(c, logs({0.5, 0.25, 0.25})).size() == 1);
}

TEST_CASE("sampler: min-p drops what is far below the best") {
    SamplerConfig c = plain();
    c.min_p = 0.3f;
    CHECK(draws(c, logs({0.6, 0.2, 0.1, 0.1})).size() == 2);
}

TEST_CASE("sampler: cuts work on more candidates than are sorted at once") {
    std::vector<float> logits(1000);
    for (size_t i = 0; i < logits.size(); i++) logits[i] = static_cast<float>((i * 37) % 1000) / 10000.0f;
    SamplerConfig c = plain();
    c.top_p = 0.5f;
    const auto seen = draws(c, logits, 3000);
    float least = 1;
    for (const auto& [id, n] : seen) least = std::min(least, logits[static_cast<size_t>(id)]);
    CHECK(least > 0.04f);
    CHECK(least < 0.06f);
}

TEST_CASE("sampler: the repetition penalty weakens what came lately, once, whatever its sign") {
    SamplerConfig c;
    c.temperature = 0;
    c.repeat_penalty = 2;
    c.repeat_last = 2;
    CHECK(Sampler(c).sample(std::vector<float>{3, 2}, std::vector<int32_t>{0}) == 1);
    CHECK(Sampler(c).sample(std::vector<float>{-1, -1.5f}, std::vector<int32_t>{0}) == 1);
    CHECK(Sampler(c).sample(std::vector<float>{3, 1}, std::vector<int32_t>{0, 0}) == 0);
    CHECK(Sampler(c).sample(std::vector<float>{3, 2}, std::vector<int32_t>{0, 5, -1}) == 0);
}

TEST_CASE("sampler: the same seed gives the same tokens on every machine") {
    std::vector<float> logits(100);
    for (size_t i = 0; i < logits.size(); i++) logits[i] = static_cast<float>((i * 7919) % 101) / 25.0f;
    SamplerConfig c;
    c.seed = 20261120;
    Sampler sampler(c);
    std::vector<int32_t> ids;
    for (int i = 0; i < 12; i++) ids.push_back(sampler.sample(logits, {}));
    CHECK(ids == std::vector<int32_t>{64, 39, 49, 19, 91, 59, 27, 76, 93, 93, 27, 54});
}

TEST_CASE("sampler: never chooses what has no probability") {
    const auto seen = draws(plain(), {kMinusInfinity, 0, kMinusInfinity, 0, kMinusInfinity});
    CHECK(seen.size() == 2);
    CHECK(seen.count(1) == 1);
    CHECK(seen.count(3) == 1);
}
