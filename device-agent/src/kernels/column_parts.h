#pragma once
// Sums of single columns, in parts: Down by neuron.
//
// The columns of a matrix fall into kColumnParts fixed ranges. A range is summed by one thread, and the ranges' sums
// are added in their order, so the result depends neither on the number of threads nor on which part came first: parts
// may wait for flash while others are computed.

#include <cstdint>
#include <span>

#include "kernels/matrix_kernels.h"

namespace phonon {

inline constexpr int64_t kColumnParts = 8;

struct ColumnRange {
    int64_t begin = 0, end = 0;
};
// Part `part` of [0, cols): no two parts share a group of columns that are quantised together.
ColumnRange column_part(WeightType type, int64_t cols, int64_t part);

// sums [w.padded_rows] = sum over k of h[k] * column columns[k], whose codes lie at w.codes + places[k] * column_bytes.
// REQUIRES columns ascending, all of one part. One thread; sums are in the order that merge_column_parts() reads.
void sum_columns(const ColumnsView& w, WeightType type, std::span<const int32_t> columns,
                 std::span<const int32_t> places, const float* h, float* sums, const Kernels& kernels);

// y [rows] from parts [kColumnParts][w.padded_rows].
void merge_column_parts(const ColumnsView& w, WeightType type, int64_t rows, const float* parts, float* y);

}  // namespace phonon
