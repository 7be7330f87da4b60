#pragma once
// The levels that were compiled for this architecture, one per source file level_*.cc.

#include "kernels/kernels.h"

namespace phonon {

const Kernels& scalar_kernels();
#if defined(__x86_64__)
const Kernels& avx2_kernels();
const Kernels& avx512vnni_kernels();
#elif defined(__aarch64__)
const Kernels& neon_dotprod_kernels();
const Kernels& neon_i8mm_kernels();
#endif

}  // namespace phonon
