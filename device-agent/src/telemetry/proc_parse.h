#pragma once
// Texts of /proc, parsed. What is missing or strange in a text is missing in the result; nothing here fails.

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace phonon {

struct ProcessMemory {
    std::optional<uint64_t> rss_bytes, anon_bytes, file_bytes, peak_rss_bytes;
};
// /proc/PID/status. Kernels before 4.5 do not split the resident set.
ProcessMemory parse_status(std::string_view text);

// Major faults, from /proc/PID/stat; the program's name there may hold anything.
std::optional<uint64_t> parse_major_faults(std::string_view text);

// Bytes that were fetched from storage, from /proc/PID/io.
std::optional<uint64_t> parse_read_bytes(std::string_view text);

struct CpuTimes {
    uint64_t busy = 0, total = 0;  // in clock ticks
};
// Per core, from /proc/stat. Cores that are offline are not listed there.
std::map<int, CpuTimes> parse_cpu_times(std::string_view text);

// The part of the time between two readings that a core worked, [0, 1]; nothing when no time passed.
std::optional<double> cpu_load(const CpuTimes& before, const CpuTimes& after);

struct SystemMemory {
    std::optional<uint64_t> total_bytes, available_bytes;
};
SystemMemory parse_meminfo(std::string_view text);

// "0-3,7" as /sys/devices/system/cpu writes sets; at most 1024 of them.
std::vector<int> parse_cpu_list(std::string_view text);

// The value of the first "name : value" line of /proc/cpuinfo whose name is `key`; empty values do not count.
std::optional<std::string_view> cpuinfo_value(std::string_view text, std::string_view key);

}  // namespace phonon
