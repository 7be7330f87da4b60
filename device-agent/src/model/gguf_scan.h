#pragma once
// A first look at a GGUF's bytes, before llama.cpp's reader sees them: everything that would make the reader abort,
// divide by zero, or take time and memory out of proportion is refused here, naming the key or tensor.

#include <cstddef>
#include <span>
#include <string>

#include "phonon/result.h"

namespace phonon {

// Bounds far above any real model's: the reader compares every name with every other one.
inline constexpr uint64_t kMaxGgufKeys = 4096;
inline constexpr uint64_t kMaxGgufTensors = 16384;
inline constexpr uint64_t kMaxGgufMetadataBytes = uint64_t{128} << 20;

// Error: file_invalid. Takes time linear in the metadata's size, and no memory but one record per tensor.
Status scan_gguf(std::span<const std::byte> file, const std::string& path);

}  // namespace phonon
