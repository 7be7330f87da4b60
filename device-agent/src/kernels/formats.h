#pragma once
// GGUF's weight formats, and the tiled form of each.
//
// A tile holds 16 rows over all columns, so that one vector instruction multiplies four columns of 16 rows by the same
// four activations. A "vector" below is 64 bytes: [16 rows][4 columns] as bytes, or as two nibbles of which the high
// ones belong to other columns. Codes are unsigned; `bias` says what to subtract.
//
//   q8_0  per two groups: [2][16] f16 scale, [2][8 vectors]                                    bias 128
//   q4_0  per two groups: [2][16] f16 scale, [2][4 vectors: columns 4j.. low, 16+4j.. high]    bias 8
//   q4_k  per 256 columns: [8][16] u8 scale, [8][16] u8 minimum, [16] f16 d, [16] f16 dmin,
//         [4][8 vectors, low: group 2i, high: group 2i+1]                                      bias 0
//   q6_k  per 256 columns: [16][16] i8 scale, [16] f16 d, 32 unused bytes,
//         [16] times per 16 columns: low nibbles of columns 0.. | 8.., of 4.. | 12.., and the
//         2-bit high parts of all four                                                         bias 32
//   f32, f16, bf16  [cols, padded to 16 with zeros][16]

#include <cstddef>
#include <cstdint>

#include "kernels/weights.h"

namespace phonon {

constexpr int kTileRows = 16;
constexpr int kGroup = 32;         // columns that share a scale in q4_0 and q8_0, and a sub-scale in q4_k
constexpr int kSuper = 256;        // columns that share d in q4_k and q6_k
constexpr int kFloatColumns = 16;  // float tiles and activations are padded to this many columns

constexpr int kQ4_0Bytes = 18, kQ8_0Bytes = 34, kQ4_KBytes = 144, kQ6_KBytes = 210;
constexpr int kQ4_KTileBytes = 8 * 16 + 8 * 16 + 32 + 32 + 2048;
constexpr int kQ6_KTileBytes = 16 * 16 + 64 + 3072;

constexpr int64_t round_up(int64_t n, int64_t multiple) {
    return (n + multiple - 1) / multiple * multiple;
}

constexpr bool is_float(WeightType t) {
    return t == WeightType::f32 || t == WeightType::f16 || t == WeightType::bf16;
}
constexpr bool is_k_quant(WeightType t) {
    return t == WeightType::q4_k || t == WeightType::q6_k;
}
// Whether a column may have scales of its own: ColumnsView::transposed.
constexpr bool can_be_transposed(WeightType t) {
    return t == WeightType::q8_0 || t == WeightType::q4_0;
}
constexpr int value_bytes(WeightType t) {
    return t == WeightType::f32 ? 4 : 2;
}  // of float types

// Columns that one block of the file's format holds: cols must be a multiple of it.
constexpr int block_columns(WeightType t) {
    return is_float(t) ? 1 : is_k_quant(t) ? kSuper : kGroup;
}

constexpr int block_bytes(WeightType t) {
    switch (t) {
        case WeightType::f32:
            return 4;
        case WeightType::f16:
        case WeightType::bf16:
            return 2;
        case WeightType::q8_0:
            return kQ8_0Bytes;
        case WeightType::q4_0:
            return kQ4_0Bytes;
        case WeightType::q4_k:
            return kQ4_KBytes;
        case WeightType::q6_k:
            return kQ6_KBytes;
    }
    return 0;
}

constexpr int64_t row_size_of(WeightType t, int64_t cols) {
    return cols / block_columns(t) * block_bytes(t);
}

// Where q8_0 and q4_0 tiles hold group g. Scales stand beside their codes, so that a matrix is one stream to the
// memory.
constexpr int64_t group_code_bytes(WeightType t) {
    return t == WeightType::q4_0 ? 256 : 512;
}
constexpr int64_t group_codes_at(WeightType t, int64_t g) {
    return g * group_code_bytes(t) + (g / 2 + 1) * 64;
}
constexpr int64_t group_scales_at(WeightType t, int64_t g) {
    return g / 2 * (2 * group_code_bytes(t) + 64) + g % 2 * 32;
}

// Bytes of one tile, a multiple of 64.
constexpr int64_t tile_bytes(WeightType t, int64_t cols) {
    const int64_t groups = cols / kGroup, supers = cols / kSuper;
    switch (t) {
        case WeightType::f32:
        case WeightType::f16:
        case WeightType::bf16:
            return round_up(cols, kFloatColumns) * kTileRows * value_bytes(t);
        case WeightType::q8_0:
        case WeightType::q4_0:
            return groups * group_code_bytes(t) + (groups + 1) / 2 * 64;
        case WeightType::q4_k:
            return supers * kQ4_KTileBytes;
        case WeightType::q6_k:
            return supers * kQ6_KTileBytes;
    }
    return 0;
}

// Tiles of a two-bit copy: see templates/two_bit_tiles.h. `group` columns share a scale: 32, 64 or 128.
constexpr int64_t two_bit_scale_bytes(int64_t cols, int64_t group) {
    return round_up(cols / group * 2 * kTileRows, 64);
}
constexpr int64_t two_bit_tile_bytes(int64_t cols, int64_t group) {
    return two_bit_scale_bytes(cols, group) + cols / kGroup * 128;
}

// q4_k packs eight 6-bit scales and eight 6-bit minima into 12 bytes.
static inline void unpack_q4_k_scales(const uint8_t* packed, uint8_t* scales, uint8_t* minima) {
    for (int j = 0; j < 4; j++) {
        scales[j] = packed[j] & 63;
        minima[j] = packed[j + 4] & 63;
        scales[j + 4] = static_cast<uint8_t>((packed[j + 8] & 15) | (packed[j] >> 6) << 4);
        minima[j + 4] = static_cast<uint8_t>(packed[j + 8] >> 4 | (packed[j + 4] >> 6) << 4);
    }
}

}  // namespace phonon
