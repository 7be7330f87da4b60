// Attention of a block of queries, as in prefill: products of matrices in F32, keys and values converted block by
// block.

#include <algorithm>
#include <limits>

#include "engine/attention.h"

namespace phonon {
namespace {

constexpr int64_t kKeyBlock = 128;  // keys converted at a time: 128 x 64 floats stay in the first-level cache
constexpr int64_t kPad = 16;        // columns of a product are padded to this

int64_t padded(int64_t n) {
    return (n + kPad - 1) / kPad * kPad;
}

}  // namespace

// Rows of all matrices here are (head of the group, token), tokens innermost.
void Attention::attend_block(int64_t layer, const TokenPlace& start, int64_t count, int64_t kv_head, const float* q,
                             float* out, Scratch& scratch) const {
    const int64_t dim = hp_.head_dim;
    const int64_t group = hp_.heads / hp_.kv_heads;
    const int64_t width = hp_.heads * dim;
    const int64_t rows = group * count;
    const int64_t first = first_visible(layer, start.position);
    const int64_t keys = start.position + count - first;
    const int64_t stride = (keys + kKeyBlock - 1) / kKeyBlock * kKeyBlock;
    const int64_t value_stride = padded(dim);
    const uint16_t* key_rows = cache_.keys(layer, start.sequence, kv_head) + first * dim;
    const uint16_t* value_rows = cache_.values(layer, start.sequence, kv_head) + first * dim;

    auto grow = [](auto& buffer, int64_t size) { buffer.resize(std::max(buffer.size(), static_cast<size_t>(size))); };
    grow(scratch.queries, rows * dim);
    grow(scratch.keys, dim * kKeyBlock);
    grow(scratch.values, kKeyBlock * value_stride);
    grow(scratch.half, stride);
    grow(scratch.sums, rows * value_stride);
    scratch.scores.assign(static_cast<size_t>(rows * stride), 0.0f);
    float* scores = scratch.scores.data();
    for (int64_t g = 0; g < group; ++g) {
        for (int64_t t = 0; t < count; ++t) {
            std::copy_n(q + t * width + g * dim, dim, scratch.queries.data() + (g * count + t) * dim);
        }
    }

    for (int64_t block = 0; block < keys; block += kKeyBlock) {
        const int64_t here = std::min(kKeyBlock, keys - block);
        float* transposed = scratch.keys.data();
        for (int64_t j = 0; j < here; ++j) {
            float* row = scratch.values.data();
            kernels_.from_f16(key_rows + (block + j) * dim, row, dim);
            for (int64_t d = 0; d < dim; ++d) transposed[d * kKeyBlock + j] = row[d];
        }
        kernels_.multiply_add(scratch.queries.data(), dim, transposed, kKeyBlock, scores + block, stride, rows,
                              padded(here), dim);
    }

    // What comes after a query's own position has weight zero.
    for (int64_t row = 0; row < rows; ++row) {
        const int64_t position = start.position + row % count;
        const int64_t from = first_visible(layer, position) - first;
        const int64_t to = position + 1 - first;
        float* weights = scores + row * stride;
        kernels_.softmax(weights + from, to - from);
        kernels_.to_f16(weights + from, scratch.half.data(), to - from);
        kernels_.from_f16(scratch.half.data(), weights + from, to - from);
        std::fill(weights, weights + from, 0.0f);
        std::fill(weights + to, weights + stride, 0.0f);
    }

    std::fill_n(scratch.sums.data(), rows * value_stride, 0.0f);
    for (int64_t block = 0; block < keys; block += kKeyBlock) {
        const int64_t here = std::min(kKeyBlock, keys - block);
        for (int64_t j = 0; j < here; ++j) {
            float* row = scratch.values.data() + j * value_stride;
            kernels_.from_f16(value_rows + (block + j) * dim, row, dim);
            std::fill(row + dim, row + value_stride, 0.0f);
        }
        kernels_.multiply_add(scores + block, stride, scratch.values.data(), value_stride, scratch.sums.data(),
                              value_stride, rows, value_stride, here);
    }
    for (int64_t g = 0; g < group; ++g) {
        for (int64_t t = 0; t < count; ++t) {
            std::copy_n(scratch.sums.data() + (g * count + t) * value_stride, dim, out + t * width + g * dim);
        }
    }
}

}  // namespace phonon
