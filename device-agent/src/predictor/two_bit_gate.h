#pragma once
// A two-bit copy of Gate: a predictor that needs no training (where PowerInfer-2, section 4.2, trains one for every
// layer).

#include <cstdint>

#include "predictor/predictor.h"

namespace phonon {

// Columns that share a scale: the widest of 128, 64 and 32 that divides them; 0 when none does.
int64_t two_bit_group(int64_t cols);

// Bytes of the copy of a [rows][cols] matrix.
uint64_t two_bit_bytes(int64_t rows, int64_t cols);

// Sixteen rows [16][cols] -> one tile, with the scales that make the squared error least (Lloyd's iteration).
void pack_two_bit_tile(const float* rows, int64_t cols, std::byte* tile);

// A matrix's copy in somebody else's memory.
class TwoBitGate : public Predictor {
  public:
    TwoBitGate(const std::byte* tiles, int64_t rows, int64_t cols) : tiles_(tiles), rows_(rows), cols_(cols) {}

    void prepare(const Inputs& x, PredictorInput& out, const Kernels&, TaskPool&) const override { out.x = &x; }
    void estimate(int64_t begin, int64_t end, const PredictorInput& x, int64_t m, float* out,
                  const Kernels& kernels) const override;

  private:
    const std::byte* tiles_;
    int64_t rows_, cols_;
};

}  // namespace phonon
