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

uint64_t page_bytes() {
    return static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

// Of the numbers after `key` at the beginning of lines.
std::optional<uint64_t> sum_of(std::string_view text, std::string_view key) {
    std::optional<uint64_t> sum;
    while (!text.empty()) {
        const std::string_view line = trimmed(take_until(text, '\n'));
        if (!line.starts_with(key)) continue;
        if (const auto number = leading_number<uint64_t>(line.substr(key.size()))) sum = sum.value_or(0) + *number;
    }
    return sum;
}

}  // namespace

std::optional<uint64_t> parse_high_watermarks(std::string_view zoneinfo) {
    // A core's page lists have a "high:" too, which is another thing.
    return sum_of(zoneinfo, "high ");
}

std::optional<uint64_t> available_memory(const SystemFiles& files) {
    const auto available = parse_meminfo(files.read("/proc/meminfo").value_or("")).available_bytes;
    if (!available) return std::nullopt;
    return *available + sum_of(files.read("/proc/zoneinfo").value_or(""), "count:").value_or(0) * page_bytes();
}

MemoryReserve measure_reserve(const SystemFiles& files, const std::function<void()>& rest) {
    uint64_t most = 0, least = UINT64_MAX;
    for (int i = 0; i < kReadings; i++) {
        if (i > 0) rest();
        const auto available = available_memory(files);
        if (!available) continue;
        most = std::max(most, *available);
        least = std::min(least, *available);
    }
    const auto pages = parse_high_watermarks(files.read("/proc/zoneinfo").value_or(""));
    const auto total = parse_meminfo(files.read("/proc/meminfo").value_or("")).total_bytes;
    MemoryReserve out;
    out.watermark_bytes = pages ? *pages * page_bytes() : total.value_or(0) / kUnknownWatermarkShare;
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
