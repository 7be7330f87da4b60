#pragma once
// A two-bit copy of Gate tells which neurons will fire: a predictor that needs no training (where PowerInfer-2, section
// 4.2, trains one for every layer). What it lets through is computed exactly, so a wrong yes costs time and a wrong no
// costs a neuron that was nearly always small.

#include <cstdint>
#include <span>

#include "kernels/kernels.h"
#include "kernels/weights.h"

namespace phonon {

// Columns that share a scale: the widest of 128, 64 and 32 that divides them; 0 when none does.
int64_t two_bit_group(int64_t cols);

// Bytes of the copy of a [rows][cols] matrix.
uint64_t two_bit_bytes(int64_t rows, int64_t cols);

// Sixteen rows [16][cols] -> one tile, with the scales that make the squared error least (Lloyd's iteration).
void pack_two_bit_tile(const float* rows, int64_t cols, std::byte* tile);

// A matrix's copy in somebody else's memory. Thread-safe.
class TwoBitGate {
  public:
    TwoBitGate() = default;
    TwoBitGate(const std::byte* tiles, int64_t rows, int64_t cols) : tiles_(tiles), rows_(rows), cols_(cols) {}

    // The form that inputs must be prepared in.
    static constexpr WeightType kInputType = WeightType::q8_0;

    // out [end - begin] about Gate's rows [begin, end) . input row m. `begin` is a multiple of 16; `out` has room for a
    // multiple of 16.
    void estimate(int64_t begin, int64_t end, const Inputs& x, int64_t m, float* out, const Kernels& kernels) const;

  private:
    const std::byte* tiles_ = nullptr;
    int64_t rows_ = 0, cols_ = 0;
};

}  // namespace phonon
