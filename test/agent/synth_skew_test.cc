// What a skew is made of: the spread of frequencies, rows with heads of their own, the memory's pairs.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "synth/layout.h"
#include "synth/normal.h"
#include "synth/rope_pairs.h"
#include "synth/row_filler.h"
#include "synth/skew.h"

using namespace phonon;

namespace {

const lm_ggml_type kFileTypes[] = {LM_GGML_TYPE_F32, LM_GGML_TYPE_F16, LM_GGML_TYPE_BF16, LM_GGML_TYPE_Q8_0,
                                   LM_GGML_TYPE_Q4_0};
constexpr int64_t kCols = 512;

std::vector<float> row(lm_ggml_type type, const RowFiller& filler, uint64_t seed, float head) {
    std::vector<std::byte> bytes(lm_ggml_row_size(type, kCols));
    filler.fill(bytes, RandomStream(combine(7, seed)), head);
    std::vector<float> out(kCols);
    if (type == LM_GGML_TYPE_F32) {
        std::memcpy(out.data(), bytes.data(), bytes.size());
    } else {
        lm_ggml_get_type_traits(type)->to_float(bytes.data(), out.data(), kCols);
    }
    return out;
}

ModelShape heads(const std::string& architecture, int64_t head_dim, double rope_base = 10000) {
    ModelShape shape = named_shape("tiny").value();
    shape.architecture = architecture;
    shape.head_dim = head_dim;
    shape.rope_base = rope_base;
    return shape;
}

// The score of a key `age` tokens old, without the part that depends on the token.
double score(const ModelShape& shape, const MemoryRows& rows, int64_t age) {
    const std::vector<double> angles = rope_angles(shape);
    double sum = 0;
    for (size_t pair = 0; pair < angles.size(); ++pair) {
        auto value = [&](const std::vector<float>& of, int part) {
            return static_cast<double>(of[static_cast<size_t>(pair_row(shape, 0, static_cast<int64_t>(pair), part))]);
        };
        const double angle = angles[pair] * static_cast<double>(age);
        const double q0 = value(rows.query, 0) * std::cos(angle) - value(rows.query, 1) * std::sin(angle);
        const double q1 = value(rows.query, 0) * std::sin(angle) + value(rows.query, 1) * std::cos(angle);
        sum += q0 * value(rows.key, 0) + q1 * value(rows.key, 1);
    }
    return sum / std::sqrt(static_cast<double>(shape.head_dim));
}

}  // namespace

TEST_CASE("synth skew: frequencies are spread like Beta(0.83, 7.4), whatever the mean") {
    for (const double active : {0.05, 0.1, 0.2, 0.4}) {
        CAPTURE(active);
        const std::vector<double> means = gate_means(1 - active);
        double first = 0;
        double second = 0;
        for (const double mean : means) {
            const double p = normal_cdf(mean);
            first += p / static_cast<double>(means.size());
            second += p * p / static_cast<double>(means.size());
        }
        const double b = 0.83 * (1 - active) / active;
        CHECK(first == doctest::Approx(active).epsilon(0.001));
        CHECK(second == doctest::Approx(active * 1.83 / (1.83 + b)).epsilon(0.002));
        CHECK(std::is_sorted(means.begin(), means.end()));
    }
    const std::vector<double> means = gate_means(0.9);
    CHECK(normal_cdf(means[means.size() * 99 / 100]) < 0.5);  // fewer than 1 % fire for most tokens
}

TEST_CASE("synth skew: a row's own head is what was asked for, and the other columns are not touched") {
    for (const lm_ggml_type type : kFileTypes) {
        CAPTURE(lm_ggml_type_name(type));
        REQUIRE(has_heads_by_row(type));
        const auto filler = make_row_filler(type, 0.02, Head::by_row, 0, Codes::bell);
        const std::vector<float> silent = row(type, *filler, 1, 0);
        for (const float head : {-1.7f, -0.03f, -0.0021f, 0.004f, 0.9f}) {
            const std::vector<float> weights = row(type, *filler, 1, head);
            for (size_t i = 0; i < weights.size(); ++i) {
                if (i < kHeadColumns) {
                    CHECK(weights[i] == doctest::Approx(head).epsilon(0.005));
                    CHECK(silent[i] == 0);
                } else {
                    CHECK(weights[i] == silent[i]);
                }
            }
        }
    }
    CHECK(!has_heads_by_row(LM_GGML_TYPE_Q4_K));
    CHECK(!has_heads_by_row(LM_GGML_TYPE_Q6_K));
}

TEST_CASE("synth skew: codes in a bell have mean 0, the deviation asked for, and a peak") {
    for (const lm_ggml_type type : {LM_GGML_TYPE_Q8_0, LM_GGML_TYPE_Q4_0}) {
        for (const Codes codes : {Codes::uniform, Codes::bell}) {
            CAPTURE(lm_ggml_type_name(type));
            CAPTURE(static_cast<int>(codes));
            const auto filler = make_row_filler(type, 0.02, Head::random, 0, codes);
            double sum = 0;
            double square = 0;
            double fourth = 0;
            constexpr int kRows = 512;
            for (int i = 0; i < kRows; ++i) {
                for (const float weight : row(type, *filler, static_cast<uint64_t>(i), 0)) {
                    const double w = static_cast<double>(weight) / 0.02;
                    sum += w;
                    square += w * w;
                    fourth += w * w * w * w;
                }
            }
            constexpr double kCount = kRows * kCols;
            CHECK(std::abs(sum / kCount) < 0.01);
            CHECK(square / kCount == doctest::Approx(1).epsilon(0.01));
            const double kurtosis = fourth / kCount / (square / kCount) / (square / kCount);
            // Scales that vary add a little to 1.8 (uniform) and 2.4 (two uniform numbers); Gaussian weights have 3.
            if (codes == Codes::uniform) CHECK(kurtosis < 2.2);
            if (codes == Codes::bell) CHECK(kurtosis > 2.5);
        }
    }
}

TEST_CASE("synth skew: a memory loses about half a nat per token, and nothing old comes back") {
    for (const std::string architecture : {"llama", "smallthinker", "qwen2"}) {
        for (const int64_t dim : {16, 32, 64, 128}) {
            CAPTURE(architecture);
            CAPTURE(dim);
            const ModelShape shape = heads(architecture, dim, dim == 128 ? 1e6 : 1e4);
            REQUIRE(check_memory(shape).ok());
            const MemoryRows rows = plan_memory(shape, 3);
            const double now = score(shape, rows, 0);
            CHECK(now - score(shape, rows, 1) == doctest::Approx(0.52).epsilon(0.02));
            CHECK(now - score(shape, rows, 30) == doctest::Approx(15.6).epsilon(0.06));
            double highest = -1e9;
            for (int64_t age = 120; age < 3500; ++age) highest = std::max(highest, score(shape, rows, age) - now);
            CHECK(highest < -45);
        }
    }
    CHECK(!check_memory(heads("llama", 8)).ok());
    CHECK(!check_memory(heads("llama", 64, 10)).ok());
}

TEST_CASE("synth skew: rows of a pair lie where the architecture's rope looks for them") {
    for (const std::string architecture : {"llama", "smallthinker"}) {
        const ModelShape shape = heads(architecture, 64);
        for (int64_t pair = 0; pair < 32; ++pair) {
            for (const int64_t part : {0, 1}) {
                CHECK(paired_row(shape, pair_row(shape, 3, pair, part)) == 3 * 64 + 2 * pair + part);
            }
        }
    }
    CHECK(pair_row(heads("llama", 64), 1, 5, 1) == 64 + 11);
    CHECK(pair_row(heads("smallthinker", 64), 1, 5, 1) == 64 + 37);
}

TEST_CASE("synth skew: what cannot be had is refused by the name of its argument") {
    auto refused = [](const std::string& argument, auto&& change) {
        SynthConfig config;
        config.shape = named_shape("tiny").value();
        config.type = LM_GGML_TYPE_Q8_0;
        config.activation = Activation::relu;
        config.sparsity = 0.9;
        config.skew = Skew::bamboo;
        REQUIRE(validate_config(config).ok());
        change(config);
        const Status status = validate_config(config);
        CAPTURE(argument);
        REQUIRE(!status.ok());
        CHECK(status.error().code == "bad_request");
        CHECK(status.error().message.find("--" + argument + ":") == 0);
    };
    refused("skew", [](auto& c) { c.sparsity = 0.5; });
    refused("quant", [](auto& c) { c.type = LM_GGML_TYPE_Q4_K; });
    refused("quant", [](auto& c) { c.type = LM_GGML_TYPE_Q6_K, c.skew = Skew::independent; });
    refused("head-dim", [](auto& c) { c.shape.head_dim = 8; });
}
