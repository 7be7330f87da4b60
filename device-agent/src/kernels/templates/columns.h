#pragma once
// Sums of single columns: what FFN by neuron reads of Down. Codes of four columns are interleaved into the vectors that
// a tile would hold, so that one integer dot product serves 16 rows; the scales of a group are applied once per group.

#include "kernels/templates/pack_columns.h"

namespace phonon {

// sums[r] += acc[r] * what the group's weights at row r, and its activations, are scaled by.
template <class S, WeightType type, int blocks>
PHONON_INLINE_FN void add_scaled(const typename S::I32* acc, const ColumnGroup& group, const ColumnsView& w,
                                 int64_t row, float* sums) {
    using F32 = typename S::F32;
    const F32 scale = S::splat(group.scale);
    if constexpr (type == WeightType::q4_k) {
        const int64_t super = group.group / 8 * w.padded_rows + row;
        const int64_t sub = group.group * w.padded_rows + row;
        const F32 sum = S::splat(static_cast<float>(group.sum));
        PHONON_UNROLL
        for (int k = 0; k < 4 * blocks; k++) {
            const F32 d = S::mul(S::load_u8(w.subscales + sub + 16 * k), S::load_f16(w.scales + super + 16 * k));
            const F32 m = S::mul(S::load_u8(w.subminima + sub + 16 * k), S::load_f16(w.minima + super + 16 * k));
            const F32 term = S::fma(m, sum, S::mul(S::to_float(acc[k]), d));
            S::store_f32(sums + 16 * k, S::fma(term, scale, S::load_f32(sums + 16 * k)));
        }
    } else if constexpr (type == WeightType::q6_k) {
        const uint16_t* d = w.scales + group.group / 16 * w.padded_rows + row;
        const uint8_t* sub = w.subscales + group.group * w.padded_rows + row;
        PHONON_UNROLL
        for (int k = 0; k < 4 * blocks; k++) {
            const F32 factor = S::mul(S::load_i8(sub + 16 * k), S::load_f16(d + 16 * k));
            const F32 term = S::mul(S::to_float(acc[k]), factor);
            S::store_f32(sums + 16 * k, S::fma(term, scale, S::load_f32(sums + 16 * k)));
        }
    } else {
        const uint16_t* d = w.scales + group.group * w.padded_rows + row;
        PHONON_UNROLL
        for (int k = 0; k < 4 * blocks; k++) {
            const F32 factor = S::mul(S::load_f16(d + 16 * k), scale);
            S::store_f32(sums + 16 * k, S::fma(S::to_float(acc[k]), factor, S::load_f32(sums + 16 * k)));
        }
    }
}

// Times 64 rows that are summed at once.
template <class S, WeightType type>
constexpr int kSumBlocks = type == WeightType::q4_0 || type == WeightType::q4_k ? S::kColumnBlocks : 1;

// One group's part in the sums of 64 or (4 bits) 128 rows from `row` on: in those of kSumBlocks of them, from their
// block `first` on.
template <class S, WeightType type>
PHONON_INLINE_FN void add_group(const ColumnsView& w, const ColumnList& list, const ColumnGroup& group, int64_t row,
                                int first, float* sums) {
    constexpr bool four_bit = type == WeightType::q4_0 || type == WeightType::q4_k;
    constexpr int kBlocks = kSumBlocks<S, type>;
    constexpr int kShift = type == WeightType::q4_0   ? 3
                           : type == WeightType::q6_k ? 5
                           : type == WeightType::q8_0 ? S::kByteShift
                                                      : 0;
    typename S::I32 acc[4 * kBlocks];
    PHONON_UNROLL
    for (auto& a : acc) a = kShift == 0 ? S::splat_i(0) : S::template splat_shifted<kShift>(&group.sum);
    for (int32_t q = group.quad_begin; q < group.quad_end; q++) {
        const ColumnQuad& quad = list.quads[q];
        const std::byte* columns[4];
        for (int i = 0; i < 4; i++) columns[i] = w.codes + quad.column[i] * w.column_bytes;
        PHONON_UNROLL
        for (int b = 0; b < kBlocks; b++) {
            typename S::Bytes v[4];
            load_columns<S, four_bit>(columns, row, first + b != 0, v);
            PHONON_UNROLL
            for (int k = 0; k < 4; k++) {
                typename S::I32& a = acc[4 * b + k];
                a = type == WeightType::q8_0 ? S::dot8(a, S::for_dot8(v[k]), quad.code) : S::dot(a, v[k], quad.code);
            }
        }
    }
    add_scaled<S, type, kBlocks>(acc, group, w, row + 64 * first, sums + 64 * first);
}

// Columns that take part are scattered, so nothing else can ask for them in time: while one group is summed, the same
// rows of the next group's columns are fetched.
template <class S, WeightType type>
PHONON_INLINE_FN void fetch_group(const ColumnsView& w, const ColumnList& list, int64_t g, int64_t row) {
    if constexpr (S::kPrefetch) {
        constexpr int kPerByte = type == WeightType::q4_0 || type == WeightType::q4_k ? 2 : 1;
        for (int32_t q = list.groups[g].quad_begin; q < list.groups[g].quad_end; q++) {
            for (const int32_t c : list.quads[q].column) {
                __builtin_prefetch(w.codes + c * w.column_bytes + row / kPerByte, 0, 2);
            }
        }
    }
}

template <class S, WeightType type>
PHONON_INLINE_FN void quant_columns(const ColumnsView& w, const ColumnList& list, int64_t first, int64_t last,
                                    int64_t begin, int64_t end, float* sums) {
    constexpr int kHalves = type == WeightType::q4_0 || type == WeightType::q4_k ? 2 : 1;
    for (int64_t g = first; g < last; g++) {
        const int64_t next = g + 1 < last ? g + 1 : g;
        for (int64_t r = begin; r < end; r += 64 * kHalves) {
            fetch_group<S, type>(w, list, next, r);
            PHONON_UNROLL
            for (int b = 0; b < kHalves; b += kSumBlocks<S, type>) {
                add_group<S, type>(w, list, list.groups[g], r, b, sums + (r - begin));
            }
        }
    }
}

// sums += h[0] * column 0 + ... of `count` columns, in this order. `ahead` columns on, the same number is fetched.
template <class S, WeightType type, int count>
PHONON_INLINE_FN void add_columns(const ColumnsView& w, const ColumnList& list, int64_t k, bool ahead, int64_t begin,
                                  int64_t end, float* sums) {
    constexpr int kBytes = value_bytes(type);
    const std::byte *columns[count], *next[count];
    typename S::F32 h[count];
    PHONON_UNROLL
    for (int i = 0; i < count; i++) {
        columns[i] = w.codes + list.columns[k + i] * w.column_bytes;
        next[i] = ahead ? w.codes + list.columns[k + i + count] * w.column_bytes : columns[i];
        h[i] = S::splat(list.values[k + i]);
    }
    for (int64_t r = begin; r < end; r += kTileRows) {
        typename S::F32 y = S::load_f32(sums + (r - begin));
        PHONON_UNROLL
        for (int i = 0; i < count; i++) {
            if constexpr (S::kPrefetch) __builtin_prefetch(next[i] + r * kBytes, 0, 2);
            y = S::fma(h[i], load_values<S, type>(columns[i] + r * kBytes), y);
        }
        S::store_f32(sums + (r - begin), y);
    }
}

template <class S, WeightType type>
PHONON_INLINE_FN void float_columns(const ColumnsView& w, const ColumnList& list, int64_t first, int64_t last,
                                    int64_t begin, int64_t end, float* sums) {
    int64_t k = first;
    for (; k + 4 <= last; k += 4) add_columns<S, type, 4>(w, list, k, k + 8 <= last, begin, end, sums);
    for (; k < last; k++) add_columns<S, type, 1>(w, list, k, k + 2 <= last, begin, end, sums);
}

template <class S, WeightType type>
static void columns(const ColumnsView& w, const ColumnList& list, int64_t first, int64_t last, int64_t begin,
                    int64_t end, float* sums) {
    memset(sums, 0, static_cast<size_t>(end - begin) * sizeof(float));
    if constexpr (is_float(type)) {
        float_columns<S, type>(w, list, first, last, begin, end, sums);
    } else {
        quant_columns<S, type>(w, list, first, last, begin, end, sums);
    }
}

}  // namespace phonon
