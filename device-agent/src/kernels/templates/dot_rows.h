#pragma once
// Single rows of the file's format against one token: what FFN by neuron reads of Up.

#include "kernels/templates/common.h"

namespace phonon {

template <class S, bool four_bit>
PHONON_INLINE_FN float dot_groups(const std::byte* row, int64_t cols, const BlockView& x) {
    constexpr int kBlock = four_bit ? kQ4_0Bytes : kQ8_0Bytes;
    constexpr int kBias = four_bit ? 8 : 128;
    typename S::F32 sum = S::zero();
    const int64_t groups = cols / kGroup;
    const auto pair = [&](int64_t g, int64_t h, float second) PHONON_INLINE {
        const std::byte *p = row + g * kBlock, *q = row + h * kBlock;
        typename S::Bytes w;
        if constexpr (four_bit) {
            w = S::nibbles16(p + 2, q + 2);
        } else {
            w = S::flip(S::join(p + 2, q + 2));
        }
        const typename S::Bytes a = S::join(x.codes + g * kGroup, x.codes + h * kGroup);
        const typename S::F32 scale =
            S::two(f16_to_float(load_u16(p)) * x.scales[g], f16_to_float(load_u16(q)) * x.scales[h] * second);
        sum = S::fma(S::to_float(S::template dot_rows<kBias>(w, a)), scale, sum);
    };
    int64_t g = 0;
    for (; g + 1 < groups; g += 2) pair(g, g + 1, 1.0f);
    if (g < groups) pair(g, g, 0.0f);
    return S::reduce_add(sum);
}

template <class S>
PHONON_INLINE_FN float dot_q4_k(const std::byte* row, int64_t cols, const BlockView& x) {
    typename S::F32 sum = S::zero();
    float minima_sum = 0;
    for (int64_t s = 0; s < cols / kSuper; s++, row += kQ4_KBytes) {
        uint8_t scales[8], minima[8];
        unpack_q4_k_scales(as<uint8_t>(row + 4), scales, minima);
        typename S::F32 part = S::zero();
        float part_minima = 0;
        for (int i = 0; i < 4; i++) {
            const typename S::Bytes w = S::nibbles32(row + 16 + 32 * i);
            const typename S::I32 dots = S::template dot_rows<0>(w, S::load(x.codes + s * kSuper + 64 * i));
            part = S::fma(S::to_float(dots), S::two(scales[2 * i], scales[2 * i + 1]), part);
        }
        for (int g = 0; g < 8; g++) part_minima += static_cast<float>(minima[g]) * x.group_sums[s * 8 + g];
        sum = S::fma(part, S::splat(f16_to_float(load_u16(row)) * x.scales[s]), sum);
        minima_sum += part_minima * f16_to_float(load_u16(row + 2)) * x.scales[s];
    }
    return S::reduce_add(sum) + minima_sum;
}

template <class S>
PHONON_INLINE_FN float dot_q6_k(const std::byte* row, int64_t cols, const BlockView& x) {
    typename S::F32 sum = S::zero();
    for (int64_t s = 0; s < cols / kSuper; s++, row += kQ6_KBytes) {
        const int8_t* scales = as<int8_t>(row + 192);
        typename S::F32 part = S::zero();
        for (int i = 0; i < 2; i++) {
            const typename S::Bytes low = S::load(row + 64 * i);
            const std::byte* high = row + 128 + 32 * i;
            const int8_t *c = x.codes + s * kSuper + 128 * i, *k = scales + 8 * i;
            const typename S::Bytes w0 = S::bit_or(S::low(low), S::template pairs32<0>(high));
            const typename S::Bytes w1 = S::bit_or(S::high(low), S::template pairs32<4>(high));
            part = S::fma(S::to_float(S::template dot_rows<32>(w0, S::load(c))), S::four(k[0], k[1], k[2], k[3]), part);
            part = S::fma(S::to_float(S::template dot_rows<32>(w1, S::load(c + 64))), S::four(k[4], k[5], k[6], k[7]),
                          part);
        }
        sum = S::fma(part, S::splat(f16_to_float(load_u16(row + 208)) * x.scales[s]), sum);
    }
    return S::reduce_add(sum);
}

template <class S, WeightType type>
PHONON_INLINE_FN float dot_floats(const std::byte* row, int64_t cols, const BlockView& x) {
    constexpr int kBytes = value_bytes(type);
    typename S::F32 sum[4];
    for (auto& part : sum) part = S::zero();
    int64_t c = 0;
    for (; c + 64 <= cols; c += 64) {
        PHONON_UNROLL
        for (int i = 0; i < 4; i++) {
            const int64_t k = c + 16 * i;
            sum[i] = S::fma(load_values<S, type>(row + k * kBytes), S::load_f32(x.values + k), sum[i]);
        }
    }
    for (; c < cols; c += 16) {
        alignas(64) std::byte last[64] = {};
        memcpy(last, row + c * kBytes, static_cast<size_t>((cols - c < 16 ? cols - c : 16) * kBytes));
        sum[0] = S::fma(load_values<S, type>(last), S::load_f32(x.values + c), sum[0]);
    }
    return S::reduce_add(S::add(S::add(sum[0], sum[1]), S::add(sum[2], sum[3])));
}

template <class S, WeightType type>
static void dot_rows(const std::byte* base, size_t row_bytes, const int32_t* rows, int64_t count, int64_t cols,
                     const BlockView& x, float* y) {
    for (int64_t k = 0; k < count; k++) {
        const std::byte* row = base + (rows != nullptr ? rows[k] : k) * static_cast<int64_t>(row_bytes);
        if constexpr (S::kPrefetch) {
            // Rows that fire are scattered: the hardware's stream detection starts anew in each.
            if (rows != nullptr && k + 1 < count) {
                const std::byte* next = base + rows[k + 1] * static_cast<int64_t>(row_bytes);
                for (size_t i = 0; i < row_bytes; i += 64) __builtin_prefetch(next + i, 0, 3);
            }
        }
        if constexpr (is_float(type)) {
            y[k] = dot_floats<S, type>(row, cols, x);
        } else if constexpr (type == WeightType::q4_k) {
            y[k] = dot_q4_k<S>(row, cols, x);
        } else if constexpr (type == WeightType::q6_k) {
            y[k] = dot_q6_k<S>(row, cols, x);
        } else {
            y[k] = dot_groups<S, type == WeightType::q4_0>(row, cols, x);
        }
    }
}

}  // namespace phonon
