#pragma once
// CRC-32C (Castagnoli), as packs keep it of their sections and bundles.

#include <cstddef>
#include <cstdint>
#include <span>

namespace phonon {

// Of `bytes`, going on from `crc`, what came before them.
uint32_t crc32c(std::span<const std::byte> bytes, uint32_t crc = 0);

}  // namespace phonon
