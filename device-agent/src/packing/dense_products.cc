#include "packing/dense_products.h"

#include <algorithm>
#include <vector>

namespace phonon {
namespace {

constexpr int64_t kColumns = 128, kRows = 192;  // of c that one task computes
constexpr int64_t kDepth = 512;                 // of the sums that it computes at a time: b's part stays in the cache

}  // namespace

void add_product(const DenseProduct& p, const Kernels& kernels, TaskPool& pool) {
    const int64_t across = (p.n + kColumns - 1) / kColumns, down = (p.m + kRows - 1) / kRows;
    pool.run(across * down, [&](int64_t task, int) {
        const int64_t column = task / down * kColumns, row = task % down * kRows;
        const int64_t n = std::min(kColumns, p.n - column), m = std::min(kRows, p.m - row);
        for (int64_t k = 0; k < p.k; k += kDepth) {
            kernels.multiply_add(p.a + row * p.a_stride + k, p.a_stride, p.b + k * p.b_stride + column, p.b_stride,
                                 p.c + row * p.c_stride + column, p.c_stride, m, n, std::min(kDepth, p.k - k));
        }
    });
}

void transpose(const float* from, int64_t from_stride, int64_t rows, int64_t cols, float* to, int64_t to_stride,
               TaskPool& pool) {
    constexpr int64_t kBlock = 32;
    pool.run((cols + kBlock - 1) / kBlock, [&](int64_t task, int) {
        const int64_t end = std::min(cols, (task + 1) * kBlock);
        for (int64_t r = 0; r < rows; r += kBlock) {
            for (int64_t c = task * kBlock; c < end; ++c) {
                for (int64_t i = r; i < std::min(rows, r + kBlock); ++i) {
                    to[c * to_stride + i] = from[i * from_stride + c];
                }
            }
        }
    });
}

void multiply_transposed(const float* a, int64_t m, const float* b, int64_t n, int64_t k, float* c,
                         const Kernels& kernels, TaskPool& pool) {
    std::fill(c, c + m * n, 0.0f);
    std::vector<float> block(static_cast<size_t>(kDepth * n));
    for (int64_t at = 0; at < k; at += kDepth) {
        const int64_t depth = std::min(kDepth, k - at);
        transpose(b + at, k, n, depth, block.data(), n, pool);
        add_product({.a = a + at,
                     .a_stride = k,
                     .b = block.data(),
                     .b_stride = n,
                     .c = c,
                     .c_stride = n,
                     .m = m,
                     .n = n,
                     .k = depth},
                    kernels, pool);
    }
}

}  // namespace phonon
