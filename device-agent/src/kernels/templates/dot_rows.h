#pragma once
// Single rows of the file's format against one token: what FFN by neuron reads of Up.
//
// Codes are multiplied as they are; the sums that the biases would have taken away are subtracted a vector of scales at
// a time. Rows that fire are scattered, so nothing but these functions can ask the memory for the next one: `ahead` is
// the row some kilobytes of rows later, fetched as this one is read.

#include "kernels/templates/common.h"

namespace phonon {

constexpr int64_t kRowsAheadBytes = 4096;

template <class S>
PHONON_INLINE_FN void fetch(const std::byte* ahead, int bytes) {
    if constexpr (S::kPrefetch) {
        PHONON_UNROLL
        for (int i = 0; i < bytes; i += 64) __builtin_prefetch(ahead + i, 0, 2);
    }
}

// Codes of groups at p and q, as unsigned bytes where the level's dot product wants those.
template <class S, WeightType type>
PHONON_INLINE_FN typename S::I32 dot_two_groups(const std::byte* p, const std::byte* q, const int8_t* a) {
    if constexpr (type == WeightType::q4_0) {
        return S::dot_unsigned(S::nibbles16(p + 2, q + 2), S::load(a));
    } else if constexpr (S::kByteShift != 0) {
        return S::dot_unsigned(S::flip(S::join(p + 2, q + 2)), S::load(a));
    } else {
        return S::dot_signed(S::join(p + 2, q + 2), S::load(a));
    }
}

// The products' scales of 16 groups, and what their biases add, into sum[0].
template <class S, WeightType type>
PHONON_INLINE_FN void scale_sixteen(const uint16_t* half, const float* x_scales, const int32_t* x_sums, float* scales,
                                    typename S::F32 (&sum)[2]) {
    constexpr int kBias = type == WeightType::q4_0 ? 8 : 1 << S::kByteShift;
    const typename S::F32 both = S::mul(S::load_f16(half), S::load_f32(x_scales));
    S::store_f32(scales, both);
    if constexpr (kBias != 1) {
        const typename S::F32 biases = S::mul(S::to_float(S::load_i32(x_sums)), S::splat(kBias));
        sum[0] = S::fma(biases, both, sum[0]);
    }
}

template <class S, WeightType type>
PHONON_INLINE_FN void dot_sixteen_groups(const std::byte* p, const BlockView& x, int64_t g, typename S::F32 (&sum)[2]) {
    constexpr int kBlock = block_bytes(type);
    alignas(64) uint16_t half[16];
    alignas(64) float scales[16];
    PHONON_UNROLL
    for (int i = 0; i < 16; i++) half[i] = load_u16(p + i * kBlock);
    scale_sixteen<S, type>(half, x.scales + g, x.sums + g, scales, sum);
    PHONON_UNROLL
    for (int i = 0; i < 16; i += 2) {
        const std::byte* q = p + i * kBlock;
        const typename S::F32 dots = S::to_float(dot_two_groups<S, type>(q, q + kBlock, x.codes + (g + i) * kGroup));
        sum[i / 2 % 2] = S::fma(dots, S::two(scales + i), sum[i / 2 % 2]);
    }
}

// The `count` groups, fewer than 16, that a row has left.
template <class S, WeightType type>
PHONON_INLINE_FN void dot_last_groups(const std::byte* p, const BlockView& x, int64_t g, int count,
                                      typename S::F32 (&sum)[2]) {
    constexpr int kBlock = block_bytes(type);
    alignas(64) uint16_t half[16] = {};
    alignas(64) float scales[16] = {}, x_scales[16] = {};
    alignas(64) int32_t sums[16] = {};
    for (int i = 0; i < count; i++) half[i] = load_u16(p + i * kBlock);
    memcpy(x_scales, x.scales + g, static_cast<size_t>(count) * sizeof(float));
    memcpy(sums, x.sums + g, static_cast<size_t>(count) * sizeof(int32_t));
    scale_sixteen<S, type>(half, x_scales, sums, scales, sum);
    for (int i = 0; i < count; i += 2) {
        const std::byte* q = p + i * kBlock;
        alignas(64) int8_t codes[2 * kGroup] = {};  // of an odd last group the second half is zero
        const int groups = i + 1 < count ? 2 : 1;
        memcpy(codes, x.codes + (g + i) * kGroup, static_cast<size_t>(groups * kGroup));
        const typename S::F32 dots = S::to_float(dot_two_groups<S, type>(q, q + (groups - 1) * kBlock, codes));
        sum[0] = S::fma(dots, S::two(scales + i), sum[0]);
    }
}

template <class S, WeightType type>
PHONON_INLINE_FN float dot_groups(const std::byte* row, const std::byte* ahead, int64_t cols, const BlockView& x) {
    constexpr int kBytes = 16 * block_bytes(type);
    typename S::F32 sum[2] = {S::zero(), S::zero()};
    const int64_t groups = cols / kGroup;
    int64_t g = 0;
    for (; g + 16 <= groups; g += 16, row += kBytes, ahead += kBytes) {
        fetch<S>(ahead, kBytes);
        dot_sixteen_groups<S, type>(row, x, g, sum);
    }
    if (g < groups) dot_last_groups<S, type>(row, x, g, static_cast<int>(groups - g), sum);
    return S::reduce_add(S::add(sum[0], sum[1]));
}

template <class S>
PHONON_INLINE_FN float dot_q4_k(const std::byte* row, const std::byte* ahead, int64_t cols, const BlockView& x) {
    typename S::F32 sum = S::zero();
    float minima_sum = 0;
    for (int64_t s = 0; s < cols / kSuper; s++, row += kQ4_KBytes, ahead += kQ4_KBytes) {
        fetch<S>(ahead, kQ4_KBytes);
        uint8_t scales[8], minima[8];
        unpack_q4_k_scales(as<uint8_t>(row + 4), scales, minima);
        typename S::F32 part = S::zero();
        PHONON_UNROLL
        for (int i = 0; i < 4; i++) {
            const typename S::Bytes w = S::nibbles32(row + 16 + 32 * i);
            const typename S::I32 dots = S::dot_unsigned(w, S::load(x.codes + s * kSuper + 64 * i));
            const float two[2] = {static_cast<float>(scales[2 * i]), static_cast<float>(scales[2 * i + 1])};
            part = S::fma(S::to_float(dots), S::two(two), part);
        }
        float even = 0, odd = 0;
        for (int g = 0; g < 8; g += 2) {
            even += static_cast<float>(minima[g]) * x.group_sums[s * 8 + g];
            odd += static_cast<float>(minima[g + 1]) * x.group_sums[s * 8 + g + 1];
        }
        sum = S::fma(part, S::splat(S::half_to_float(load_u16(row)) * x.scales[s]), sum);
        minima_sum += (even + odd) * S::half_to_float(load_u16(row + 2)) * x.scales[s];
    }
    return S::reduce_add(sum) + minima_sum;
}

template <class S>
PHONON_INLINE_FN float dot_q6_k(const std::byte* row, const std::byte* ahead, int64_t cols, const BlockView& x) {
    typename S::F32 sum = S::zero();
    for (int64_t s = 0; s < cols / kSuper; s++, row += kQ6_KBytes, ahead += kQ6_KBytes) {
        fetch<S>(ahead, kQ6_KBytes);
        alignas(64) float scales[16];
        S::store_f32(scales, S::load_i8(row + 192));
        const typename S::F32 biases = S::mul(S::to_float(S::load_i32(x.sums + 16 * s)), S::splat(32.0f));
        typename S::F32 part = S::mul(biases, S::load_f32(scales));
        PHONON_UNROLL
        for (int i = 0; i < 2; i++) {
            const typename S::Bytes low = S::load(row + 64 * i);
            const std::byte* high = row + 128 + 32 * i;
            const int8_t* c = x.codes + s * kSuper + 128 * i;
            const typename S::Bytes w0 = S::bit_or(S::low(low), S::template pairs32<0>(high));
            const typename S::Bytes w1 = S::bit_or(S::high(low), S::template pairs32<4>(high));
            part = S::fma(S::to_float(S::dot_unsigned(w0, S::load(c))), S::four(scales + 8 * i), part);
            part = S::fma(S::to_float(S::dot_unsigned(w1, S::load(c + 64))), S::four(scales + 8 * i + 4), part);
        }
        sum = S::fma(part, S::splat(S::half_to_float(load_u16(row + 208)) * x.scales[s]), sum);
    }
    return S::reduce_add(sum);
}

template <class S, WeightType type>
PHONON_INLINE_FN float dot_floats(const std::byte* row, const std::byte* ahead, int64_t cols, const BlockView& x) {
    constexpr int kBytes = value_bytes(type);
    typename S::F32 sum[4];
    for (auto& part : sum) part = S::zero();
    int64_t c = 0;
    for (; c + 64 <= cols; c += 64) {
        fetch<S>(ahead + c * kBytes, 64 * kBytes);
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
    const auto bytes = static_cast<int64_t>(row_bytes);
    const auto row_at = [&](int64_t k) { return base + (rows != nullptr ? rows[k] : k) * bytes; };
    const int64_t distance = kRowsAheadBytes / bytes + 1;
    for (int64_t k = 0; k < count; k++) {
        const std::byte *row = row_at(k), *ahead = row_at(k + distance < count ? k + distance : count - 1);
        if constexpr (is_float(type)) {
            y[k] = dot_floats<S, type>(row, ahead, cols, x);
        } else if constexpr (type == WeightType::q4_k) {
            y[k] = dot_q4_k<S>(row, ahead, cols, x);
        } else if constexpr (type == WeightType::q6_k) {
            y[k] = dot_q6_k<S>(row, ahead, cols, x);
        } else {
            y[k] = dot_groups<S, type>(row, ahead, cols, x);
        }
    }
}

}  // namespace phonon
