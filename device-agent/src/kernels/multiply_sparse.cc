// Products of single rows and single columns: FFN by neuron.

#include <algorithm>
#include <cmath>
#include <new>
#include <vector>

#include "kernels/half.h"
#include "kernels/kernels.h"
#include "kernels/weights_data.h"

namespace phonon {
namespace {

constexpr int64_t kTasksPerThread = 8;
constexpr int64_t kLeastRows = 8;
// Whole columns are read at a time, because memory is slow with pieces of some lines; so it is the columns that threads
// share out, in a fixed number of parts, which makes the sums' order independent of the threads.
constexpr int64_t kParts = 8;
constexpr int64_t kColumnRows = 4096;  // whose sums stay in the first-level cache

// Owned by the calling thread; reused between calls. Invariant: groups' quads follow one another in `quads`.
struct ListBuffers {
    std::vector<ColumnGroup> groups;
    std::vector<ColumnQuad> quads;
    std::vector<float> values;
    AlignedBuffer parts;  // [kParts][padded rows]
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
    list.count = static_cast<int64_t>(out.groups.size());
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
    const bool floats = is_float(d.type);
    const ColumnList list =
        floats ? make_float_list(d.type, columns, h, buffers) : make_list(d.type, columns, h, buffers);
    const auto sum = kernels.matrix->types[static_cast<int>(d.type)].columns;
    const int64_t padded = d.columns.padded_rows, runs = (padded + kColumnRows - 1) / kColumnRows;
    if (!buffers.parts.reserve(static_cast<size_t>(kParts * padded) * sizeof(float))) throw std::bad_alloc();
    float* parts = buffers.parts.as<float>();
    pool.run(kParts * runs, [&](int64_t task, int) {
        const int64_t part = task / runs, begin = task % runs * kColumnRows;
        sum(d.columns, list, list.count * part / kParts, list.count * (part + 1) / kParts, begin,
            std::min(begin + kColumnRows, padded), parts + part * padded + begin);
    });
    for (int64_t r = 0; r < d.rows; r += 4) {  // four rows at a time stay together in permuted order
        const float* p = parts + (floats ? r : permuted_row(r));
        float four[4] = {};
        for (int64_t part = 0; part < kParts; part++)
            for (int i = 0; i < 4; i++) four[i] += p[part * padded + i];
        std::copy_n(four, std::min<int64_t>(4, d.rows - r), y + r);
    }
}

}  // namespace phonon
