#pragma once
// Sixty-four rows of the columns layout -> four tiles, for products with many tokens.

#include "kernels/templates/common.h"

namespace phonon {

// The bytes of four columns for 64 rows (4 bits: the high or low nibbles of the block that they are in), still in the
// order of interleave4.
template <class S, bool four_bit>
PHONON_INLINE_FN void load_columns(const std::byte* const* columns, int64_t row, bool high, typename S::Bytes* out) {
    typename S::Bytes c[4];
    for (int i = 0; i < 4; i++) {
        if constexpr (four_bit) {
            const typename S::Bytes both = S::load(columns[i] + row / kColumnBlock * 64);
            c[i] = high ? S::high(both) : S::low(both);
        } else {
            c[i] = S::load(columns[i] + row);
        }
    }
    S::interleave4(c, out);
}

// Vector v of interleave4 holds rows 16l + 4v.. in its 16 bytes l: the same 16 bytes of tile l belong there.
template <class S>
PHONON_INLINE_FN void scatter(const typename S::Bytes* vectors, std::byte* const* tiles, int64_t offset) {
    alignas(64) std::byte all[256];
    for (int v = 0; v < 4; v++) S::store(all + 64 * v, vectors[v]);
    for (int v = 0; v < 4; v++)
        for (int l = 0; l < 4; l++) memcpy(tiles[l] + offset + 16 * v, all + 64 * v + 16 * l, 16);
}

// size-byte entries of 64 rows in permuted order -> 16 entries in each tile.
template <int size>
PHONON_INLINE_FN void scatter_scales(const void* permuted, std::byte* const* tiles, int64_t offset) {
    const std::byte* p = static_cast<const std::byte*>(permuted);
    for (int v = 0; v < 4; v++)
        for (int l = 0; l < 4; l++) memcpy(tiles[l] + offset + 4 * v * size, p + (16 * v + 4 * l) * size, 4 * size);
}

template <class S, bool four_bit>
struct ColumnReader {
    const ColumnsView& w;
    int64_t row;
    // Columns 4k .. 4k + 3 of the matrix.
    PHONON_INLINE void quad(int64_t k, typename S::Bytes* out) const {
        const std::byte* columns[4];
        for (int i = 0; i < 4; i++) columns[i] = w.codes + (4 * k + i) * w.column_bytes;
        load_columns<S, four_bit>(columns, row, row % kColumnBlock != 0, out);
    }
    // Columns 4a.. in the low nibbles, 4b.. in the high ones.
    PHONON_INLINE void nibbles(int64_t a, int64_t b, typename S::Bytes* out) const {
        typename S::Bytes x[4], y[4];
        quad(a, x);
        quad(b, y);
        for (int v = 0; v < 4; v++) out[v] = S::pack_nibbles(x[v], y[v]);
    }
};

template <class S, WeightType type>
PHONON_INLINE_FN void pack_columns_groups(const ColumnsView& w, int64_t row, int64_t cols, std::byte* const* tiles) {
    constexpr bool four_bit = type == WeightType::q4_0;
    const ColumnReader<S, four_bit> reader{w, row};
    const int64_t groups = cols / kGroup;
    typename S::Bytes v[4];
    for (int64_t g = 0; g < groups; g++) {
        for (int j = 0; j < (four_bit ? 4 : 8); j++) {
            if constexpr (four_bit) {
                reader.nibbles(g * 8 + j, g * 8 + j + 4, v);
            } else {
                reader.quad(g * 8 + j, v);
            }
            scatter<S>(v, tiles, group_codes_at(type, g) + 64 * j);
        }
        scatter_scales<2>(w.scales + g * w.padded_rows + row, tiles, group_scales_at(type, g));
    }
}

template <class S>
PHONON_INLINE_FN void pack_columns_q4_k(const ColumnsView& w, int64_t row, int64_t cols, std::byte* const* tiles) {
    const ColumnReader<S, true> reader{w, row};
    typename S::Bytes v[4];
    const int64_t supers = cols / kSuper;
    for (int64_t s = 0; s < supers; s++) {
        const int64_t tile = s * kQ4_KTileBytes;
        for (int g = 0; g < 8; g++) {
            scatter_scales<1>(w.subscales + (s * 8 + g) * w.padded_rows + row, tiles, tile + g * 16);
            scatter_scales<1>(w.subminima + (s * 8 + g) * w.padded_rows + row, tiles, tile + 128 + g * 16);
        }
        scatter_scales<2>(w.scales + s * w.padded_rows + row, tiles, tile + 256);
        scatter_scales<2>(w.minima + s * w.padded_rows + row, tiles, tile + 288);
        for (int i = 0; i < 4; i++) {
            for (int j = 0; j < 8; j++) {
                const int64_t k = s * 64 + i * 16 + j;
                reader.nibbles(k, k + 8, v);
                scatter<S>(v, tiles, tile + 320 + i * 512 + j * 64);
            }
        }
    }
}

template <class S>
PHONON_INLINE_FN void pack_columns_q6_k(const ColumnsView& w, int64_t row, int64_t cols, std::byte* const* tiles) {
    const ColumnReader<S, false> reader{w, row};
    const int64_t supers = cols / kSuper;
    for (int64_t s = 0; s < supers; s++) {
        const int64_t tile = s * kQ6_KTileBytes;
        for (int h = 0; h < 16; h++) {
            scatter_scales<1>(w.subscales + (s * 16 + h) * w.padded_rows + row, tiles, tile + h * 16);
        }
        scatter_scales<2>(w.scales + s * w.padded_rows + row, tiles, tile + 256);
        for (int h = 0; h < 16; h++) {
            const int64_t at = tile + 320 + h * 192;
            typename S::Bytes x[4][4], packed[4];  // [columns 4j..][vector]
            for (int j = 0; j < 4; j++) reader.quad(s * 64 + h * 4 + j, x[j]);
            for (int j = 0; j < 2; j++) {
                for (int v = 0; v < 4; v++) packed[v] = S::pack_nibbles(S::low(x[j][v]), S::low(x[j + 2][v]));
                scatter<S>(packed, tiles, at + 64 * j);
            }
            for (int v = 0; v < 4; v++) {
                packed[v] = S::pack_pairs(S::high(x[0][v]), S::high(x[1][v]), S::high(x[2][v]), S::high(x[3][v]));
            }
            scatter<S>(packed, tiles, at + 128);
        }
    }
}

template <WeightType type>
PHONON_INLINE_FN void pack_columns_floats(const ColumnsView& w, int64_t row, int64_t cols, std::byte* const* tiles) {
    constexpr int kBytes = value_bytes(type), kStep = kTileRows * kBytes;
    for (int64_t c = 0; c < cols; c++)
        for (int l = 0; l < 4; l++)
            memcpy(tiles[l] + c * kStep, w.codes + c * w.column_bytes + row * kBytes + l * kStep, kStep);
    for (int64_t c = cols; c < round_up(cols, kFloatColumns); c++)
        for (int l = 0; l < 4; l++) memset(tiles[l] + c * kStep, 0, kStep);
}

template <class S, WeightType type>
static void pack_columns(const ColumnsView& w, int64_t row, int64_t cols, std::byte* first) {
    std::byte* tiles[4];
    for (int l = 0; l < 4; l++) tiles[l] = first + l * tile_bytes(type, cols);
    if constexpr (is_float(type)) {
        pack_columns_floats<type>(w, row, cols, tiles);
    } else if constexpr (type == WeightType::q4_k) {
        pack_columns_q4_k<S>(w, row, cols, tiles);
    } else if constexpr (type == WeightType::q6_k) {
        pack_columns_q6_k<S>(w, row, cols, tiles);
    } else {
        pack_columns_groups<S, type>(w, row, cols, tiles);
    }
}

}  // namespace phonon
