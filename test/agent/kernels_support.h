#pragma once
// What the kernel tests share: random matrices in every format, and their product computed from llama.cpp's own
// dequantisation in double, with the activation rounding written down independently of the kernels.

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "ggml.h"
#include "kernels/half.h"
#include "kernels/kernels.h"
#include "kernels/weights.h"

namespace phonon::kernel_test {

constexpr WeightType kTypes[] = {WeightType::f32,  WeightType::f16,  WeightType::bf16, WeightType::q8_0,
                                 WeightType::q4_0, WeightType::q4_k, WeightType::q6_k};
constexpr Layout kLayouts[] = {Layout::tiled, Layout::rows, Layout::columns};

inline lm_ggml_type ggml_type(WeightType t) {
    switch (t) {
        case WeightType::f32:
            return LM_GGML_TYPE_F32;
        case WeightType::f16:
            return LM_GGML_TYPE_F16;
        case WeightType::bf16:
            return LM_GGML_TYPE_BF16;
        case WeightType::q8_0:
            return LM_GGML_TYPE_Q8_0;
        case WeightType::q4_0:
            return LM_GGML_TYPE_Q4_0;
        case WeightType::q4_k:
            return LM_GGML_TYPE_Q4_K;
        case WeightType::q6_k:
            return LM_GGML_TYPE_Q6_K;
    }
    return LM_GGML_TYPE_F32;
}

inline const char* name(WeightType t) {
    return lm_ggml_type_name(ggml_type(t));
}

// Activations as the product sees them: groups of 32 with an F16 scale, of 256 with a float scale, or rounded values.
inline std::vector<double> rounded_activations(WeightType type, const float* x, int64_t cols) {
    std::vector<double> out(x, x + cols);
    if (type == WeightType::f32) return out;
    if (type == WeightType::f16 || type == WeightType::bf16) {
        for (double& v : out) {
            const auto f = static_cast<float>(v);
            v = type == WeightType::f16 ? lm_ggml_fp16_to_fp32(lm_ggml_fp32_to_fp16(f))
                                        : lm_ggml_bf16_to_fp32(lm_ggml_fp32_to_bf16(f));
        }
        return out;
    }
    const bool k_quant = type == WeightType::q4_k || type == WeightType::q6_k;
    const int64_t group = k_quant ? 256 : 32;
    for (int64_t g = 0; g < cols; g += group) {
        float extreme = 0;
        for (int64_t i = g; i < g + group; i++) extreme = std::fabs(x[i]) > std::fabs(extreme) ? x[i] : extreme;
        if (std::fabs(extreme) <= 1e-30f) extreme = 0;
        const float factor = extreme == 0 ? 0 : k_quant ? -127.0f / extreme : 127.0f / std::fabs(extreme);
        const float scale = k_quant ? (extreme == 0 ? 0 : 1.0f / factor)
                                    : lm_ggml_fp16_to_fp32(lm_ggml_fp32_to_fp16(std::fabs(extreme) / 127.0f));
        for (int64_t i = g; i < g + group; i++) out[i] = std::nearbyint(x[i] * factor) * static_cast<double>(scale);
    }
    return out;
}

// A matrix in the file's format, and what llama.cpp says it means.
struct Matrix {
    WeightType type;
    int64_t rows, cols;
    std::vector<uint8_t> bytes;
    std::vector<float> values;

    Tensor tensor() const { return {type, reinterpret_cast<const std::byte*>(bytes.data()), rows, cols}; }
    void dequantise() {
        values.resize(rows * cols);
        const auto to_float = lm_ggml_get_type_traits(ggml_type(type))->to_float;
        if (to_float == nullptr) {
            memcpy(values.data(), bytes.data(), bytes.size());
        } else {
            to_float(bytes.data(), values.data(), rows * cols);
        }
    }
    std::vector<double> product(const float* x) const {
        const std::vector<double> a = rounded_activations(type, x, cols);
        std::vector<double> y(rows);
        for (int64_t r = 0; r < rows; r++)
            for (int64_t c = 0; c < cols; c++) y[r] += static_cast<double>(values[r * cols + c]) * a[c];
        return y;
    }
};

// The narrowest shape that a type allows, times n.
inline int64_t columns_of(WeightType t, int64_t n) {
    return t == WeightType::q4_k || t == WeightType::q6_k ? 256 * n : 32 * n;
}

inline std::vector<float> random_values(int64_t count, uint32_t seed, float deviation = 1.0f) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(0, deviation);
    std::vector<float> x(count);
    for (float& v : x) v = normal(random);
    return x;
}

inline Matrix quantised(WeightType type, int64_t rows, int64_t cols, const std::vector<float>& values) {
    Matrix m{type, rows, cols, {}, {}};
    m.bytes.resize(rows * row_bytes(type, cols));
    if (type == WeightType::f32) {
        memcpy(m.bytes.data(), values.data(), m.bytes.size());
    } else {
        lm_ggml_quantize_chunk(ggml_type(type), values.data(), m.bytes.data(), 0, rows, cols, nullptr);
    }
    m.dequantise();
    return m;
}

inline Matrix random_matrix(WeightType type, int64_t rows, int64_t cols, uint32_t seed) {
    return quantised(type, rows, cols, random_values(rows * cols, seed));
}

// Every code and every sub-scale that a format can spell, which a quantiser would seldom write. Scales are finite.
inline Matrix random_bytes_matrix(WeightType type, int64_t rows, int64_t cols, uint32_t seed) {
    Matrix m = random_matrix(type, rows, cols, seed);
    if (type == WeightType::f32 || type == WeightType::f16 || type == WeightType::bf16) return m;
    std::mt19937 random(seed);
    const size_t block = row_bytes(type, columns_of(type, 1));
    const size_t begin = type == WeightType::q4_k ? 4 : type == WeightType::q6_k ? 0 : 2;
    const size_t end = type == WeightType::q6_k ? block - 2 : block;
    for (size_t b = 0; b < m.bytes.size(); b += block)
        for (size_t i = begin; i < end; i++) m.bytes[b + i] = static_cast<uint8_t>(random());
    m.dequantise();
    return m;
}

// Squared error over squared reference.
inline double normalised_error(const float* y, const std::vector<double>& expected) {
    double error = 0, power = 0;
    for (size_t i = 0; i < expected.size(); i++) {
        const double e = static_cast<double>(y[i]) - expected[i];
        error += e * e;
        power += expected[i] * expected[i];
    }
    return error == 0 ? 0 : error / (power > 0 ? power : 1e-60);
}

// Sums of a few thousand floats in another order.
constexpr double kTolerance = 1e-10;

}  // namespace phonon::kernel_test
