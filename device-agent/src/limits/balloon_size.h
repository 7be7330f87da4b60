#pragma once
// How much a balloon must hold so that a budget remains.

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/files.h"
#include "phonon/result.h"

namespace phonon {

// What the rest of the device must keep beside the budget: the kernel's own watermarks, below which it begins to kill
// and to stall, and how far available memory swung while it was measured.
struct MemoryReserve {
    uint64_t watermark_bytes = 0;
    uint64_t swing_bytes = 0;
    uint64_t bytes() const { return watermark_bytes + swing_bytes; }
};

// Watches the device for a fifth of a second. `rest` sleeps between two readings; tests pass their own.
MemoryReserve measure_reserve(const SystemFiles& files, const std::function<void()>& rest);
MemoryReserve measure_reserve(const SystemFiles& files);

// What could be had now: MemAvailable, and the pages that every core keeps for itself, which recent kernels let grow to
// hundreds of megabytes and count nowhere. Nothing where the kernel does not tell.
std::optional<uint64_t> available_memory(const SystemFiles& files);

// Sum of the zones' high watermarks in /proc/zoneinfo, in pages; nothing where it says none.
std::optional<uint64_t> parse_high_watermarks(std::string_view zoneinfo);

// Bytes that the balloon must hold. Errors: out_of_memory where less than the budget is available.
Result<uint64_t> balloon_size(uint64_t available, uint64_t budget, const MemoryReserve& reserve);

}  // namespace phonon
