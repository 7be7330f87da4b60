// Products of single rows and single columns: FFN by neuron.

#include <algorithm>
#include <new>

#include "kernels/column_parts.h"
#include "kernels/kernels.h"
#include "kernels/weights_data.h"

namespace phonon {
namespace {

constexpr int64_t kSparseTasksPerThread = 8;
constexpr int64_t kLeastRows = kTileRows;

}  // namespace

void multiply_rows(const Weights& w, std::span<const int32_t> rows, const Inputs& x, int64_t m, float* y,
                   const Kernels& kernels, TaskPool& pool) {
    const Weights::Data& d = w.data();
    const auto dot = kernels.matrix->types[static_cast<int>(d.type)].dot_rows;
    const BlockView token = x.data().forms[static_cast<int>(input_kind(d.type))].row(m);
    const auto count = static_cast<int64_t>(rows.size());
    const int64_t chunk = round_up(std::max(kLeastRows, count / (pool.threads() * kSparseTasksPerThread)), kTileRows);
    pool.run((count + chunk - 1) / chunk, [&](int64_t task, int) {
        const int64_t begin = task * chunk;
        dot(d.borrowed, d.row_bytes, rows.data() + begin, std::min(chunk, count - begin), d.cols, token, y + begin);
    });
}

void multiply_columns(const Weights& w, std::span<const int32_t> columns, const float* h, float* y,
                      const Kernels& kernels, TaskPool& pool) {
    thread_local AlignedBuffer buffer;
    const Weights::Data& d = w.data();
    const int64_t padded = d.columns.padded_rows;
    if (!buffer.reserve(static_cast<size_t>(kColumnParts * padded) * sizeof(float))) throw std::bad_alloc();
    float* parts = buffer.as<float>();
    const auto at = [&](int64_t column) {
        return std::lower_bound(columns.begin(), columns.end(), column) - columns.begin();
    };
    pool.run(kColumnParts, [&](int64_t part, int) {
        const ColumnRange range = column_part(d.type, d.cols, part);
        const auto mine = columns.subspan(at(range.begin), at(range.end) - at(range.begin));
        sum_columns(d.columns, d.type, mine, mine, h + at(range.begin), parts + part * padded, kernels);
    });
    merge_column_parts(d.columns, d.type, d.rows, parts, y);
}

}  // namespace phonon
