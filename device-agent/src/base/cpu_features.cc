#include "base/cpu_features.h"

#include <cstdint>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

namespace phonon {
namespace {

constexpr bool bit(uint64_t word, int index) {
    return (word >> index & 1) != 0;
}

#if defined(__x86_64__)
uint64_t enabled_states() {
    uint32_t low = 0, high = 0;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return uint64_t{high} << 32 | low;
}

CpuFeatures detect() {
    CpuFeatures f;
    uint32_t a = 0, b = 0, c = 0, d = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return f;
    const bool fma = bit(c, 12), xsave = bit(c, 27), f16c = bit(c, 29);
    if (!xsave || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return f;
    const uint64_t states = enabled_states();
    const bool ymm = (states & 0x6) == 0x6, zmm = (states & 0xe6) == 0xe6;
    f.avx2 = ymm && fma && f16c && bit(b, 5);
    f.avx512 = f.avx2 && zmm && bit(b, 16) && bit(b, 17) && bit(b, 30) && bit(b, 31);
    f.avx512vnni = f.avx512 && bit(c, 11);
    f.avx512vbmi = f.avx512 && bit(c, 1);
    if (__get_cpuid_count(7, 1, &a, &b, &c, &d)) f.avx512bf16 = f.avx512 && bit(a, 5);
    return f;
}
#elif defined(__aarch64__)
// Bit numbers of the kernel's asm/hwcap.h, spelt out because old sysroots lack some names.
CpuFeatures detect() {
    CpuFeatures f;
    const uint64_t caps = getauxval(AT_HWCAP), caps2 = getauxval(26);  // AT_HWCAP2
    f.fp16 = bit(caps, 10);                                            // HWCAP_ASIMDHP
    f.dotprod = bit(caps, 20);                                         // HWCAP_ASIMDDP
    f.i8mm = f.dotprod && bit(caps2, 13);                              // HWCAP2_I8MM
    return f;
}
#else
CpuFeatures detect() {
    return {};
}
#endif

}  // namespace

const CpuFeatures& cpu_features() {
    static const CpuFeatures features = detect();
    return features;
}

std::vector<std::string> cpu_feature_names() {
    const CpuFeatures& f = cpu_features();
    std::vector<std::string> names;
    const auto add = [&](bool present, const char* name) {
        if (present) names.emplace_back(name);
    };
    add(f.avx2, "avx2");
    add(f.avx512, "avx512");
    add(f.avx512vnni, "avx512vnni");
    add(f.avx512vbmi, "avx512vbmi");
    add(f.avx512bf16, "avx512bf16");
    add(f.fp16, "fp16");
    add(f.dotprod, "dotprod");
    add(f.i8mm, "i8mm");
    return names;
}

}  // namespace phonon
