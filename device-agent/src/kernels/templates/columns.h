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
    const int64_t supers = w.cols / kSuper;
    const F32 scale = S::splat(group.scale);
    PHONON_UNROLL
    for (int k = 0; k < 4 * blocks; k++) {
        const int64_t at = row + 16 * k;
        F32 y = S::load_f32(sums + 16 * k);
        const F32 dot = S::to_float(acc[k]);
        if constexpr (type == WeightType::q4_k) {
            const int64_t super = column_scale_at(supers, group.group / 8, at);
            const int64_t sub = column_scale_at(supers * 8, group.group, at);
            const F32 d = S::mul(S::load_u8(w.subscales + sub), S::load_f16(w.scales + super));
            const F32 m = S::mul(S::load_u8(w.subminima + sub), S::load_f16(w.minima + super));
            y = S::fma(S::fma(m, S::splat(static_cast<float>(group.sum)), S::mul(dot, d)), scale, y);
        } else if constexpr (type == WeightType::q6_k) {
            const int64_t super = column_scale_at(supers, group.group / 16, at);
            const int64_t sub = column_scale_at(supers * 16, group.group, at);
            y = S::fma(S::mul(dot, S::mul(S::load_i8(w.subscales + sub), S::load_f16(w.scales + super))), scale, y);
        } else {
            const F32 d = S::load_f16(w.scales + column_scale_at(w.cols / kGroup, group.group, at));
            y = S::fma(dot, S::mul(d, scale), y);
        }
        S::store_f32(sums + 16 * k, y);
    }
}

// 64 or (4 bits) 128 rows of one group.
template <class S, WeightType type>
PHONON_INLINE_FN void add_group(const ColumnsView& w, const ColumnList& list, const ColumnGroup& group, int64_t row,
                                float* sums) {
    constexpr bool four_bit = type == WeightType::q4_0 || type == WeightType::q4_k;
    constexpr int kBlocks = four_bit ? 2 : 1;
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
            load_columns<S, four_bit>(columns, row + (four_bit ? 0 : 64 * b), b != 0, v);
            PHONON_UNROLL
            for (int k = 0; k < 4; k++) {
                typename S::I32& a = acc[4 * b + k];
                a = type == WeightType::q8_0 ? S::dot8(a, S::for_dot8(v[k]), quad.code) : S::dot(a, v[k], quad.code);
            }
        }
    }
    add_scaled<S, type, kBlocks>(acc, group, w, row, sums);
}

// Columns that take part are scattered, so nothing else can ask for them in time.
constexpr int kGroupsAhead = 2;
constexpr int kColumnsAhead = 8;

template <class S, WeightType type>
PHONON_INLINE_FN void fetch_group(const ColumnsView& w, const ColumnList& list, int64_t g, int64_t begin, int64_t end) {
    if constexpr (S::kPrefetch) {
        if (g >= list.group_count) return;
        constexpr int kPerByte = type == WeightType::q4_0 || type == WeightType::q4_k ? 2 : 1;
        for (int32_t q = list.groups[g].quad_begin; q < list.groups[g].quad_end; q++) {
            for (const int32_t c : list.quads[q].column) {
                const std::byte* p = w.codes + c * w.column_bytes;
                for (int64_t i = begin / kPerByte; i < end / kPerByte; i += 64) __builtin_prefetch(p + i, 0, 3);
            }
        }
    }
}

template <class S, WeightType type>
PHONON_INLINE_FN void quant_columns(const ColumnsView& w, const ColumnList& list, int64_t begin, int64_t end,
                                    float* sums) {
    constexpr int kStep = type == WeightType::q4_0 || type == WeightType::q4_k ? 128 : 64;
    for (int64_t g = 0; g < list.group_count; g++) {
        fetch_group<S, type>(w, list, g + kGroupsAhead, begin, end);
        for (int64_t r = begin; r < end; r += kStep) add_group<S, type>(w, list, list.groups[g], r, sums + (r - begin));
    }
}

// sums += h[0] * column 0 + ... of `count` columns, in this order.
template <class S, WeightType type, int count>
PHONON_INLINE_FN void add_columns(const ColumnsView& w, const ColumnList& list, int64_t k, int64_t begin, int64_t end,
                                  float* sums) {
    constexpr int kBytes = value_bytes(type);
    const std::byte* columns[count];
    typename S::F32 h[count];
    PHONON_UNROLL
    for (int i = 0; i < count; i++) {
        columns[i] = w.codes + list.columns[k + i] * w.column_bytes;
        h[i] = S::splat(list.values[k + i]);
    }
    for (int64_t r = begin; r < end; r += kTileRows) {
        typename S::F32 y = S::load_f32(sums + (r - begin));
        PHONON_UNROLL
        for (int i = 0; i < count; i++) y = S::fma(h[i], load_values<S, type>(columns[i] + r * kBytes), y);
        S::store_f32(sums + (r - begin), y);
    }
}

template <class S, WeightType type>
PHONON_INLINE_FN void float_columns(const ColumnsView& w, const ColumnList& list, int64_t begin, int64_t end,
                                    float* sums) {
    constexpr int kBytes = value_bytes(type);
    int64_t k = 0;
    for (; k + 4 <= list.count; k += 4) {
        if constexpr (S::kPrefetch) {
            for (int64_t c = k + kColumnsAhead; c < k + kColumnsAhead + 4 && c < list.count; c++) {
                const std::byte* p = w.codes + list.columns[c] * w.column_bytes;
                for (int64_t i = begin * kBytes; i < end * kBytes; i += 64) __builtin_prefetch(p + i, 0, 3);
            }
        }
        add_columns<S, type, 4>(w, list, k, begin, end, sums);
    }
    for (; k < list.count; k++) add_columns<S, type, 1>(w, list, k, begin, end, sums);
}

template <class S, WeightType type>
static void columns(const ColumnsView& w, const ColumnList& list, int64_t begin, int64_t end, float* y) {
    alignas(64) float sums[kColumnChunk] = {};
    const int64_t padded_end = begin + round_up(end - begin, kColumnBlock);
    if constexpr (is_float(type)) {
        float_columns<S, type>(w, list, begin, padded_end, sums);
        memcpy(y, sums, static_cast<size_t>(end - begin) * sizeof(float));
    } else {
        quant_columns<S, type>(w, list, begin, padded_end, sums);
        for (int64_t r = 0; r < end - begin; r += 4) {  // four rows at a time stay together in permuted order
            const int64_t rest = end - begin - r;
            memcpy(y + r, sums + permuted_row(r), static_cast<size_t>(rest < 4 ? rest : 4) * sizeof(float));
        }
    }
}

}  // namespace phonon
