#include "telemetry/telemetry_sampler.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace phonon {
namespace {

constexpr const char* kCpuFolder = "/sys/devices/system/cpu";

std::string core_clock_path(int id) {
    return std::string(kCpuFolder) + "/cpu" + std::to_string(id) + "/cpufreq/scaling_cur_freq";
}

std::optional<uint64_t> since(std::optional<uint64_t> now, std::optional<uint64_t> first) {
    if (!now || !first) return std::nullopt;
    return *now >= *first ? *now - *first : 0;
}

}  // namespace

MemoryReading read_process_memory(const SystemFiles& files) {
    const ProcessMemory memory = parse_status(files.read("/proc/self/status").value_or(""));
    return {memory.rss_bytes, memory.anon_bytes, memory.file_bytes,
            parse_major_faults(files.read("/proc/self/stat").value_or(""))};
}

std::optional<uint64_t> read_storage_bytes(const SystemFiles& files) {
    return parse_read_bytes(files.read("/proc/self/io").value_or(""));
}

bool reset_peak_rss() {
    const int fd = ::open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    const bool done = ::write(fd, "5", 1) == 1;
    ::close(fd);
    return done;
}

std::optional<uint64_t> read_peak_rss(const SystemFiles& files) {
    return parse_status(files.read("/proc/self/status").value_or("")).peak_rss_bytes;
}

TelemetrySampler::TelemetrySampler(const SystemFiles& files)
    : files_(files),
      cpu_times_(parse_cpu_times(files.read("/proc/stat").value_or(""))),
      first_major_faults_(read_process_memory(files).major_faults),
      first_read_bytes_(read_storage_bytes(files)) {}

void TelemetrySampler::discover() {
    cores_ = parse_cpu_list(files_.read(std::string(kCpuFolder) + "/present").value_or(""));
    if (cores_.empty()) {
        for (const auto& [id, times] : cpu_times_) cores_.push_back(id);
    }
    zones_ = find_thermal_zones(files_);
    battery_ = find_battery(files_);
}

TelemetrySample TelemetrySampler::sample() {
    if (!std::exchange(discovered_, true)) discover();
    TelemetrySample out;
    out.memory = read_process_memory(files_);
    out.memory.major_faults = since(out.memory.major_faults, first_major_faults_);
    out.storage_read_bytes = since(read_storage_bytes(files_), first_read_bytes_);

    auto times = parse_cpu_times(files_.read("/proc/stat").value_or(""));
    for (const int id : cores_) {
        CoreReading core;
        core.id = id;
        const auto before = cpu_times_.find(id), after = times.find(id);
        if (before != cpu_times_.end() && after != times.end()) core.load = cpu_load(before->second, after->second);
        if (const auto khz = files_.number(core_clock_path(id))) core.mhz = *khz / 1000;
        out.cores.push_back(core);
    }
    cpu_times_ = std::move(times);

    for (const ThermalZone& zone : zones_) {
        const auto raw = files_.number(zone.path);
        if (const auto celsius = raw ? zone_celsius(*raw) : std::nullopt)
            out.temperatures.push_back({zone.name, *celsius});
    }
    if (!battery_.empty()) out.battery = read_battery(files_, battery_);
    return out;
}

}  // namespace phonon
