#pragma once
// The file's rows -> the columns layout (ColumnsView), without loss.

#include "base/task_pool.h"
#include "kernels/weights_data.h"

namespace phonon {

// Fills d.columns and the buffers behind it. False when there is no memory.
bool prepare_columns(const Tensor& source, Weights::Data& d, TaskPool& pool);

}  // namespace phonon
