#pragma once
// Vector kernels for attention, norms and activations.

#include <cmath>

#include "kernels/templates/common.h"

namespace phonon {

// Runs body(i) for whole runs of 16 and body on zero-padded copies for the rest: `tail(i, count)`.
template <class Body, class Tail>
PHONON_INLINE_FN void by_sixteen(int64_t n, const Body& body, const Tail& tail) {
    int64_t i = 0;
    for (; i + 16 <= n; i += 16) body(i);
    if (i < n) tail(i, static_cast<size_t>(n - i));
}

template <typename T>
struct Padded {
    alignas(64) T v[16] = {};
    Padded() = default;
    Padded(const T* p, size_t count) { memcpy(v, p, count * sizeof(T)); }
};

// e^x to about 1.5 units in the last place: x = n ln 2 + b, with the polynomial of Arm's optimized routines, which
// llama.cpp uses too. 2^n is applied in two halves, so that results may be subnormal or infinite.
template <class S>
PHONON_INLINE_FN typename S::F32 exponential(typename S::F32 x) {
    const auto c = [](float a) PHONON_INLINE { return S::splat(a); };
    x = S::min(S::max(x, c(-110.0f)), c(90.0f));
    const typename S::I32 n = S::to_int(S::mul(x, c(0x1.715476p+0f)));
    const typename S::F32 whole = S::to_float(n);
    const typename S::F32 b = S::fma(whole, c(-0x1.7f7d1cp-20f), S::fma(whole, c(-0x1.62e4p-1f), x));
    const typename S::F32 u = S::mul(b, b);
    const typename S::F32 high =
        S::fma(S::fma(c(0x1.0e4020p-7f), b, c(0x1.573e2ep-5f)), u, S::fma(c(0x1.555e66p-3f), b, c(0x1.fffdb6p-2f)));
    const typename S::F32 j = S::fma(high, u, S::mul(c(0x1.ffffecp-1f), b));
    const typename S::I32 first = S::half(n);
    return S::mul(S::mul(S::add(j, c(1.0f)), S::pow2(first)), S::pow2(S::sub(n, first)));
}

template <class S>
static float dot_f16(const float* x, const uint16_t* y, int64_t n) {
    typename S::F32 sum[4];
    for (auto& part : sum) part = S::zero();
    int64_t i = 0;
    for (; i + 64 <= n; i += 64) {
        PHONON_UNROLL
        for (int k = 0; k < 4; k++) sum[k] = S::fma(S::load_f32(x + i + 16 * k), S::load_f16(y + i + 16 * k), sum[k]);
    }
    by_sixteen(
        n - i, [&](int64_t k) { sum[0] = S::fma(S::load_f32(x + i + k), S::load_f16(y + i + k), sum[0]); },
        [&](int64_t k, size_t count) {
            const Padded<float> a(x + i + k, count);
            const Padded<uint16_t> b(y + i + k, count);
            sum[0] = S::fma(S::load_f32(a.v), S::load_f16(b.v), sum[0]);
        });
    return S::reduce_add(S::add(S::add(sum[0], sum[1]), S::add(sum[2], sum[3])));
}

template <class S>
static void axpy_f16(float a, const uint16_t* x, float* y, int64_t n) {
    const typename S::F32 factor = S::splat(a);
    by_sixteen(
        n, [&](int64_t i) { S::store_f32(y + i, S::fma(factor, S::load_f16(x + i), S::load_f32(y + i))); },
        [&](int64_t i, size_t count) {
            const Padded<uint16_t> v(x + i, count);
            Padded<float> w(y + i, count);
            S::store_f32(w.v, S::fma(factor, S::load_f16(v.v), S::load_f32(w.v)));
            memcpy(y + i, w.v, count * sizeof(float));
        });
}

template <class S>
static void to_f16(const float* x, uint16_t* y, int64_t n) {
    by_sixteen(
        n, [&](int64_t i) { S::store_f16(y + i, S::load_f32(x + i)); },
        [&](int64_t i, size_t count) {
            const Padded<float> v(x + i, count);
            Padded<uint16_t> w;
            S::store_f16(w.v, S::load_f32(v.v));
            memcpy(y + i, w.v, count * sizeof(uint16_t));
        });
}

template <class S>
static void from_f16(const uint16_t* x, float* y, int64_t n) {
    by_sixteen(
        n, [&](int64_t i) { S::store_f32(y + i, S::load_f16(x + i)); },
        [&](int64_t i, size_t count) {
            const Padded<uint16_t> v(x + i, count);
            Padded<float> w;
            S::store_f32(w.v, S::load_f16(v.v));
            memcpy(y + i, w.v, count * sizeof(float));
        });
}

// As llama.cpp: squares in float, their sum in double.
template <class S>
static void rms_norm(const float* x, const float* weight, float eps, float* y, int64_t n) {
    double sums[8] = {};
    int64_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; k++) sums[k] += static_cast<double>(x[i + k] * x[i + k]);
    for (; i < n; i++) sums[0] += static_cast<double>(x[i] * x[i]);
    double sum = 0;
    for (double part : sums) sum += part;
    const float mean = static_cast<float>(sum / static_cast<double>(n));
    const float scale = 1.0f / std::sqrt(mean + eps);
    for (int64_t k = 0; k < n; k++) y[k] = x[k] * scale * weight[k];
}

template <class S>
static float softmax(float* x, int64_t n) {
    float highest = x[0];
    for (int64_t i = 0; i < n; i++) highest = x[i] > highest ? x[i] : highest;
    const typename S::F32 shift = S::splat(-highest);
    double sum = 0;  // as llama.cpp: a row's sum in double, its runs in float
    by_sixteen(
        n,
        [&](int64_t i) {
            const typename S::F32 e = exponential<S>(S::add(S::load_f32(x + i), shift));
            S::store_f32(x + i, e);
            sum += static_cast<double>(S::reduce_add(e));
        },
        [&](int64_t i, size_t count) {
            Padded<float> v(x + i, count);
            S::store_f32(v.v, exponential<S>(S::add(S::load_f32(v.v), shift)));
            for (size_t k = 0; k < count; k++) sum += static_cast<double>(v.v[k]);
            memcpy(x + i, v.v, count * sizeof(float));
        });
    const float factor = static_cast<float>(1.0 / sum);
    for (int64_t i = 0; i < n; i++) x[i] *= factor;
    return highest;
}

template <class S, class F>
PHONON_INLINE_FN void gated(const float* gate, const float* up, float* y, int64_t n, const F& f) {
    by_sixteen(
        n, [&](int64_t i) { S::store_f32(y + i, S::mul(f(S::load_f32(gate + i)), S::load_f32(up + i))); },
        [&](int64_t i, size_t count) {
            const Padded<float> a(gate + i, count), b(up + i, count);
            Padded<float> out;
            S::store_f32(out.v, S::mul(f(S::load_f32(a.v)), S::load_f32(b.v)));
            memcpy(y + i, out.v, count * sizeof(float));
        });
}

template <class S>
static void silu_mul(const float* gate, const float* up, float* y, int64_t n) {
    gated<S>(gate, up, y, n, [](typename S::F32 x) PHONON_INLINE {
        return S::div(x, S::add(S::splat(1.0f), exponential<S>(S::neg(x))));
    });
}

template <class S>
static void relu_mul(const float* gate, const float* up, float* y, int64_t n) {
    gated<S>(gate, up, y, n, [](typename S::F32 x) PHONON_INLINE { return S::max(x, S::zero()); });
}

}  // namespace phonon
