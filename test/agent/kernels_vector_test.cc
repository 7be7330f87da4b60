#include <doctest/doctest.h>

#include <limits>

#include "kernels_support.h"

namespace phonon {
namespace {

using namespace kernel_test;

constexpr int64_t kLengths[] = {1, 2, 15, 16, 17, 63, 64, 65, 128, 300, 2048};

}  // namespace

TEST_CASE("kernels: portable F16 and BF16 conversions equal llama.cpp's for every value") {
    for (uint32_t h = 0; h < 65536; h++) {
        const auto half = static_cast<uint16_t>(h);
        const float expected = lm_ggml_fp16_to_fp32(half), got = f16_to_float(half);
        if (std::isnan(expected)) {
            REQUIRE(std::isnan(got));
        } else {
            REQUIRE(bits_of(got) == bits_of(expected));
            REQUIRE(float_to_f16(got) == half);
        }
    }
    std::mt19937 random(1);
    for (int i = 0; i < 300000; i++) {
        const float x = float_of(static_cast<uint32_t>(random()));
        if (std::isnan(x)) continue;
        REQUIRE(float_to_f16(x) == lm_ggml_fp32_to_fp16(x));
        REQUIRE(float_to_bf16(x) == lm_ggml_fp32_to_bf16(x).bits);
    }
}

TEST_CASE("kernels: F16 conversions of every level and length") {
    for (const Kernels* k : available_kernels())
        for (const int64_t n : kLengths) {
            CAPTURE(std::string(k->name));
            CAPTURE(n);
            std::vector<float> x = random_values(n, 2, 100.0f), back(n);
            x[0] = 1e-7f;  // subnormal
            x[n - 1] = 70000.0f;
            std::vector<uint16_t> y(n + 1, 0xabcd);
            k->to_f16(x.data(), y.data(), n);
            k->from_f16(y.data(), back.data(), n);
            for (int64_t i = 0; i < n; i++) {
                REQUIRE(y[i] == float_to_f16(x[i]));
                REQUIRE(bits_of(back[i]) == bits_of(f16_to_float(y[i])));
            }
            CHECK(y[n] == 0xabcd);
        }
}

TEST_CASE("kernels: dot and axpy over F16") {
    for (const Kernels* k : available_kernels())
        for (const int64_t n : kLengths) {
            CAPTURE(std::string(k->name));
            CAPTURE(n);
            const std::vector<float> x = random_values(n, 3), v = random_values(n, 4);
            std::vector<uint16_t> y(n);
            k->to_f16(v.data(), y.data(), n);
            double expected = 0, magnitude = 0;
            std::vector<double> sums(n);
            for (int64_t i = 0; i < n; i++) {
                const double term = static_cast<double>(x[i]) * f16_to_float(y[i]);
                expected += term;
                magnitude += std::fabs(term);
                sums[i] = static_cast<double>(x[i]) + 0.75 * f16_to_float(y[i]);
            }
            CHECK(std::fabs(k->dot_f16(x.data(), y.data(), n) - expected) <= 1e-6 * magnitude);
            std::vector<float> out = x;
            k->axpy_f16(0.75f, y.data(), out.data(), n);
            CHECK(normalised_error(out.data(), sums) < 1e-13);
        }
}

TEST_CASE("kernels: RMS norm and softmax") {
    for (const Kernels* k : available_kernels())
        for (const int64_t n : kLengths) {
            CAPTURE(std::string(k->name));
            CAPTURE(n);
            const std::vector<float> x = random_values(n, 5, 3.0f), weight = random_values(n, 6);
            double squares = 0, sum = 0;
            float highest = x[0];
            for (const float v : x) {
                squares += static_cast<double>(v) * v;
                highest = std::max(highest, v);
            }
            for (const float v : x) sum += std::exp(static_cast<double>(v) - highest);
            std::vector<double> norm(n), probability(n);
            for (int64_t i = 0; i < n; i++) {
                norm[i] = x[i] * weight[i] / std::sqrt(squares / static_cast<double>(n) + 1e-5);
                probability[i] = std::exp(static_cast<double>(x[i]) - highest) / sum;
            }
            std::vector<float> y(n);
            k->rms_norm(x.data(), weight.data(), 1e-5f, y.data(), n);
            CHECK(normalised_error(y.data(), norm) < 1e-12);
            y = x;
            CHECK(k->softmax(y.data(), n) == highest);
            CHECK(normalised_error(y.data(), probability) < 1e-12);
        }
}

TEST_CASE("kernels: softmax ignores masked entries") {
    const float masked = -std::numeric_limits<float>::infinity();
    for (const Kernels* k : available_kernels()) {
        std::vector<float> x = {masked, 1.0f, masked, 1.0f, -1e30f};
        k->softmax(x.data(), 5);
        CHECK(x == std::vector<float>{0, 0.5f, 0, 0.5f, 0});
    }
}

TEST_CASE("kernels: SiLU and ReLU gates, to the ends of the range") {
    for (const Kernels* k : available_kernels()) {
        CAPTURE(std::string(k->name));
        std::vector<float> gate = {0, 1, -1, 20, -20, 87, -87, 100, -100, 1e30f, -1e30f, 1e-30f};
        for (int i = -2000; i < 2000; i++) gate.push_back(static_cast<float>(i) * 0.05f);
        const auto n = static_cast<int64_t>(gate.size());
        const std::vector<float> up = random_values(n, 7);
        std::vector<float> silu(n), relu(n);
        k->silu_mul(gate.data(), up.data(), silu.data(), n);
        k->relu_mul(gate.data(), up.data(), relu.data(), n);
        for (int64_t i = 0; i < n; i++) {
            CAPTURE(gate[i]);
            const double g = gate[i], expected = g / (1 + std::exp(-g)) * static_cast<double>(up[i]);
            CHECK(std::fabs(silu[i] - expected) <= 4e-7 * std::fabs(expected) + 1e-36);  // e^89 is infinite
            CHECK(relu[i] == (gate[i] > 0 ? gate[i] * up[i] : 0.0f));
        }
    }
}

TEST_CASE("kernels: levels are found by name, best first, scalar last") {
    REQUIRE(!available_kernels().empty());
    CHECK(best_kernels() == available_kernels().front());
    CHECK(find_kernels("scalar") == available_kernels().back());
    CHECK(find_kernels("nonsense") == nullptr);
    for (const Kernels* k : available_kernels()) CHECK(find_kernels(k->name) == k);
}

}  // namespace phonon
