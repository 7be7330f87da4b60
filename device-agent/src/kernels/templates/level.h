#pragma once
// One level's dispatch table. A level's source file holds `make_kernels<ItsSimd>()` and nothing else.

#include "kernels/kernels.h"
#include "kernels/templates/attention.h"
#include "kernels/templates/columns.h"
#include "kernels/templates/dot_rows.h"
#include "kernels/templates/pack_rows.h"
#include "kernels/templates/quantize.h"
#include "kernels/templates/tiles.h"
#include "kernels/templates/transposed.h"
#include "kernels/templates/two_bit_tiles.h"
#include "kernels/templates/vectors.h"

namespace phonon {

template <class S, WeightType type>
constexpr TypeKernels type_kernels() {
    TypeKernels kernels{.tiles = tiles<S, type>,
                        .pack_rows = pack_rows<S, type>,
                        .pack_columns = pack_columns<S, type>,
                        .dot_rows = dot_rows<S, type>,
                        .columns = columns<S, type>};
    if constexpr (can_be_transposed(type)) {
        kernels.transposed_columns = transposed_columns<S, type>;
        kernels.unpack_columns = unpack_columns<S, type>;
    }
    return kernels;
}

template <class S>
constexpr MatrixKernels kMatrixKernels = {
    S::kQuantTokens,
    S::kFloatTokens,
    quantize_q8_0<S>,
    quantize_q8_k<S>,
    two_bit_tiles<S>,
    {type_kernels<S, WeightType::f32>(), type_kernels<S, WeightType::f16>(), type_kernels<S, WeightType::bf16>(),
     type_kernels<S, WeightType::q8_0>(), type_kernels<S, WeightType::q4_0>(), type_kernels<S, WeightType::q4_k>(),
     type_kernels<S, WeightType::q6_k>()},
};

template <class S>
constexpr Kernels kKernels = {
    S::kName,    &kMatrixKernels<S>,   dot_f16<S>,      axpy_f16<S>, to_f16<S>,
    from_f16<S>, rms_norm<S>,          softmax<S>,      silu_mul<S>, relu_mul<S>,
    dots_f16<S>, weighted_rows_f16<S>, multiply_add<S>,
};

}  // namespace phonon
