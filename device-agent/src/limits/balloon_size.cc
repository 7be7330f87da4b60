#include "limits/balloon_size.h"

#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "limits/bytes_text.h"
#include "telemetry/proc_parse.h"

namespace phonon {
namespace {

constexpr int kReadings = 10;
constexpr useconds_t kBetweenReadings = 20'000;
// Of all memory, where the kernel does not tell its watermarks: what Linux takes on a phone, roundly.
constexpr uint64_t kUnknownWatermarkShare = 64;

}  // namespace

std::optional<uint64_t> parse_high_watermarks(std::string_view zoneinfo) {
    std::optional<uint64_t> pages;
    while (!zoneinfo.empty()) {
        std::string_view line = trimmed(take_until(zoneinfo, '\n'));
        // A processor's page lists have a "high:" too, which is another thing.
        if (!line.starts_with("high ")) continue;
        if (const auto high = leading_number<uint64_t>(line.substr(5))) pages = pages.value_or(0) + *high;
    }
    return pages;
}

MemoryReserve measure_reserve(const SystemFiles& files, const std::function<void()>& rest) {
    uint64_t most = 0, least = UINT64_MAX, total = 0;
    for (int i = 0; i < kReadings; i++) {
        if (i > 0) rest();
        const SystemMemory memory = parse_meminfo(files.read("/proc/meminfo").value_or(""));
        total = memory.total_bytes.value_or(total);
        if (!memory.available_bytes) continue;
        most = std::max(most, *memory.available_bytes);
        least = std::min(least, *memory.available_bytes);
    }
    const auto pages = parse_high_watermarks(files.read("/proc/zoneinfo").value_or(""));
    MemoryReserve out;
    out.watermark_bytes =
        pages ? *pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE)) : total / kUnknownWatermarkShare;
    if (most >= least) out.swing_bytes = most - least;
    return out;
}

MemoryReserve measure_reserve(const SystemFiles& files) {
    return measure_reserve(files, [] { ::usleep(kBetweenReadings); });
}

Result<uint64_t> balloon_size(uint64_t available, uint64_t budget, const MemoryReserve& reserve) {
    const uint64_t kept = budget + reserve.bytes();
    if (available > kept) return available - kept;
    return Error{"out_of_memory", "only " + bytes_text(available) + " of memory are available here; a budget of " +
                                      bytes_text(budget) + " and " + bytes_text(reserve.bytes()) +
                                      " for the system cannot be held. Close programs, or choose a smaller budget."};
}

}  // namespace phonon
