#include "kernels/levels.h"
#include "kernels/simd/avx2.h"
#include "kernels/templates/level.h"

namespace phonon {

const Kernels& avx2_kernels() {
    return kKernels<Avx2Simd>;
}

}  // namespace phonon
