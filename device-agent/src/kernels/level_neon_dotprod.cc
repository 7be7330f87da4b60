#include "kernels/levels.h"
#include "kernels/simd/neon.h"
#include "kernels/templates/level.h"

namespace phonon {

const Kernels& neon_dotprod_kernels() {
    return kKernels<NeonDotprodSimd>;
}

}  // namespace phonon
