#include "kernels/levels.h"
#include "kernels/simd/neon_i8mm.h"
#include "kernels/templates/level.h"

namespace phonon {

const Kernels& neon_i8mm_kernels() {
    return kKernels<NeonI8mmSimd>;
}

}  // namespace phonon
