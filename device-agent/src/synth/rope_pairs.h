#pragma once
// Which rows of Query and Key rope turns together, and how fast.

#include <cstdint>
#include <vector>

#include "synth/shape.h"

namespace phonon {

// What Llama 3's frequencies are divided by, [head_dim / 2]; empty where the file has no such factors.
std::vector<float> rope_factors(const ModelShape& shape);

// [head_dim / 2] radians per token.
std::vector<double> rope_angles(const ModelShape& shape);

// The file's row of one of a pair's two values: side by side in llama, half a head apart elsewhere.
int64_t pair_row(const ModelShape& shape, int64_t head, int64_t pair, int64_t part);

// The row that holds in a llama file what `row` of this architecture's file holds.
int64_t paired_row(const ModelShape& shape, int64_t row);

}  // namespace phonon
