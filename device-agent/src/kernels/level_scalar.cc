#include "kernels/levels.h"
#include "kernels/simd/scalar.h"
#include "kernels/templates/level.h"

namespace phonon {

const Kernels& scalar_kernels() {
    return kKernels<ScalarSimd>;
}

}  // namespace phonon
