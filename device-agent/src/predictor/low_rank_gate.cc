#include "predictor/low_rank_gate.h"

#include <algorithm>

#include "kernels/weights_data.h"

namespace phonon {

uint64_t low_rank_bytes(WeightType type, int64_t rank, int64_t rows, int64_t cols) {
    return static_cast<uint64_t>(rows * row_size_of(type, rank) + rank * row_size_of(type, cols));
}

Result<LowRankGate> LowRankGate::make(WeightType type, int64_t rank, std::span<const std::byte> bytes, int64_t rows,
                                      int64_t cols, const Kernels& kernels, TaskPool& pool) {
    const std::byte* second = bytes.data() + rows * row_size_of(type, rank);
    auto a = Weights::prepare({type, bytes.data(), rows, rank}, Layout::tiled, kernels, pool);
    if (!a) return a.error();
    auto b = Weights::prepare({type, second, rank, cols}, Layout::tiled, kernels, pool);
    if (!b) return b.error();
    LowRankGate gate;
    gate.a_ = std::move(a).value();
    gate.b_ = std::move(b).value();
    return gate;
}

void LowRankGate::prepare(const Inputs& x, PredictorInput& out, const Kernels& kernels, TaskPool& pool) const {
    const int64_t rank = b_.rows();
    out.x = &x;
    out.products.resize(static_cast<size_t>(x.count() * rank));
    const Product product{&b_, out.products.data(), rank};
    multiply({&product, 1}, x, kernels, pool);
    const WeightType type = a_.type();
    out.reduced.assign(out.products.data(), x.count(), rank, rank, {&type, 1}, kernels, pool);
}

void LowRankGate::estimate(int64_t begin, int64_t end, const PredictorInput& x, int64_t m, float* out,
                           const Kernels& kernels) const {
    const Weights::Data& a = a_.data();
    const int64_t rows = std::min(end, a.rows) - begin;
    kernels.matrix->types[static_cast<int>(a.type)].tiles(
        a.tiles.as<std::byte>() + begin / kTileRows * a.tile_bytes, a.cols,
        x.reduced.data().forms[static_cast<int>(input_kind(a.type))].row(m), out, rows, rows);
}

}  // namespace phonon
