#pragma once
// Weight matrices prepared for products, and activations prepared to meet them.
//
// A matrix W is [rows][cols]; y = W x. Activations are quantised as llama.cpp does it (groups of 32 int8 for quantised
// weights, F16 rounding for F16 weights), so that both engines compute the same function up to summation order.
// Every result is independent of the number of threads: one row's sum is always taken in the same order.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/task_pool.h"
#include "phonon/result.h"

namespace phonon {

struct ColumnsView;  // kernels/matrix_kernels.h
struct Kernels;      // the dispatch table of one instruction-set level: kernels/kernels.h

enum class WeightType : uint8_t { f32, f16, bf16, q8_0, q4_0, q4_k, q6_k };

size_t row_bytes(WeightType type, int64_t cols);

// A matrix as the GGUF holds it: row after row. Borrowed memory.
struct Tensor {
    WeightType type = WeightType::f32;
    const std::byte* data = nullptr;
    int64_t rows = 0;
    int64_t cols = 0;
};

// How a matrix lies in memory.
//   tiled    rows interleaved for dense products: the fastest for every batch size
//   rows     as in the file, borrowed: single rows (Up's neurons) can be read alone
//   columns  transposed without loss (codes per column, group scales beside): single columns (Down's neurons) can be
//            read alone; or, requantised, with scales of each column's own (ColumnsView::transposed)
enum class Layout : uint8_t { tiled, rows, columns };

class Weights {
  public:
    // Copies (tiled, columns) or borrows (rows) `source`. REQUIRES rows > 0, cols a multiple of the type's group.
    static Result<Weights> prepare(const Tensor& source, Layout layout, const Kernels& kernels, TaskPool& pool);

    // Views a matrix [rows][cols] in the columns layout, in somebody else's memory.
    static Weights view(WeightType type, int64_t rows, int64_t cols, const ColumnsView& columns);

    Weights();
    Weights(Weights&&) noexcept;
    Weights& operator=(Weights&&) noexcept;
    ~Weights();

    WeightType type() const;
    // The type of the inputs that it is multiplied with.
    WeightType input_type() const;
    Layout layout() const;
    int64_t rows() const;
    int64_t cols() const;
    size_t owned_bytes() const;  // 0 when borrowed

    struct Data;
    const Data& data() const { return *data_; }

  private:
    std::unique_ptr<Data> data_;
};

// Activation rows [m][cols], prepared once and used for every matrix that reads them.
class Inputs {
  public:
    Inputs();
    ~Inputs();
    // x is [m][stride]. Prepares all forms that weights of the given types need. Buffers are reused between calls.
    void assign(const float* x, int64_t m, int64_t cols, int64_t stride, std::span<const WeightType> types,
                const Kernels& kernels, TaskPool& pool);
    int64_t count() const;
    int64_t cols() const;

    struct Data;
    const Data& data() const { return *data_; }

  private:
    std::unique_ptr<Data> data_;
};

// One product of several that share their inputs: y is [m][stride], stride >= w->rows().
struct Product {
    const Weights* w = nullptr;
    float* y = nullptr;
    int64_t stride = 0;
};

// All products in one parallel region (Q, K and V; Gate and Up). Any layout, any m.
void multiply(std::span<const Product> products, const Inputs& x, const Kernels& kernels, TaskPool& pool);

// y[k] = dot(row rows[k] of w, input row m). REQUIRES layout rows; `rows` ascending. FFN by neuron: Up.
void multiply_rows(const Weights& w, std::span<const int32_t> rows, const Inputs& x, int64_t m, float* y,
                   const Kernels& kernels, TaskPool& pool);

// y[w.rows()] = sum over k of h[k] * column columns[k] of w. REQUIRES layout columns; `columns` ascending.
// FFN by neuron: Down.
void multiply_columns(const Weights& w, std::span<const int32_t> columns, const float* h, float* y,
                      const Kernels& kernels, TaskPool& pool);

}  // namespace phonon
