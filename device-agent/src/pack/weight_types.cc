#include "pack/weight_types.h"

#include "ggml.h"

namespace phonon {
namespace {

struct Pair {
    WeightType weight;
    int ggml;
};
constexpr Pair kTypes[] = {{WeightType::f32, LM_GGML_TYPE_F32},   {WeightType::f16, LM_GGML_TYPE_F16},
                           {WeightType::bf16, LM_GGML_TYPE_BF16}, {WeightType::q8_0, LM_GGML_TYPE_Q8_0},
                           {WeightType::q4_0, LM_GGML_TYPE_Q4_0}, {WeightType::q4_k, LM_GGML_TYPE_Q4_K},
                           {WeightType::q6_k, LM_GGML_TYPE_Q6_K}};

}  // namespace

std::optional<WeightType> weight_type(int ggml_type) {
    for (const Pair& pair : kTypes) {
        if (pair.ggml == ggml_type) return pair.weight;
    }
    return std::nullopt;
}

int ggml_type(WeightType type) {
    for (const Pair& pair : kTypes) {
        if (pair.weight == type) return pair.ggml;
    }
    return LM_GGML_TYPE_F32;
}

}  // namespace phonon
