#pragma once
// Products of matrices of floats, for what is fitted while packing. Row after row in memory; one element's sum has one
// order, whatever the number of threads.

#include <cstdint>

#include "base/task_pool.h"
#include "kernels/kernels.h"

namespace phonon {

// c [m][n] += a [m][k] b [k][n], each with its rows `stride` floats apart. REQUIRES n a multiple of 16.
struct DenseProduct {
    const float* a = nullptr;
    int64_t a_stride = 0;
    const float* b = nullptr;
    int64_t b_stride = 0;
    float* c = nullptr;
    int64_t c_stride = 0;
    int64_t m = 0, n = 0, k = 0;
};
void add_product(const DenseProduct& product, const Kernels& kernels, TaskPool& pool);

// to [cols][rows] = from [rows][cols], with a stride each.
void transpose(const float* from, int64_t from_stride, int64_t rows, int64_t cols, float* to, int64_t to_stride,
               TaskPool& pool);

// c [m][n] = a [m][k] b [n][k]^T. REQUIRES n a multiple of 16.
void multiply_transposed(const float* a, int64_t m, const float* b, int64_t n, int64_t k, float* c,
                         const Kernels& kernels, TaskPool& pool);

}  // namespace phonon
