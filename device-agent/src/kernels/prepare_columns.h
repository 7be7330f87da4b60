#pragma once
// The file's rows -> the columns layout (ColumnsView), without loss.

#include "base/task_pool.h"
#include "kernels/weights_data.h"

namespace phonon {

// What the columns layout of a [rows][cols] matrix takes: one column's codes, and the arrays of ColumnsView.
struct ColumnSizes {
    int64_t padded_rows = 0, column = 0;
    int64_t scales = 0, minima = 0, subscales = 0, subminima = 0;
};
ColumnSizes column_sizes(WeightType type, int64_t rows, int64_t cols, bool transposed = false);

// Fills d.columns and the buffers behind it. False when there is no memory.
bool prepare_columns(const Tensor& source, Weights::Data& d, TaskPool& pool);

}  // namespace phonon
