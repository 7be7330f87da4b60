#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernels/weights.h"

namespace phonon {

struct NamedType {
    const char* name;
    WeightType type;
};
constexpr NamedType kNamedTypes[] = {{"f32", WeightType::f32},   {"f16", WeightType::f16},   {"bf16", WeightType::bf16},
                                     {"q8_0", WeightType::q8_0}, {"q4_0", WeightType::q4_0}, {"q4_k", WeightType::q4_k},
                                     {"q6_k", WeightType::q6_k}};

struct Options {
    std::vector<NamedType> types;
    int64_t rows = 8192, cols = 2048;
    std::vector<int64_t> tokens = {1, 64, 512};
    int threads = 2, rounds = 9;
    Layout layout = Layout::tiled;
    std::string level;   // empty: the best
    int sparse = 0;      // percent of rows or columns that take part; 0: all, by multiply()
    bool alone = false;  // without llama.cpp
    bool repack = true;
};

// Nothing for words it does not know.
std::optional<Options> parse_options(int argc, char** argv);

}  // namespace phonon
