#pragma once
// The kernels are templates over S, the vectors of one instruction-set level (simd/*.h): 16 lanes of int32 or float, or
// 64 bytes seen as [16][4]. Each level's source file instantiates them with its own S, so no instantiation is shared.

#include <cstdint>
#include <cstring>

#include "kernels/formats.h"
#include "kernels/half.h"
#include "kernels/matrix_kernels.h"

#if defined(__clang__)
#define PHONON_UNROLL _Pragma("clang loop unroll(full)")
#define PHONON_UNROLL_SOME _Pragma("clang loop unroll_count(4)")
#else
#define PHONON_UNROLL _Pragma("GCC unroll 32")
#define PHONON_UNROLL_SOME _Pragma("GCC unroll 4")
#endif
#define PHONON_INLINE __attribute__((always_inline))
#define PHONON_INLINE_FN __attribute__((always_inline)) static inline

namespace phonon {

template <typename T>
PHONON_INLINE_FN const T* as(const std::byte* p) {
    return reinterpret_cast<const T*>(p);
}

PHONON_INLINE_FN uint16_t load_u16(const std::byte* p) {
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

template <class S, WeightType type>
PHONON_INLINE_FN typename S::F32 load_values(const std::byte* p) {
    if constexpr (type == WeightType::f32) {
        return S::load_f32(p);
    } else if constexpr (type == WeightType::f16) {
        return S::load_f16(p);
    } else {
        return S::load_bf16(p);
    }
}

}  // namespace phonon
