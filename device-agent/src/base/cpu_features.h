#pragma once
// What this CPU and its operating system can execute.

#include <string>
#include <vector>

namespace phonon {

struct CpuFeatures {
    // x86-64; each is true only when the operating system also saves the registers.
    bool avx2 = false;        // with fma and f16c
    bool avx512 = false;      // f, bw, dq, vl
    bool avx512vnni = false;  // with avx512
    bool avx512vbmi = false;
    bool avx512bf16 = false;
    // arm64
    bool dotprod = false;
    bool i8mm = false;
    bool fp16 = false;
};

// Detected once.
const CpuFeatures& cpu_features();

// The names of those that are set, as the greeting lists them.
std::vector<std::string> cpu_feature_names();

}  // namespace phonon
