#pragma once
// Activations of one token -> int8, exactly as llama.cpp rounds them for the same weights.

#include "kernels/templates/common.h"

namespace phonon {

// Below this an activation group counts as zero: 127 / amax would overflow, and F16 holds no such scale.
constexpr float kSmallest = 1e-30f;

// Rounds 16 values and returns the sum of their codes.
template <class S>
PHONON_INLINE_FN int32_t round_codes(const float* x, float factor, int8_t* codes) {
    const typename S::I32 v = S::to_int(S::mul(S::load_f32(x), S::splat(factor)));
    S::store_i8(codes, v);
    return S::reduce_add(v);
}

template <class S>
static void quantize_q8_0(const float* x, int64_t cols, int8_t* codes, float* scales, int32_t* sums) {
    for (int64_t g = 0; g < cols / kGroup; g++, x += kGroup, codes += kGroup) {
        const typename S::F32 a = S::load_f32(x), b = S::load_f32(x + 16);
        const float amax = S::reduce_max(S::max(S::max(a, S::neg(a)), S::max(b, S::neg(b))));
        const float factor = amax > kSmallest ? 127.0f / amax : 0.0f;
        scales[g] = f16_to_float(float_to_f16(amax / 127.0f));
        sums[g] = -(round_codes<S>(x, factor, codes) + round_codes<S>(x + 16, factor, codes + 16));
    }
}

// The value of largest magnitude, the first one where two have it.
template <class S>
PHONON_INLINE_FN float signed_max(const float* x, int n) {
    typename S::F32 high = S::load_f32(x), low = S::neg(high);
    for (int i = 16; i < n; i += 16) {
        const typename S::F32 v = S::load_f32(x + i);
        high = S::max(high, v);
        low = S::max(low, S::neg(v));
    }
    const float positive = S::reduce_max(high), negative = S::reduce_max(low);
    if (positive != negative) return positive > negative ? positive : -negative;
    for (int i = 0; i < n; i++) {
        if (x[i] == positive || x[i] == -positive) return x[i];
    }
    return 0;
}

template <class S>
static void quantize_q8_k(const float* x, int64_t cols, int8_t* codes, float* scales, int32_t* sums,
                          float* group_sums) {
    for (int64_t s = 0; s < cols / kSuper; s++, x += kSuper, codes += kSuper, sums += 16, group_sums += 8) {
        const float extreme = signed_max<S>(x, kSuper);
        const bool zero = !(extreme > kSmallest || extreme < -kSmallest);
        const float factor = zero ? 0.0f : -127.0f / extreme;
        scales[s] = zero ? 0.0f : 1.0f / factor;
        for (int h = 0; h < 16; h++) sums[h] = -round_codes<S>(x + 16 * h, factor, codes + 16 * h);
        for (int g = 0; g < 8; g++) group_sums[g] = static_cast<float>(sums[2 * g] + sums[2 * g + 1]);
    }
}

}  // namespace phonon
