#pragma once
// Gate's products through two thin factors: Gate x is about A (B x), with A [rows][rank] and B [rank][cols], as the
// trained predictors of PowerInfer have them. Here the factors are computed (packing/low_rank_fit.h), not trained.

#include <cstdint>
#include <span>

#include "predictor/predictor.h"

namespace phonon {

// Bytes of A's rows, then B's, as `type` lies in a GGUF. REQUIRES rank and cols multiples of the type's blocks.
uint64_t low_rank_bytes(WeightType type, int64_t rank, int64_t rows, int64_t cols);

class LowRankGate : public Predictor {
  public:
    // Copies `bytes`, low_rank_bytes() long. Errors: out_of_memory.
    static Result<LowRankGate> make(WeightType type, int64_t rank, std::span<const std::byte> bytes, int64_t rows,
                                    int64_t cols, const Kernels& kernels, TaskPool& pool);

    // B's products of all tokens, in one parallel region.
    void prepare(const Inputs& x, PredictorInput& out, const Kernels& kernels, TaskPool& pool) const override;
    void estimate(int64_t begin, int64_t end, const PredictorInput& x, int64_t m, float* out,
                  const Kernels& kernels) const override;

  private:
    Weights a_, b_;  // tiled
};

}  // namespace phonon
