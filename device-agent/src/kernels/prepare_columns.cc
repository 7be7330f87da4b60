#include "kernels/prepare_columns.h"

#include <algorithm>
#include <cstring>

namespace phonon {
namespace {

// The 32 biased codes of group g of a row.
void group_codes(WeightType type, const std::byte* row, int64_t g, uint8_t* out) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(row);
    if (type == WeightType::q4_0) {
        const uint8_t* q = bytes + g * kQ4_0Bytes + 2;
        for (int i = 0; i < 16; i++) {
            out[i] = q[i] & 15;
            out[i + 16] = q[i] >> 4;
        }
    } else if (type == WeightType::q8_0) {
        const uint8_t* q = bytes + g * kQ8_0Bytes + 2;
        for (int i = 0; i < 32; i++) out[i] = q[i] ^ 128;
    } else if (type == WeightType::q4_k) {
        const uint8_t* q = bytes + g / 8 * kQ4_KBytes + 16 + g % 8 / 2 * 32;
        for (int i = 0; i < 32; i++) out[i] = g % 2 == 0 ? q[i] & 15 : q[i] >> 4;
    } else {
        const uint8_t* block = bytes + g / 8 * kQ6_KBytes;
        const int64_t half = g % 8 / 4, quarter = g % 4;
        const uint8_t *low = block + half * 64 + quarter % 2 * 32, *high = block + 128 + half * 32;
        for (int i = 0; i < 32; i++) {
            const int nibble = quarter < 2 ? low[i] & 15 : low[i] >> 4;
            out[i] = static_cast<uint8_t>(nibble | (high[i] >> (2 * quarter) & 3) << 4);
        }
    }
}

// Where a row's scales go: what follows works on one row at a time.
void store_scales(WeightType type, const std::byte* row, int64_t cols, int64_t at, Weights::Data& d) {
    const int64_t groups = cols / kGroup, supers = cols / kSuper, padded = d.columns.padded_rows;
    const auto value = [&](const AlignedBuffer& to, int64_t index, const std::byte* from) {
        memcpy(to.as<uint16_t>() + index * padded + at, from, 2);
    };
    if (!is_k_quant(type)) {
        for (int64_t g = 0; g < groups; g++) value(d.scales, g, row + g * block_bytes(type));
        return;
    }
    for (int64_t s = 0; s < supers; s++) {
        const std::byte* block = row + s * block_bytes(type);
        if (type == WeightType::q4_k) {
            uint8_t scales[8], minima[8];
            unpack_q4_k_scales(reinterpret_cast<const uint8_t*>(block + 4), scales, minima);
            for (int g = 0; g < 8; g++) {
                d.subscales.as<uint8_t>()[(s * 8 + g) * padded + at] = scales[g];
                d.subminima.as<uint8_t>()[(s * 8 + g) * padded + at] = minima[g];
            }
            value(d.scales, s, block);
            value(d.minima, s, block + 2);
        } else {
            for (int h = 0; h < 16; h++) {
                d.subscales.as<std::byte>()[(s * 16 + h) * padded + at] = block[192 + h];
            }
            value(d.scales, s, block + 208);
        }
    }
}

// kColumnBlock rows from `first` on. Rows past the end are zero.
void quant_block(const Tensor& source, int64_t first, Weights::Data& d) {
    const bool four_bit = source.type == WeightType::q4_0 || source.type == WeightType::q4_k;
    const int64_t rows = std::min<int64_t>(kColumnBlock, source.rows - first);
    const std::byte* data = source.data + first * static_cast<int64_t>(d.row_bytes);
    for (int64_t r = 0; r < rows; r++) {
        store_scales(source.type, data + r * static_cast<int64_t>(d.row_bytes), source.cols, permuted_row(first + r),
                     d);
    }
    uint8_t codes[kColumnBlock][kGroup] = {};
    for (int64_t g = 0; g < source.cols / kGroup; g++) {
        for (int64_t r = 0; r < rows; r++)
            group_codes(source.type, data + r * static_cast<int64_t>(d.row_bytes), g, codes[r]);
        for (int c = 0; c < kGroup; c++) {
            uint8_t* column = d.codes.as<uint8_t>() + (g * kGroup + c) * d.columns.column_bytes;
            if (four_bit) {
                column += first / 2;
                for (int i = 0; i < 64; i++) column[i] = static_cast<uint8_t>(codes[i][c] | codes[64 + i][c] << 4);
            } else {
                column += first;
                for (int i = 0; i < kColumnBlock; i++) column[i] = codes[i][c];
            }
        }
    }
}

void float_block(const Tensor& source, int64_t first, Weights::Data& d) {
    const int size = value_bytes(source.type);
    for (int64_t r = first; r < first + kColumnBlock; r++) {
        const std::byte* row = source.data + r * static_cast<int64_t>(d.row_bytes);
        std::byte* to = d.codes.as<std::byte>() + r * size;
        for (int64_t c = 0; c < source.cols; c++, to += d.columns.column_bytes) {
            if (r < source.rows) {
                memcpy(to, row + c * size, static_cast<size_t>(size));
            } else {
                memset(to, 0, static_cast<size_t>(size));
            }
        }
    }
}

bool reserve_zeroed(AlignedBuffer& buffer, int64_t bytes) {
    if (bytes == 0) return true;
    if (!buffer.reserve(static_cast<size_t>(bytes))) return false;
    memset(buffer.as<std::byte>(), 0, static_cast<size_t>(bytes));
    return true;
}

bool reserve_buffers(Weights::Data& d, const ColumnSizes& sizes) {
    return d.codes.reserve(static_cast<size_t>(d.cols * sizes.column)) && reserve_zeroed(d.scales, sizes.scales) &&
           reserve_zeroed(d.minima, sizes.minima) && reserve_zeroed(d.subscales, sizes.subscales) &&
           reserve_zeroed(d.subminima, sizes.subminima);
}

}  // namespace

ColumnSizes column_sizes(WeightType type, int64_t rows, int64_t cols, bool transposed) {
    ColumnSizes sizes;
    if (transposed) {
        sizes.padded_rows = round_up(rows, kGroup);
        sizes.column = row_size_of(type, sizes.padded_rows);
        return sizes;
    }
    const int64_t padded = sizes.padded_rows = round_up(rows, kColumnBlock);
    const bool four_bit = type == WeightType::q4_0 || type == WeightType::q4_k;
    sizes.column = is_float(type) ? padded * value_bytes(type) : four_bit ? padded / 2 : padded;
    if (is_k_quant(type)) {
        const bool q4_k = type == WeightType::q4_k;
        sizes.scales = cols / kSuper * padded * 2;
        sizes.subscales = cols / kSuper * (q4_k ? 8 : 16) * padded;
        sizes.minima = q4_k ? sizes.scales : 0;
        sizes.subminima = q4_k ? sizes.subscales : 0;
    } else if (!is_float(type)) {
        sizes.scales = cols / kGroup * padded * 2;
    }
    return sizes;
}

bool prepare_columns(const Tensor& source, Weights::Data& d, TaskPool& pool) {
    ColumnsView& view = d.columns;
    const ColumnSizes sizes = column_sizes(d.type, d.rows, d.cols);
    const int64_t padded = view.padded_rows = sizes.padded_rows;
    view.column_bytes = sizes.column;
    if (!reserve_buffers(d, sizes)) return false;
    view.codes = d.codes.as<std::byte>();
    view.scales = d.scales.as<uint16_t>();
    view.minima = d.minima.as<uint16_t>();
    view.subscales = d.subscales.as<uint8_t>();
    view.subminima = d.subminima.as<uint8_t>();
    pool.run(padded / kColumnBlock, [&](int64_t b, int) {
        if (is_float(d.type)) {
            float_block(source, b * kColumnBlock, d);
        } else {
            quant_block(source, b * kColumnBlock, d);
        }
    });
    return true;
}

}  // namespace phonon
