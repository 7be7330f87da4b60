#include "packing/low_rank_fit.h"

#include <algorithm>
#include <cmath>

#include "engine/model_weights.h"
#include "ggml.h"
#include "kernels/formats.h"
#include "pack/weight_types.h"
#include "packing/dense_products.h"
#include "packing/symmetric_eigen.h"
#include "predictor/low_rank_gate.h"

namespace phonon {
namespace {

constexpr int64_t kNeuronsTogether = 512;  // of Gate that are held as floats
constexpr double kNothing = 1e-6;          // of the largest eigenvalue: rounding

void quantise(const std::vector<float>& from, int64_t rows, int64_t cols, WeightType type, std::byte* to,
              TaskPool& pool) {
    const size_t bytes = row_bytes(type, cols);
    pool.run(rows, [&](int64_t r, int) {
        lm_ggml_quantize_chunk(static_cast<lm_ggml_type>(ggml_type(type)), from.data() + r * cols,
                               to + static_cast<size_t>(r) * bytes, 0, 1, cols, nullptr);
    });
}

}  // namespace

LowRankFit::LowRankFit(const LayerTrace& trace, int64_t tokens, const Kernels& kernels, TaskPool& pool)
    : trace_(trace),
      kernels_(kernels),
      pool_(pool),
      width_(round_up(trace.neurons, 16)),
      mean_(static_cast<size_t>(trace.neurons), 0) {
    for (int64_t t = 0; t < tokens; ++t) {
        for (size_t i = 0; i < mean_.size(); ++i) mean_[i] += trace.gate_of(t)[i];
    }
    for (float& sum : mean_) sum /= static_cast<float>(tokens);
    const std::vector<float> gates = centred(0, tokens);
    const int64_t padded = round_up(tokens, 16);
    std::vector<float> products(static_cast<size_t>(padded * padded));
    multiply_transposed(gates.data(), padded, gates.data(), padded, width_, products.data(), kernels, pool);
    std::vector<double> matrix;
    for (int64_t t = 0; t < tokens; ++t) {
        for (int64_t u = 0; u < tokens; ++u) {
            matrix.push_back(static_cast<double>(products[static_cast<size_t>(t * padded + u)]) /
                             static_cast<double>(tokens));
        }
    }
    SymmetricEigen eigen = symmetric_eigen(std::move(matrix), tokens, pool);
    const auto useful = std::find_if(eigen.values.begin(), eigen.values.end(),
                                     [&](double value) { return !(value > kNothing * eigen.values.front()); });
    eigen.values.erase(useful, eigen.values.end());
    values_ = std::move(eigen.values);
    // Both of length 1 for a unit variance: what a quantised factor loses then counts alike in all directions.
    std::vector<float> vectors(values_.size() * static_cast<size_t>(tokens));
    for (size_t i = 0; i < vectors.size(); ++i) {
        vectors[i] = static_cast<float>(eigen.vectors[i] / std::sqrt(static_cast<double>(tokens)));
    }
    basis_.assign(values_.size() * static_cast<size_t>(width_), 0);
    add_product({.a = vectors.data(),
                 .a_stride = tokens,
                 .b = gates.data(),
                 .b_stride = width_,
                 .c = basis_.data(),
                 .c_stride = width_,
                 .m = static_cast<int64_t>(values_.size()),
                 .n = width_,
                 .k = tokens},
                kernels, pool);
}

int64_t LowRankFit::most_rank() const {
    return static_cast<int64_t>(values_.size());
}

// [round_up(count, 16)][width_]
std::vector<float> LowRankFit::centred(int64_t first, int64_t count) const {
    std::vector<float> gates(static_cast<size_t>(round_up(count, 16) * width_), 0);
    pool_.run(count, [&](int64_t t, int) {
        const float* gate = trace_.gate_of(first + t);
        float* to = gates.data() + t * width_;
        for (size_t i = 0; i < mean_.size(); ++i) to[i] = gate[i] - mean_[i];
    });
    return gates;
}

void LowRankFit::project(int64_t rank, int64_t first, int64_t count, float* out) const {
    const int64_t padded = round_up(rank, 16);  // what is beyond the rank counts as nothing
    std::vector<float> coefficients(static_cast<size_t>(round_up(count, 16) * padded));
    std::vector<float> basis(basis_.begin(), basis_.begin() + rank * width_);
    basis.resize(static_cast<size_t>(padded * width_), 0);
    const std::vector<float> gates = centred(first, count);
    multiply_transposed(gates.data(), count, basis.data(), padded, width_, coefficients.data(), kernels_, pool_);
    for (int64_t t = 0; t < count; ++t) {
        for (int64_t r = 0; r < rank; ++r) {
            coefficients[static_cast<size_t>(t * padded + r)] /= static_cast<float>(values_[static_cast<size_t>(r)]);
        }
    }
    std::vector<float> estimates(static_cast<size_t>(count * width_), 0);
    add_product({.a = coefficients.data(),
                 .a_stride = padded,
                 .b = basis.data(),
                 .b_stride = width_,
                 .c = estimates.data(),
                 .c_stride = width_,
                 .m = count,
                 .n = width_,
                 .k = rank},
                kernels_, pool_);
    for (int64_t t = 0; t < count; ++t) {
        std::copy_n(estimates.data() + t * width_, trace_.neurons, out + t * trace_.neurons);
    }
}

std::vector<std::byte> LowRankFit::factors(const TensorView& gate, int64_t rank, WeightType type) const {
    std::vector<float> second(static_cast<size_t>(rank * gate.cols), 0);
    std::vector<float> rows(static_cast<size_t>(kNeuronsTogether * gate.cols));
    for (int64_t at = 0; at < gate.rows; at += kNeuronsTogether) {
        const int64_t count = std::min(kNeuronsTogether, gate.rows - at);
        pool_.run(count, [&](int64_t r, int) { read_row(gate, at + r, rows.data() + r * gate.cols); });
        add_product({.a = basis_.data() + at,
                     .a_stride = width_,
                     .b = rows.data(),
                     .b_stride = gate.cols,
                     .c = second.data(),
                     .c_stride = gate.cols,
                     .m = rank,
                     .n = gate.cols,
                     .k = count},
                    kernels_, pool_);
    }
    for (int64_t r = 0; r < rank; ++r) {
        float* row = second.data() + r * gate.cols;
        for (int64_t c = 0; c < gate.cols; ++c) row[c] /= static_cast<float>(values_[static_cast<size_t>(r)]);
    }
    std::vector<float> first(static_cast<size_t>(gate.rows * rank));
    transpose(basis_.data(), width_, rank, gate.rows, first.data(), rank, pool_);
    std::vector<std::byte> bytes(low_rank_bytes(type, rank, gate.rows, gate.cols));
    quantise(first, gate.rows, rank, type, bytes.data(), pool_);
    quantise(second, rank, gate.cols, type, bytes.data() + gate.rows * static_cast<int64_t>(row_bytes(type, rank)),
             pool_);
    return bytes;
}

}  // namespace phonon
