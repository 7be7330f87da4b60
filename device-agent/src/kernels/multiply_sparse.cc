// Products of single rows and single columns: FFN by neuron.

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/half.h"
#include "kernels/kernels.h"
#include "kernels/weights_data.h"

namespace phonon {
namespace {

constexpr int64_t kTasksPerThread = 8;
constexpr int64_t kLeastRows = 8;

// Owned by the calling thread; reused between calls. Invariant: groups' quads follow one another in `quads`.
struct ListBuffers {
    std::vector<ColumnGroup> groups;
    std::vector<ColumnQuad> quads;
    std::vector<float> values;
};

int8_t nearest(float x) {
    return static_cast<int8_t>(static_cast<int32_t>(bits_of(x + 0x1.8p23f) & 0x7fffff) - 0x400000);
}

// How llama.cpp would scale the activations of this block of columns: `factor` makes codes of them, `scale` undoes it.
struct Quantiser {
    float factor = 0;
    float scale = 0;
};

Quantiser quantiser(WeightType type, std::span<const float> h) {
    float extreme = 0;
    for (const float v : h) {
        if (std::fabs(v) > std::fabs(extreme)) extreme = v;
    }
    if (!(std::fabs(extreme) > 1e-30f)) return {};
    if (is_k_quant(type)) {
        const float factor = -127.0f / extreme;
        return {factor, 1.0f / factor};
    }
    const float amax = std::fabs(extreme);
    return {127.0f / amax, f16_to_float(float_to_f16(amax / 127.0f))};
}

// One scale group's columns and their activations.
void add_group(std::span<const int32_t> columns, const float* h, int32_t group, Quantiser q, ListBuffers& out) {
    const auto begin = static_cast<int32_t>(out.quads.size());
    int32_t sum = 0;
    for (size_t k = 0; k < columns.size(); k++) {
        if (k % 4 == 0) {
            const int32_t c = columns[k];
            out.quads.push_back({{c, c, c, c}, {}});
        }
        const int8_t code = nearest(h[k] * q.factor);
        out.quads.back().column[k % 4] = columns[k];
        out.quads.back().code[k % 4] = code;
        sum -= code;
    }
    out.groups.push_back({group, begin, static_cast<int32_t>(out.quads.size()), sum, q.scale});
}

// The end of the run of columns from `begin` on that lie in the same `width` columns.
size_t run_end(std::span<const int32_t> columns, size_t begin, int32_t width) {
    size_t end = begin + 1;
    while (end < columns.size() && columns[end] / width == columns[begin] / width) end++;
    return end;
}

ColumnList make_list(WeightType type, std::span<const int32_t> columns, const float* h, ListBuffers& out) {
    const int32_t block = block_columns(type);                     // columns quantised together
    const int32_t width = type == WeightType::q6_k ? 16 : kGroup;  // columns that share a scale of the weights
    out.groups.clear();
    out.quads.clear();
    for (size_t b = 0; b < columns.size();) {
        const size_t block_end = run_end(columns, b, block);
        const Quantiser q = quantiser(type, {h + b, block_end - b});
        while (b < block_end) {
            const size_t end = run_end(columns, b, width);
            add_group(columns.subspan(b, end - b), h + b, columns[b] / width, q, out);
            b = end;
        }
    }
    ColumnList list;
    list.groups = out.groups.data();
    list.group_count = static_cast<int64_t>(out.groups.size());
    list.quads = out.quads.data();
    return list;
}

ColumnList make_float_list(WeightType type, std::span<const int32_t> columns, const float* h, ListBuffers& out) {
    out.values.assign(h, h + columns.size());
    for (float& v : out.values) {
        if (type == WeightType::f16) v = f16_to_float(float_to_f16(v));
        if (type == WeightType::bf16) v = bf16_to_float(float_to_bf16(v));
    }
    ColumnList list;
    list.columns = columns.data();
    list.values = out.values.data();
    list.count = static_cast<int64_t>(columns.size());
    return list;
}

}  // namespace

void multiply_rows(const Weights& w, std::span<const int32_t> rows, const Inputs& x, int64_t m, float* y,
                   const Kernels& kernels, TaskPool& pool) {
    const Weights::Data& d = w.data();
    const auto dot = kernels.matrix->types[static_cast<int>(d.type)].dot_rows;
    const BlockView token = x.data().forms[static_cast<int>(input_kind(d.type))].row(m);
    const auto count = static_cast<int64_t>(rows.size());
    const int64_t chunk = std::max(kLeastRows, count / (pool.threads() * kTasksPerThread));
    pool.run((count + chunk - 1) / chunk, [&](int64_t task, int) {
        const int64_t begin = task * chunk;
        dot(d.borrowed, d.row_bytes, rows.data() + begin, std::min(chunk, count - begin), d.cols, token, y + begin);
    });
}

void multiply_columns(const Weights& w, std::span<const int32_t> columns, const float* h, float* y,
                      const Kernels& kernels, TaskPool& pool) {
    thread_local ListBuffers buffers;
    const Weights::Data& d = w.data();
    const ColumnList list =
        is_float(d.type) ? make_float_list(d.type, columns, h, buffers) : make_list(d.type, columns, h, buffers);
    const auto sum = kernels.matrix->types[static_cast<int>(d.type)].columns;
    pool.run((d.rows + kColumnChunk - 1) / kColumnChunk, [&](int64_t task, int) {
        const int64_t begin = task * kColumnChunk;
        sum(d.columns, list, begin, std::min<int64_t>(begin + kColumnChunk, d.rows), y + begin);
    });
}

}  // namespace phonon
