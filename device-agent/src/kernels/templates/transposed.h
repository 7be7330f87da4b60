#pragma once
// Columns with scales of their own: column c is row c of the transposed matrix in the file's format, Q8_0 or Q4_0.

#include "kernels/templates/common.h"

namespace phonon {

// The 32 codes of a block, without their scale.
template <class S, WeightType type>
PHONON_INLINE_FN void load_codes(const std::byte* block, typename S::F32 (&out)[2]) {
    if constexpr (type == WeightType::q8_0) {
        out[0] = S::load_i8(block + 2);
        out[1] = S::load_i8(block + 18);
    } else {
        S::load_nibbles(block + 2, out[0], out[1]);
        PHONON_UNROLL
        for (auto& codes : out) codes = S::add(codes, S::splat(-8.0f));
    }
}

// sums += h[k] * column k + ... of `count` columns, in this order. `ahead` columns on, the same number is fetched.
template <class S, WeightType type, int count>
PHONON_INLINE_FN void add_transposed(const ColumnsView& w, const ColumnList& list, int64_t k, bool ahead, int64_t begin,
                                     int64_t end, float* sums) {
    constexpr int64_t kBytes = block_bytes(type);
    const std::byte *columns[count], *next[count];
    PHONON_UNROLL
    for (int i = 0; i < count; i++) {
        columns[i] = w.codes + list.columns[k + i] * w.column_bytes;
        next[i] = ahead ? w.codes + list.columns[k + i + count] * w.column_bytes : columns[i];
    }
    for (int64_t r = begin; r < end; r += kGroup) {
        const int64_t at = r / kGroup * kBytes;
        typename S::F32 first = S::load_f32(sums + (r - begin)), second = S::load_f32(sums + (r - begin) + 16);
        PHONON_UNROLL
        for (int i = 0; i < count; i++) {
            if constexpr (S::kPrefetch) __builtin_prefetch(next[i] + at, 0, 2);
            typename S::F32 codes[2];
            load_codes<S, type>(columns[i] + at, codes);
            const typename S::F32 factor = S::splat(list.values[k + i] * f16_to_float(load_u16(columns[i] + at)));
            first = S::fma(factor, codes[0], first);
            second = S::fma(factor, codes[1], second);
        }
        S::store_f32(sums + (r - begin), first);
        S::store_f32(sums + (r - begin) + 16, second);
    }
}

// Each row's sum is taken column after column, however many go together.
template <class S, WeightType type>
static void transposed_columns(const ColumnsView& w, const ColumnList& list, int64_t first, int64_t last, int64_t begin,
                               int64_t end, float* sums) {
    memset(sums, 0, static_cast<size_t>(end - begin) * sizeof(float));
    int64_t k = first;
    for (; k + 4 <= last; k += 4) add_transposed<S, type, 4>(w, list, k, k + 8 <= last, begin, end, sums);
    for (; k < last; k++) add_transposed<S, type, 1>(w, list, k, k + 2 <= last, begin, end, sums);
}

template <class S, WeightType type>
static void unpack_columns(const ColumnsView& w, int64_t first, int64_t count, int64_t begin, int64_t end, float* out) {
    constexpr int64_t kBytes = block_bytes(type);
    for (int64_t c = 0; c < count; c++) {
        const std::byte* column = w.codes + (first + c) * w.column_bytes;
        for (int64_t r = begin; r < end; r += kGroup, out += kGroup) {
            const std::byte* block = column + r / kGroup * kBytes;
            typename S::F32 codes[2];
            load_codes<S, type>(block, codes);
            const typename S::F32 scale = S::splat(f16_to_float(load_u16(block)));
            S::store_f32(out, S::mul(scale, codes[0]));
            S::store_f32(out + 16, S::mul(scale, codes[1]));
        }
    }
}

}  // namespace phonon
