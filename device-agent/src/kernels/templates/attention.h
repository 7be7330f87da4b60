#pragma once
// Products of attention: one query with many keys of the cache, many values with their weights, and blocks of both.

#include <type_traits>

#include "kernels/templates/vectors.h"

namespace phonon {

// y[j] = x . row j, for `count` rows of n values each, `stride` apart.
template <class S>
static void dots_f16(const float* x, const uint16_t* rows, int64_t stride, int64_t count, float* y, int64_t n) {
    constexpr int kRows = 4;
    int64_t j = 0;
    for (; n % 16 == 0 && j + kRows <= count; j += kRows) {
        const uint16_t* row = rows + j * stride;
        typename S::F32 sum[kRows];
        for (auto& s : sum) s = S::zero();
        for (int64_t i = 0; i < n; i += 16) {
            const typename S::F32 v = S::load_f32(x + i);
            PHONON_UNROLL
            for (int r = 0; r < kRows; r++) sum[r] = S::fma(v, S::load_f16(row + r * stride + i), sum[r]);
        }
        PHONON_UNROLL
        for (int r = 0; r < kRows; r++) y[j + r] = S::reduce_add(sum[r]);
    }
    for (; j < count; j++) y[j] = dot_f16<S>(x, rows + j * stride, n);
}

// y += sum over j of a[j] * row j.
template <class S>
static void weighted_rows_f16(const float* a, const uint16_t* rows, int64_t stride, int64_t count, float* y,
                              int64_t n) {
    constexpr int kVectors = 4;
    int64_t i = 0;
    for (; i + 16 * kVectors <= n; i += 16 * kVectors) {
        typename S::F32 sum[kVectors];
        for (int v = 0; v < kVectors; v++) sum[v] = S::load_f32(y + i + 16 * v);
        for (int64_t j = 0; j < count; j++) {
            const typename S::F32 factor = S::splat(a[j]);
            const uint16_t* row = rows + j * stride + i;
            PHONON_UNROLL
            for (int v = 0; v < kVectors; v++) sum[v] = S::fma(factor, S::load_f16(row + 16 * v), sum[v]);
        }
        for (int v = 0; v < kVectors; v++) S::store_f32(y + i + 16 * v, sum[v]);
    }
    if (i == n) return;
    for (int64_t j = 0; j < count; j++) axpy_f16<S>(a[j], rows + j * stride + i, y + i, n - i);
}

// `rows` rows of c += a b, 16 columns of b and c at a time.
template <class S, int rows>
PHONON_INLINE_FN void multiply_add_rows(const float* a, int64_t a_stride, const float* b, int64_t b_stride, float* c,
                                        int64_t c_stride, int64_t n, int64_t k) {
    for (int64_t j = 0; j < n; j += 16) {
        typename S::F32 sum[rows];
        PHONON_UNROLL
        for (int r = 0; r < rows; r++) sum[r] = S::load_f32(c + r * c_stride + j);
        for (int64_t i = 0; i < k; i++) {
            const typename S::F32 row = S::load_f32(b + i * b_stride + j);
            PHONON_UNROLL
            for (int r = 0; r < rows; r++) sum[r] = S::fma(S::splat(a[r * a_stride + i]), row, sum[r]);
        }
        PHONON_UNROLL
        for (int r = 0; r < rows; r++) S::store_f32(c + r * c_stride + j, sum[r]);
    }
}

// c[m][n] += a[m][k] b[k][n]. REQUIRES n a multiple of 16.
template <class S>
static void multiply_add(const float* a, int64_t a_stride, const float* b, int64_t b_stride, float* c, int64_t c_stride,
                         int64_t m, int64_t n, int64_t k) {
    constexpr int kRows = S::kFloatTokens;
    constexpr int kFewRows = kRows > 8 ? 8 : 2;
    const auto rows = [&](int64_t r, auto count) PHONON_INLINE {
        multiply_add_rows<S, count.value>(a + r * a_stride, a_stride, b, b_stride, c + r * c_stride, c_stride, n, k);
    };
    int64_t r = 0;
    for (; r + kRows <= m; r += kRows) rows(r, std::integral_constant<int, kRows>());
    for (; r + kFewRows <= m; r += kFewRows) rows(r, std::integral_constant<int, kFewRows>());
    for (; r < m; r++) rows(r, std::integral_constant<int, 1>());
}

}  // namespace phonon
