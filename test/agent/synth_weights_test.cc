// Random weights in every block format, read back through llama.cpp's dequantisation.

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <set>
#include <vector>

#include "synth/normal.h"
#include "synth/row_filler.h"

using namespace phonon;

namespace {

constexpr int64_t kWeightCols = 1024;
constexpr int64_t kWeightRows = 256;

std::vector<float> rows(lm_ggml_type type, double deviation, Head head = Head::random, double value = 0) {
    const auto filler = make_row_filler(type, deviation, head, value);
    std::vector<std::byte> row(lm_ggml_row_size(type, kWeightCols));
    std::vector<float> out(kWeightCols * kWeightRows);
    const lm_ggml_to_float_t to_float = lm_ggml_get_type_traits(type)->to_float;
    for (int64_t i = 0; i < kWeightRows; ++i) {
        filler->fill(row, RandomStream(combine(7, static_cast<uint64_t>(i))));
        float* to = &out[static_cast<size_t>(i * kWeightCols)];
        if (type == LM_GGML_TYPE_F32) {
            std::memcpy(to, row.data(), row.size());
        } else {
            to_float(row.data(), to, kWeightCols);
        }
    }
    return out;
}

const lm_ggml_type kTypes[] = {LM_GGML_TYPE_F32,  LM_GGML_TYPE_F16,  LM_GGML_TYPE_BF16, LM_GGML_TYPE_Q8_0,
                               LM_GGML_TYPE_Q4_0, LM_GGML_TYPE_Q4_K, LM_GGML_TYPE_Q6_K};

}  // namespace

TEST_CASE("synth: weights of every format have mean 0 and the deviation asked for") {
    for (const lm_ggml_type type : kTypes) {
        for (const double deviation : {4.0, 0.02, 0.005}) {
            CAPTURE(lm_ggml_type_name(type));
            CAPTURE(deviation);
            double sum = 0;
            double square = 0;
            for (const float w : rows(type, deviation)) {
                sum += static_cast<double>(w);
                square += static_cast<double>(w) * static_cast<double>(w);
            }
            const double count = kWeightCols * kWeightRows;
            CHECK(std::isfinite(square));
            CHECK(std::abs(sum / count) < 0.01 * deviation);
            CHECK(std::sqrt(square / count) == doctest::Approx(deviation).epsilon(0.01));
        }
    }
}

TEST_CASE("synth: a head is zero, or the same constant in every row, and leaves the other columns alone") {
    for (const lm_ggml_type type : kTypes) {
        CAPTURE(lm_ggml_type_name(type));
        for (const double value : {-0.03, 0.02}) {
            const auto filler = make_row_filler(type, 0.02, Head::constant, value);
            CHECK(filler->head_value() == doctest::Approx(value).epsilon(0.1));
            const auto constant = rows(type, 0.02, Head::constant, value);
            const auto zero = rows(type, 0.02, Head::zero);
            double square = 0;
            int64_t wrong = 0;
            for (size_t i = 0; i < constant.size(); ++i) {
                if (i % kWeightCols < kHeadColumns) {
                    const double off = static_cast<double>(constant[i]) - filler->head_value();
                    wrong += std::abs(off) > 1e-7 || zero[i] != 0;
                } else {
                    square += static_cast<double>(constant[i]) * static_cast<double>(constant[i]);
                    wrong += constant[i] != zero[i];
                }
            }
            CHECK(wrong == 0);
            CHECK(std::sqrt(square / ((kWeightCols - kHeadColumns) * kWeightRows)) ==
                  doctest::Approx(0.02).epsilon(0.01));
        }
    }
}

TEST_CASE("synth: block scales differ, so that a kernel which mixes them up is noticed") {
    for (const lm_ggml_type type : {LM_GGML_TYPE_Q8_0, LM_GGML_TYPE_Q4_0, LM_GGML_TYPE_Q4_K, LM_GGML_TYPE_Q6_K}) {
        const auto weights = rows(type, 1);
        std::set<float> largest;
        for (size_t at = 0; at < weights.size(); at += 32) {
            float most = 0;
            for (size_t i = at; i < at + 32; ++i) most = std::max(most, std::abs(weights[i]));
            largest.insert(most);
        }
        CAPTURE(lm_ggml_type_name(type));
        CHECK(largest.size() > 200);
    }
}

TEST_CASE("synth: the normal distribution's quantiles") {
    CHECK(normal_quantile(0.5) == doctest::Approx(0).epsilon(1e-9));
    CHECK(normal_quantile(0.9) == doctest::Approx(1.2815515655).epsilon(1e-9));
    CHECK(normal_cdf(normal_quantile(0.003)) == doctest::Approx(0.003).epsilon(1e-9));
}
