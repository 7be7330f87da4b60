#include "kernels/kernels.h"

#include <vector>

#include "base/cpu_features.h"
#include "kernels/levels.h"

namespace phonon {

std::span<const Kernels* const> available_kernels() {
    static const std::vector<const Kernels*> levels = [] {
        std::vector<const Kernels*> found;
        [[maybe_unused]] const CpuFeatures& cpu = cpu_features();
#if defined(__x86_64__)
        if (cpu.avx512vnni) found.push_back(&avx512vnni_kernels());
        if (cpu.avx2) found.push_back(&avx2_kernels());
#elif defined(__aarch64__)
        if (cpu.i8mm) found.push_back(&neon_i8mm_kernels());
        if (cpu.dotprod) found.push_back(&neon_dotprod_kernels());
#endif
        found.push_back(&scalar_kernels());
        return found;
    }();
    return levels;
}

const Kernels* best_kernels() {
    return available_kernels().front();
}

const Kernels* find_kernels(std::string_view name) {
    for (const Kernels* k : available_kernels()) {
        if (name == k->name) return k;
    }
    return nullptr;
}

}  // namespace phonon
