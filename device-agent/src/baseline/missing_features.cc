#include "base/cpu_features.h"
#include "baseline/llama_backend.h"

namespace phonon {

// What device-agent/llama/CMakeLists.txt compiles each level for.
std::string missing_features(const std::string& level) {
    const CpuFeatures& cpu = cpu_features();
    std::string missing;
    const auto need = [&](bool present, const char* name) {
        if (!present) missing += std::string(missing.empty() ? "" : ", ") + name;
    };
    if (level == "v3" || level == "v4vnni") need(cpu.avx2, "avx2");
    if (level == "v4vnni") {
        need(cpu.avx512, "avx512");
        need(cpu.avx512vnni, "avx512vnni");
        need(cpu.avx512vbmi, "avx512vbmi");
        need(cpu.avx512bf16, "avx512bf16");
    }
    if (level == "dotprod" || level == "i8mm") {
        need(cpu.dotprod, "dotprod");
        need(cpu.fp16, "fp16");
    }
    if (level == "i8mm") need(cpu.i8mm, "i8mm");
    return missing;
}

}  // namespace phonon
