#include "kernels/column_parts.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/formats.h"
#include "kernels/half.h"
#include "kernels/kernels.h"

namespace phonon {
namespace {

constexpr int64_t kColumnRows = 4096;  // whose sums stay in the first-level cache

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

// One scale group's columns, where they lie, and their activations.
void add_group(std::span<const int32_t> places, const float* h, int32_t group, Quantiser q, ListBuffers& out) {
    const auto begin = static_cast<int32_t>(out.quads.size());
    int32_t sum = 0;
    for (size_t k = 0; k < places.size(); k++) {
        if (k % 4 == 0) {
            const int32_t c = places[k];
            out.quads.push_back({{c, c, c, c}, {}});
        }
        const int8_t code = nearest(h[k] * q.factor);
        out.quads.back().column[k % 4] = places[k];
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

ColumnList make_list(WeightType type, std::span<const int32_t> columns, std::span<const int32_t> places, const float* h,
                     ListBuffers& out) {
    const int32_t block = block_columns(type);                     // columns quantised together
    const int32_t width = type == WeightType::q6_k ? 16 : kGroup;  // columns that share a scale of the weights
    out.groups.clear();
    out.quads.clear();
    for (size_t b = 0; b < columns.size();) {
        const size_t block_end = run_end(columns, b, block);
        const Quantiser q = quantiser(type, {h + b, block_end - b});
        while (b < block_end) {
            const size_t end = run_end(columns, b, width);
            add_group(places.subspan(b, end - b), h + b, columns[b] / width, q, out);
            b = end;
        }
    }
    ColumnList list;
    list.groups = out.groups.data();
    list.count = static_cast<int64_t>(out.groups.size());
    list.quads = out.quads.data();
    return list;
}

ColumnList make_float_list(WeightType type, std::span<const int32_t> places, const float* h, ListBuffers& out) {
    out.values.assign(h, h + places.size());
    for (float& v : out.values) {
        if (type == WeightType::f16) v = f16_to_float(float_to_f16(v));
        if (type == WeightType::bf16) v = bf16_to_float(float_to_bf16(v));
    }
    ColumnList list;
    list.columns = places.data();
    list.values = out.values.data();
    list.count = static_cast<int64_t>(places.size());
    return list;
}

}  // namespace

ColumnRange column_part(WeightType type, int64_t cols, int64_t part) {
    const int64_t unit = std::max<int64_t>(block_columns(type), kGroup);
    const int64_t units = (cols + unit - 1) / unit;
    const auto border = [&](int64_t p) { return std::min(cols, units * p / kColumnParts * unit); };
    return {border(part), border(part + 1)};
}

void sum_columns(const ColumnsView& w, WeightType type, std::span<const int32_t> columns,
                 std::span<const int32_t> places, const float* h, float* sums, const Kernels& kernels) {
    thread_local ListBuffers buffers;
    const ColumnList list = is_float(type) || w.transposed ? make_float_list(type, places, h, buffers)
                                                           : make_list(type, columns, places, h, buffers);
    const TypeKernels& of_type = kernels.matrix->types[static_cast<int>(type)];
    const auto sum = w.transposed ? of_type.transposed_columns : of_type.columns;
    for (int64_t row = 0; row < w.padded_rows; row += kColumnRows) {
        sum(w, list, 0, list.count, row, std::min(row + kColumnRows, w.padded_rows), sums + row);
    }
}

void merge_column_parts(const ColumnsView& w, WeightType type, int64_t rows, const float* parts, float* y) {
    const bool natural = is_float(type) || w.transposed;
    for (int64_t r = 0; r < rows; r += 4) {  // four rows at a time stay together in permuted order
        const float* p = parts + (natural ? r : permuted_row(r));
        float four[4] = {};
        for (int64_t part = 0; part < kColumnParts; part++)
            for (int i = 0; i < 4; i++) four[i] += p[part * w.padded_rows + i];
        std::copy_n(four, std::min<int64_t>(4, rows - r), y + r);
    }
}

}  // namespace phonon
