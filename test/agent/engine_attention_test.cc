// Attention, one token at a time and in blocks, against the definition.

#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "engine/attention.h"
#include "kernels/half.h"

using namespace phonon;

namespace {

struct Case {
    int64_t heads = 4;
    int64_t kv_heads = 2;
    int64_t head_dim = 32;
    int64_t window = 0;
};

std::vector<float> random_values(int64_t n, uint32_t seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    std::vector<float> values(static_cast<size_t>(n));
    for (float& value : values) value = normal(random);
    return values;
}

float half(float x) {
    return f16_to_float(float_to_f16(x));
}

// One query's output by the definition; keys and values as they came, unrotated.
std::vector<double> expected(const Case& c, const Hyperparameters& hp, int64_t position, int64_t head,
                             const std::vector<float>& q, const std::vector<float>& k, const std::vector<float>& v) {
    const int64_t dim = c.head_dim;
    const int64_t kv_head = head / (c.heads / c.kv_heads);
    const int64_t first = hp.layer_has_window(1) ? std::max<int64_t>(0, position + 1 - c.window) : 0;
    std::vector<double> weights;
    double sum = 0;
    for (int64_t j = first; j <= position; ++j) {
        double score = 0;
        for (int64_t d = 0; d < dim; ++d) {
            score += static_cast<double>(half(q[static_cast<size_t>((position * c.heads + head) * dim + d)])) *
                     half(k[static_cast<size_t>((j * c.kv_heads + kv_head) * dim + d)]);
        }
        weights.push_back(std::exp(score / std::sqrt(static_cast<double>(dim))));
        sum += weights.back();
    }
    std::vector<double> out(static_cast<size_t>(dim));
    for (int64_t j = first; j <= position; ++j) {
        for (int64_t d = 0; d < dim; ++d) {
            out[static_cast<size_t>(d)] += weights[static_cast<size_t>(j - first)] / sum *
                                           half(v[static_cast<size_t>((j * c.kv_heads + kv_head) * dim + d)]);
        }
    }
    return out;
}

// `batch` tokens at a time, of a sequence that lies beside another one in the cache.
void check(const Case& c, int64_t batch) {
    constexpr int64_t kTokens = 90;
    Hyperparameters hp;
    hp.architecture = Architecture::smallthinker;
    hp.layers = 2;
    hp.heads = c.heads;
    hp.kv_heads = c.kv_heads;
    hp.head_dim = c.head_dim;
    hp.window = c.window;
    hp.window_period = 4;
    KvCache cache;
    REQUIRE(
        cache
            .allocate({.layers = 2, .sequences = 2, .context = kTokens, .kv_heads = c.kv_heads, .head_dim = c.head_dim})
            .ok());
    TaskPool pool({-1, -1});
    // Position 0 everywhere: the rotation is tested beside llama.cpp, here it must be none.
    Attention attention(hp, std::vector<float>(static_cast<size_t>(c.head_dim / 2), INFINITY), cache, *best_kernels(),
                        pool);
    attention.extend(kTokens);
    auto q = random_values(kTokens * c.heads * c.head_dim, 1);
    auto k = random_values(kTokens * c.kv_heads * c.head_dim, 2);
    const auto v = random_values(kTokens * c.kv_heads * c.head_dim, 3);
    const auto q_before = q;
    const auto k_before = k;
    std::vector<float> out(q.size());
    for (int64_t begin = 0; begin < kTokens; begin += batch) {
        std::vector<TokenPlace> places;
        for (int64_t t = begin; t < std::min(begin + batch, kTokens); ++t) places.push_back({1, t});
        const int64_t at = begin * c.heads * c.head_dim;
        const int64_t kv_at = begin * c.kv_heads * c.head_dim;
        attention.store(1, places, q.data() + at, k.data() + kv_at, v.data() + kv_at);
        attention.attend(1, places, q.data() + at, out.data() + at);
    }
    double worst = 0;
    for (int64_t t = 0; t < kTokens; ++t) {
        for (int64_t h = 0; h < c.heads; ++h) {
            const auto row = expected(c, hp, t, h, q_before, k_before, v);
            for (int64_t d = 0; d < c.head_dim; ++d) {
                const double value = out[static_cast<size_t>((t * c.heads + h) * c.head_dim + d)];
                worst = std::max(worst, std::abs(value - row[static_cast<size_t>(d)]));
            }
        }
    }
    CHECK(worst < 2e-3);  // probabilities are rounded to F16
}

}  // namespace

TEST_CASE("engine: attention is what its definition says") {
    for (const Case& c : {Case{}, Case{.heads = 6, .kv_heads = 1, .head_dim = 40}, Case{.heads = 2, .head_dim = 128},
                          Case{.heads = 3, .kv_heads = 3, .head_dim = 6}, Case{.window = 7}, Case{.window = 64}}) {
        for (const int64_t batch : {1, 3, 33, 90}) {
            CAPTURE(c.heads);
            CAPTURE(c.head_dim);
            CAPTURE(c.window);
            CAPTURE(batch);
            check(c, batch);
        }
    }
}

TEST_CASE("engine: every level's attention kernels agree with plain sums") {
    const int64_t stride = 80;
    for (const Kernels* level : available_kernels()) {
        for (const int64_t n : {1, 15, 16, 64, 72, 80}) {
            for (const int64_t count : {1, 3, 4, 29}) {
                CAPTURE(level->name);
                CAPTURE(n);
                CAPTURE(count);
                const auto x = random_values(n, 1);
                const auto values = random_values(count * stride, 2);
                std::vector<uint16_t> rows(values.size());
                level->to_f16(values.data(), rows.data(), static_cast<int64_t>(values.size()));
                std::vector<float> y(static_cast<size_t>(count), -1.0f);
                level->dots_f16(x.data(), rows.data(), stride, count, y.data(), n);
                std::vector<float> sums(static_cast<size_t>(n), 1.0f);
                level->weighted_rows_f16(y.data(), rows.data(), stride, count, sums.data(), n);
                for (int64_t j = 0; j < count; ++j) {
                    double dot = 0;
                    for (int64_t i = 0; i < n; ++i)
                        dot += x[static_cast<size_t>(i)] * f16_to_float(rows[static_cast<size_t>(j * stride + i)]);
                    CHECK(y[static_cast<size_t>(j)] == doctest::Approx(dot).epsilon(1e-5).scale(1));
                }
                for (int64_t i = 0; i < n; ++i) {
                    double sum = 1;
                    for (int64_t j = 0; j < count; ++j)
                        sum += y[static_cast<size_t>(j)] * f16_to_float(rows[static_cast<size_t>(j * stride + i)]);
                    CHECK(sums[static_cast<size_t>(i)] == doctest::Approx(sum).epsilon(1e-5).scale(10));
                }
            }
        }
        for (const int64_t m : {1, 2, 5, 8, 33, 64}) {
            const int64_t n = 48;
            const int64_t k = 19;
            CAPTURE(level->name);
            CAPTURE(m);
            const auto a = random_values(m * (k + 3), 4);
            const auto b = random_values(k * (n + 5), 5);
            std::vector<float> c(static_cast<size_t>(m * (n + 1)), 2.0f);
            level->multiply_add(a.data(), k + 3, b.data(), n + 5, c.data(), n + 1, m, n, k);
            for (int64_t i = 0; i < m; ++i) {
                for (int64_t j = 0; j <= n; ++j) {
                    double sum = 2;
                    for (int64_t l = 0; l < k && j < n; ++l)
                        sum += a[static_cast<size_t>(i * (k + 3) + l)] * b[static_cast<size_t>(l * (n + 5) + j)];
                    CHECK(c[static_cast<size_t>(i * (n + 1) + j)] == doctest::Approx(sum).epsilon(1e-5).scale(10));
                }
            }
        }
    }
}
