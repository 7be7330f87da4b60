// FFN by neuron and dense against the definition, computed plainly.

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "engine/ffn.h"

using namespace phonon;

namespace {

constexpr int64_t kEmbedding = 64;
constexpr int64_t kWidth = 160;

struct Matrices {
    std::vector<float> gate, up, down, gate_bias, up_bias, down_bias, x;
};

Matrices random_matrices(int64_t tokens, float gate_bias) {
    std::mt19937 random(3);
    std::normal_distribution<float> normal;
    auto fill = [&](int64_t n) {
        std::vector<float> values(static_cast<size_t>(n));
        for (float& value : values) value = normal(random) / 8;
        return values;
    };
    Matrices m{fill(kWidth * kEmbedding), fill(kWidth * kEmbedding), fill(kWidth * kEmbedding), {}, fill(kWidth),
               fill(kEmbedding),          fill(tokens * kEmbedding)};
    for (float& value : m.x) value *= 8;
    m.gate_bias.assign(kWidth, gate_bias);
    return m;
}

float activation(Activation kind, float gate, float up) {
    const float relu = std::max(gate, 0.0f);
    switch (kind) {
        case Activation::silu:
            return gate / (1 + std::exp(-gate)) * up;
        case Activation::relu:
            return relu * up;
        case Activation::drelu:
            return relu * std::max(up, 0.0f);
        case Activation::relu2:
            return relu * relu * up;
    }
    return 0;
}

// [tokens][kEmbedding], and the neurons whose gate is positive for any token.
std::vector<float> reference(const Matrices& m, Activation kind, int64_t tokens, int64_t& active) {
    std::vector<float> y(static_cast<size_t>(tokens * kEmbedding));
    std::vector<bool> fired(kWidth);
    for (int64_t t = 0; t < tokens; ++t) {
        for (int64_t d = 0; d < kEmbedding; ++d)
            y[static_cast<size_t>(t * kEmbedding + d)] = m.down_bias[static_cast<size_t>(d)];
        for (int64_t n = 0; n < kWidth; ++n) {
            double gate = m.gate_bias[static_cast<size_t>(n)];
            double up = m.up_bias[static_cast<size_t>(n)];
            for (int64_t d = 0; d < kEmbedding; ++d) {
                const double x = m.x[static_cast<size_t>(t * kEmbedding + d)];
                gate += x * m.gate[static_cast<size_t>(n * kEmbedding + d)];
                up += x * m.up[static_cast<size_t>(n * kEmbedding + d)];
            }
            if (gate > 0) fired[static_cast<size_t>(n)] = true;
            const float h = activation(kind, static_cast<float>(gate), static_cast<float>(up));
            for (int64_t d = 0; d < kEmbedding; ++d) {
                y[static_cast<size_t>(t * kEmbedding + d)] += h * m.down[static_cast<size_t>(d * kWidth + n)];
            }
        }
    }
    active = std::count(fired.begin(), fired.end(), true);
    return y;
}

FfnWeights weights_of(const Matrices& m, Layout up, Layout down, TaskPool& pool) {
    auto prepare = [&](const std::vector<float>& values, int64_t rows, int64_t cols, Layout layout) {
        const Tensor tensor{WeightType::f32, reinterpret_cast<const std::byte*>(values.data()), rows, cols};
        auto weights = Weights::prepare(tensor, layout, *best_kernels(), pool);
        REQUIRE(weights.ok());
        return std::move(weights).value();
    };
    FfnWeights w;
    w.gate = prepare(m.gate, kWidth, kEmbedding, Layout::tiled);
    w.up = prepare(m.up, kWidth, kEmbedding, up);
    w.down = prepare(m.down, kEmbedding, kWidth, down);
    w.by_neuron = up == Layout::rows;
    w.gate_bias = m.gate_bias;
    w.up_bias = m.up_bias;
    w.down_bias = m.down_bias;
    return w;
}

void check_close(const std::vector<float>& y, const std::vector<float>& expected) {
    for (size_t i = 0; i < y.size(); ++i) CHECK(y[i] == doctest::Approx(expected[i]).epsilon(1e-4).scale(1));
}

}  // namespace

TEST_CASE("engine: every activation, by neuron and dense, is what its definition says") {
    TaskPool pool({-1, -1});
    for (const Activation kind : {Activation::silu, Activation::relu, Activation::drelu, Activation::relu2}) {
        const bool sparse = kind != Activation::silu;
        for (const int64_t tokens : {1, 3, 24}) {
            for (const float gate_bias : {-2.0f, 0.0f, -1e6f}) {  // few neurons, half of them, none
                CAPTURE(to_string(kind));
                CAPTURE(tokens);
                CAPTURE(gate_bias);
                const Matrices m = random_matrices(tokens, gate_bias);
                const FfnWeights w = weights_of(m, sparse ? Layout::rows : Layout::tiled,
                                                sparse ? Layout::columns : Layout::tiled, pool);
                Ffn ffn(kEmbedding, kWidth, kind, *best_kernels(), pool);
                Inputs inputs;
                inputs.assign(m.x.data(), tokens, kEmbedding, kEmbedding, Ffn::input_types(w), *best_kernels(), pool);
                std::vector<float> y(static_cast<size_t>(tokens * kEmbedding), -1.0f);
                const int64_t computed = ffn.run(w, inputs, y.data());
                int64_t active = 0;
                check_close(y, reference(m, kind, tokens, active));
                CHECK((computed == active || computed == kWidth));
                if (tokens == 1 && sparse) CHECK(computed == active);
                if (!sparse) CHECK(computed == kWidth);
            }
        }
    }
}

TEST_CASE("engine: a Down that cannot be read by columns is computed dense") {
    TaskPool pool({-1});
    const Matrices m = random_matrices(1, -1.0f);
    const FfnWeights w = weights_of(m, Layout::rows, Layout::tiled, pool);
    Ffn ffn(kEmbedding, kWidth, Activation::relu, *best_kernels(), pool);
    Inputs inputs;
    inputs.assign(m.x.data(), 1, kEmbedding, kEmbedding, Ffn::input_types(w), *best_kernels(), pool);
    std::vector<float> y(kEmbedding);
    ffn.run(w, inputs, y.data());
    int64_t active = 0;
    check_close(y, reference(m, Activation::relu, 1, active));
}

TEST_CASE("engine: several networks read one token as each alone does") {
    TaskPool pool({-1, -1});
    const Matrices m = random_matrices(1, -1.0f);
    for (const Activation kind : {Activation::silu, Activation::relu}) {
        const Layout up = kind == Activation::silu ? Layout::tiled : Layout::rows;
        const FfnWeights w = weights_of(m, up, kind == Activation::silu ? Layout::tiled : Layout::columns, pool);
        Ffn ffn(kEmbedding, kWidth, kind, *best_kernels(), pool);
        Inputs inputs;
        inputs.assign(m.x.data(), 1, kEmbedding, kEmbedding, Ffn::input_types(w), *best_kernels(), pool);
        std::vector<float> y(2 * kEmbedding);
        const std::array<const FfnWeights*, 2> networks = {&w, &w};
        const int64_t computed = ffn.run_each(networks, inputs, y.data());
        int64_t active = 0;
        auto expected = reference(m, kind, 1, active);
        expected.insert(expected.end(), expected.begin(), expected.end());
        check_close(y, expected);
        CHECK(computed == 2 * (kind == Activation::silu ? kWidth : active));
    }
}
