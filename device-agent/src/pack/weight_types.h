#pragma once
// GGUF's tensor types that the engine computes with.

#include <optional>

#include "kernels/weights.h"

namespace phonon {

std::optional<WeightType> weight_type(int ggml_type);
int ggml_type(WeightType type);  // an lm_ggml_type

}  // namespace phonon
