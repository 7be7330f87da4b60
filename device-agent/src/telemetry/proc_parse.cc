#include "telemetry/proc_parse.h"

#include <algorithm>

#include "base/text.h"

namespace phonon {
namespace {

// Calls fn(name, value) for every "name: value" line.
template <typename F>
void for_each_pair(std::string_view text, F fn) {
    while (!text.empty()) {
        std::string_view line = take_until(text, '\n');
        if (line.find(':') == std::string_view::npos) continue;
        const std::string_view name = trimmed(take_until(line, ':'));
        fn(name, trimmed(line));
    }
}

std::optional<uint64_t> kilobytes(std::string_view value) {
    const auto number = leading_number<uint64_t>(value);
    if (!number || *number > UINT64_MAX / 1024) return std::nullopt;
    return *number * 1024;
}

}  // namespace

ProcessMemory parse_status(std::string_view text) {
    ProcessMemory out;
    std::optional<uint64_t> shmem;
    for_each_pair(text, [&](std::string_view name, std::string_view value) {
        if (name == "VmRSS") out.rss_bytes = kilobytes(value);
        if (name == "VmHWM") out.peak_rss_bytes = kilobytes(value);
        if (name == "RssAnon") out.anon_bytes = kilobytes(value);
        if (name == "RssFile") out.file_bytes = kilobytes(value);
        if (name == "RssShmem") shmem = kilobytes(value);
    });
    // Shared memory has no file behind it: like anonymous memory, it cannot be dropped.
    if (out.anon_bytes && shmem) *out.anon_bytes += *shmem;
    return out;
}

std::optional<uint64_t> parse_major_faults(std::string_view text) {
    const auto name_end = text.rfind(')');
    if (name_end == std::string_view::npos) return std::nullopt;
    std::string_view rest = text.substr(name_end + 1);
    // state ppid pgrp session tty tpgid flags minflt cminflt majflt
    constexpr int kFieldsBefore = 9;
    rest = trimmed(rest);
    for (int i = 0; i < kFieldsBefore; i++) take_until(rest, ' ');
    return leading_number<uint64_t>(rest);
}

std::optional<uint64_t> parse_read_bytes(std::string_view text) {
    std::optional<uint64_t> out;
    for_each_pair(text, [&](std::string_view name, std::string_view value) {
        if (name == "read_bytes") out = leading_number<uint64_t>(value);
    });
    return out;
}

std::map<int, CpuTimes> parse_cpu_times(std::string_view text) {
    std::map<int, CpuTimes> out;
    while (!text.empty()) {
        std::string_view line = take_until(text, '\n');
        if (!line.starts_with("cpu")) {
            // The cores come first; the interrupts after them may be a long line.
            if (!out.empty()) break;
            continue;
        }
        const auto id = leading_number<int>(take_until(line, ' ').substr(3));
        if (!id) continue;
        CpuTimes times;
        // user nice system idle iowait irq softirq steal; guest time is part of user's.
        for (int field = 0; field < 8 && !line.empty(); field++) {
            const auto ticks = leading_number<uint64_t>(take_until(line, ' '));
            if (!ticks) break;
            times.total += *ticks;
            if (field != 3 && field != 4) times.busy += *ticks;
        }
        out[*id] = times;
    }
    return out;
}

std::optional<double> cpu_load(const CpuTimes& before, const CpuTimes& after) {
    // Counters of idle time go backwards on some phones.
    if (after.total <= before.total) return std::nullopt;
    if (after.busy <= before.busy) return 0.0;
    return std::min(1.0,
                    static_cast<double>(after.busy - before.busy) / static_cast<double>(after.total - before.total));
}

SystemMemory parse_meminfo(std::string_view text) {
    SystemMemory out;
    for_each_pair(text, [&](std::string_view name, std::string_view value) {
        if (name == "MemTotal") out.total_bytes = kilobytes(value);
        if (name == "MemAvailable") out.available_bytes = kilobytes(value);
    });
    return out;
}

std::vector<int> parse_cpu_list(std::string_view text) {
    constexpr int kMost = 1024;
    std::vector<int> out;
    text = trimmed(text);
    while (!text.empty()) {
        std::string_view range = take_until(text, ',');
        const auto first = leading_number<int>(take_until(range, '-'));
        const auto last = range.empty() ? first : leading_number<int>(range);
        if (!first || !last || *first < 0 || *last >= kMost) continue;
        for (int id = *first; id <= *last; id++) out.push_back(id);
    }
    return out;
}

std::optional<std::string_view> cpuinfo_value(std::string_view text, std::string_view key) {
    std::optional<std::string_view> out;
    for_each_pair(text, [&](std::string_view name, std::string_view value) {
        if (!out && name == key && !value.empty()) out = value;
    });
    return out;
}

}  // namespace phonon
