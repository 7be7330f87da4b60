#pragma once
// The head of a synthetic GGUF: metadata, tokeniser and tensor table.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "synth/layout.h"

namespace phonon {

struct GgufHeader {
    std::vector<std::byte> bytes;   // padded: tensor data starts at bytes.size()
    std::vector<uint64_t> offsets;  // [tensor] from the start of the file
    uint64_t file_bytes = 0;
};

GgufHeader make_header(const SynthConfig& config, const std::vector<TensorPlan>& tensors);

}  // namespace phonon
