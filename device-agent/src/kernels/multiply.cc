// Dense products. All products of a call form one list of tasks; a task is a run of rows of one product against a panel
// of tokens. Tasks are small enough that threads finish together although one may be disturbed, and a row belongs to
// one task, so its sum does not depend on how many threads there are.

#include <algorithm>
#include <new>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/weights_data.h"

namespace phonon {
namespace {

// Activations of a panel stay in the second-level cache while all rows pass by.
constexpr int64_t kPanelBytes = 256 << 10;
// A task reads at least this much weight, so that claiming it costs nothing beside.
constexpr int64_t kTaskBytes = 48 << 10;
constexpr int64_t kDenseTasksPerThread = 24;
// Up to this many tokens, rows of the file's layout are multiplied one by one; from there on packing tiles pays.
constexpr int64_t kFewTokens = 4;
// Rows of the columns layout that are packed or unpacked together, and columns that are unpacked together: 16 KB.
constexpr int64_t kColumnStep = 64, kUnpackedColumns = 64;

enum class Way : uint8_t { tiles, single_rows, packed_rows, packed_columns, unpacked_columns };

struct Job {
    const Product* product;
    const InputForm* form;
    Way way;
    int64_t step;  // rows of a unit
    int64_t units;
    int64_t chunk;  // units of a task
    int64_t panels;
    int64_t panel_blocks;  // blocks of a panel
    int64_t first_task;
};

std::byte* scratch(int64_t bytes) {
    thread_local AlignedBuffer buffer;
    if (!buffer.reserve(static_cast<size_t>(bytes))) throw std::bad_alloc();
    return buffer.as<std::byte>();
}

Way way_of(const Weights::Data& w, int64_t m) {
    if (w.layout == Layout::tiled) return Way::tiles;
    if (w.columns.transposed) return Way::unpacked_columns;
    if (w.layout == Layout::columns) return Way::packed_columns;
    return m <= kFewTokens ? Way::single_rows : Way::packed_rows;
}

Job make_job(const Product& p, const Inputs::Data& x) {
    const Weights::Data& w = p.w->data();
    Job j{};
    j.product = &p;
    j.form = &x.forms[static_cast<int>(input_kind(p.w->input_type()))];
    j.way = way_of(w, x.m);
    j.step = j.way == Way::packed_columns || j.way == Way::unpacked_columns ? kColumnStep : kTileRows;
    j.units = (w.rows + j.step - 1) / j.step;
    j.panel_blocks = j.form->blocks();
    if (j.way == Way::tiles && j.panel_blocks > 1) {
        const int64_t token = w.cols * (is_float(w.type) ? 4 : 1);
        const int64_t block = token * (j.form->block_begin(1) - j.form->block_begin(0));
        j.panel_blocks = std::clamp<int64_t>(kPanelBytes / block, 1, j.panel_blocks);
    }
    j.panels = (j.form->blocks() + j.panel_blocks - 1) / j.panel_blocks;
    return j;
}

// Returns the number of tasks.
int64_t plan(std::vector<Job>& jobs, int threads) {
    int64_t bytes = 0;
    for (const Job& j : jobs) {
        const Weights::Data& w = j.product->w->data();
        bytes += w.rows * static_cast<int64_t>(w.row_bytes) * j.panels;
    }
    const int64_t target = bytes / (threads * kDenseTasksPerThread);
    int64_t tasks = 0;
    for (Job& j : jobs) {
        const Weights::Data& w = j.product->w->data();
        const int64_t unit = static_cast<int64_t>(w.row_bytes) * j.step;
        // With many tokens a unit is work enough by itself.
        const int64_t least = std::max<int64_t>(kTaskBytes / j.form->blocks(), 1);
        j.chunk = std::clamp<int64_t>(std::max(target, least) / unit, 1, j.units);
        j.first_task = tasks;
        tasks += (j.units + j.chunk - 1) / j.chunk * j.panels;
    }
    return tasks;
}

// Tiles of `rows` rows against blocks [begin, end); y is the output's row 0 of the first of them.
void multiply_tiles(const TypeKernels& k, const std::byte* tiles, int64_t tile_bytes, int64_t cols, int64_t rows,
                    const InputForm& form, int64_t begin, int64_t end, float* y, int64_t stride) {
    if (form.blocks() == 1) {  // one pass: the kernel may take several tiles at once
        k.tiles(tiles, cols, form.block(0), y, stride, rows);
        return;
    }
    for (int64_t r = 0; r < rows; r += kTileRows, tiles += tile_bytes) {
        for (int64_t b = begin; b < end; b++) {
            k.tiles(tiles, cols, form.block(b), y + form.block_begin(b) * stride + r, stride,
                    std::min<int64_t>(kTileRows, rows - r));
        }
    }
}

// Rows [row, end) for all tokens: columns become floats, some at a time, which every token meets in their order.
void multiply_unpacked(const Job& j, int64_t row, int64_t end, const Kernels& kernels, int64_t m) {
    const Weights::Data& w = j.product->w->data();
    const auto unpack = kernels.matrix->types[static_cast<int>(w.type)].unpack_columns;
    auto* panel =
        reinterpret_cast<float*>(scratch(kColumnStep * kUnpackedColumns * static_cast<int64_t>(sizeof(float))));
    const int64_t stride = j.product->stride, width = end - row;
    float* y = j.product->y + row;
    for (int64_t t = 0; t < m; t++) std::fill_n(y + t * stride, width, 0.0f);
    for (int64_t c = 0; c < w.cols; c += kUnpackedColumns) {
        const int64_t count = std::min(kUnpackedColumns, w.cols - c);
        unpack(w.columns, c, count, row, end, panel);
        kernels.multiply_add(j.form->row(0).values + c, round_up(w.cols, kFloatColumns), panel, width, y, stride, m,
                             width, count);
    }
}

void run_task(const Job& j, int64_t task, const Kernels& kernels, int64_t m) {
    const Weights::Data& w = j.product->w->data();
    const TypeKernels& k = kernels.matrix->types[static_cast<int>(w.type)];
    const int64_t chunks = (j.units + j.chunk - 1) / j.chunk;
    const int64_t panel = task / chunks * j.panel_blocks;
    const int64_t panel_end = std::min(panel + j.panel_blocks, j.form->blocks());
    const int64_t row = task % chunks * j.chunk * j.step, end = std::min(row + j.chunk * j.step, w.rows);
    const int64_t stride = j.product->stride;
    const auto first = [&](int64_t r) { return w.borrowed + r * static_cast<int64_t>(w.row_bytes); };
    if (j.way == Way::tiles) {
        multiply_tiles(k, w.tiles.as<std::byte>() + row / kTileRows * w.tile_bytes, w.tile_bytes, w.cols, end - row,
                       *j.form, panel, panel_end, j.product->y + row, stride);
    } else if (j.way == Way::single_rows) {
        for (int64_t t = 0; t < m; t++) {
            k.dot_rows(first(row), w.row_bytes, nullptr, end - row, w.cols, j.form->row(t),
                       j.product->y + t * stride + row);
        }
    } else if (j.way == Way::unpacked_columns) {
        for (int64_t r = row; r < end; r += j.step) multiply_unpacked(j, r, std::min(r + j.step, end), kernels, m);
    } else {
        const int64_t bytes = tile_bytes(w.type, w.cols);
        std::byte* tiles = scratch(bytes * (j.step / kTileRows));
        for (int64_t r = row; r < end; r += j.step) {
            const int64_t rows = std::min(j.step, end - r);
            if (j.way == Way::packed_rows) {
                k.pack_rows(first(r), w.row_bytes, static_cast<int>(rows), w.cols, tiles);
            } else {
                k.pack_columns(w.columns, r, w.cols, tiles);
            }
            multiply_tiles(k, tiles, bytes, w.cols, rows, *j.form, panel, panel_end, j.product->y + r, stride);
        }
    }
}

}  // namespace

void multiply(std::span<const Product> products, const Inputs& x, const Kernels& kernels, TaskPool& pool) {
    std::vector<Job> jobs;
    jobs.reserve(products.size());
    for (const Product& p : products) jobs.push_back(make_job(p, x.data()));
    const int64_t tasks = plan(jobs, pool.threads());
    pool.run(tasks, [&](int64_t task, int) {
        const Job* j = &jobs.back();
        while (task < j->first_task) j--;
        run_task(*j, task - j->first_task, kernels, x.count());
    });
}

}  // namespace phonon
