#pragma once
// The matrix entries of a level's dispatch table. Only kernels/*.cc call them; formats.h says how tiles lie.

#include <cstddef>
#include <cstdint>

#include "kernels/weights.h"

namespace phonon {

constexpr int kWeightTypes = 7;
constexpr int kColumnBlock = 128;  // columns layout: rows are padded to this

// Activations of n tokens, interleaved so that a kernel reads them front to back. With n = 1: one token's row.
struct BlockView {
    int n = 0;
    // Quantised. The sums are negated, which makes subtracting a weight's bias an addition.
    const int8_t* codes = nullptr;      // [cols/32][n][32]
    const float* scales = nullptr;      // [cols/32][n]; K-quants: [cols/256][n]
    const int32_t* sums = nullptr;      // [cols/32][n]: -sum of the group's codes; K-quants: [cols/16][n]
    const float* group_sums = nullptr;  // K-quants: [cols/32][n], negated too
    // Float.
    const float* values = nullptr;  // [cols/16][n][16], padded with zeros
};

// Columns layout. Within every 64 rows, scales lie in the order in which interleaving the bytes of four columns yields
// them: position 16v + 4l + e holds row 16l + 4v + e. Codes lie in natural order, so that a column is what a pack
// holds.
struct ColumnsView {
    int64_t padded_rows = 0;  // multiple of kColumnBlock
    int64_t column_bytes = 0;
    // [cols][column_bytes]. 4 bits: per 128 rows 64 bytes, low nibbles rows 0..63, high ones rows 64..127.
    // 8 bits: biased codes. Float: values.
    const std::byte* codes = nullptr;
    const uint16_t* scales = nullptr;    // f16 [cols/32][padded_rows]; K-quants: d [cols/256][padded_rows]
    const uint16_t* minima = nullptr;    // q4_k: dmin, likewise
    const uint8_t* subscales = nullptr;  // q4_k: u8 [cols/32][padded_rows]; q6_k: i8 [cols/16][padded_rows]
    const uint8_t* subminima = nullptr;  // q4_k
    // Columns have scales of their own: `codes` are rows of the transposed matrix in the file's format, q8_0 or q4_0,
    // padded_rows is a multiple of kGroup, rows are in natural order, and there are no arrays beside. Their activations
    // are not quantised.
    bool transposed = false;
};

constexpr int64_t permuted_row(int64_t row) {
    const int64_t r = row % 64;
    return row - r + r / 4 % 4 * 16 + r / 16 * 4 + r % 4;
}

// The columns of one scale group that take part, quantised activations with them.
struct ColumnGroup {
    int32_t group;       // index into subscales (K-quants) or scales
    int32_t quad_begin;  // into ColumnList::quads
    int32_t quad_end;
    int32_t sum;  // negated sum of the codes
    float scale;
};
struct ColumnQuad {
    int32_t column[4];  // a quad that is not full repeats a column with code 0
    int8_t code[4];
};
struct ColumnList {
    const ColumnGroup* groups = nullptr;
    const ColumnQuad* quads = nullptr;
    // Float types, and transposed columns:
    const int32_t* columns = nullptr;
    const float* values = nullptr;
    int64_t count = 0;  // of groups, or columns
};

struct TypeKernels {
    // y[t * stride + r] = (row r of `tile`) . (token t of x), for r < rows <= 16 * tiles.
    void (*tiles)(const std::byte* tile, int64_t cols, const BlockView& x, float* y, int64_t stride, int64_t rows);
    // 16 rows of the file's format -> one tile. Rows from `rows` on repeat row 0.
    void (*pack_rows)(const std::byte* first, size_t row_bytes, int rows, int64_t cols, std::byte* tile);
    // Rows [row, row + 64) of the columns layout -> four tiles. `row` is a multiple of 64.
    void (*pack_columns)(const ColumnsView& w, int64_t row, int64_t cols, std::byte* tiles);
    // y[k] = (row k of `base`, or row rows[k] if rows is given) . x, with x.n == 1.
    void (*dot_rows)(const std::byte* base, size_t row_bytes, const int32_t* rows, int64_t count, int64_t cols,
                     const BlockView& x, float* y);
    // sums[r - begin] = rows [begin, end), multiples of kColumnBlock, over members [first, last) of the list: its
    // groups, or (float types) its columns. Rows are in permuted order, except of float types.
    void (*columns)(const ColumnsView& w, const ColumnList& list, int64_t first, int64_t last, int64_t begin,
                    int64_t end, float* sums);
    // Of transposed columns, else null. The same sums; and out [count][end - begin], rows [begin, end) of columns
    // [first, first + count). begin and end are multiples of kGroup.
    void (*transposed_columns)(const ColumnsView& w, const ColumnList& list, int64_t first, int64_t last, int64_t begin,
                               int64_t end, float* sums) = nullptr;
    void (*unpack_columns)(const ColumnsView& w, int64_t first, int64_t count, int64_t begin, int64_t end,
                           float* out) = nullptr;
};

struct MatrixKernels {
    int quant_tokens;  // most tokens of a block, by kind of weights
    int float_tokens;
    // One token's row in the forms of BlockView with n = 1. q8_0's scale is rounded to F16, as llama.cpp stores it.
    void (*quantize_q8_0)(const float* x, int64_t cols, int8_t* codes, float* scales, int32_t* sums);
    void (*quantize_q8_k)(const float* x, int64_t cols, int8_t* codes, float* scales, int32_t* sums, float* group_sums);
    // y [16 * tiles] = tiles of a two-bit copy . x, in the q8_0 form with x.n == 1; see templates/two_bit_tiles.h.
    void (*two_bit_tiles)(const std::byte* tile, int64_t tiles, int64_t cols, int64_t group, const BlockView& x,
                          float* y);
    TypeKernels types[kWeightTypes];  // by WeightType
};

}  // namespace phonon
