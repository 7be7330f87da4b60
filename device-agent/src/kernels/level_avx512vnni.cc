#include "kernels/levels.h"
#include "kernels/simd/avx512vnni.h"
#include "kernels/templates/level.h"

namespace phonon {

const Kernels& avx512vnni_kernels() {
    return kKernels<Avx512VnniSimd>;
}

}  // namespace phonon
