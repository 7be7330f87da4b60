#pragma once
// Reads a TelemetrySample from /proc and /sys.

#include <map>
#include <string>
#include <vector>

#include "base/files.h"
#include "telemetry/power_and_heat.h"
#include "telemetry/proc_parse.h"
#include "telemetry/telemetry_sample.h"

namespace phonon {

// What this process holds and has read since it began. Not smaps: walking a big mapping's pages takes milliseconds.
MemoryReading read_process_memory(const SystemFiles& files);
std::optional<uint64_t> read_storage_bytes(const SystemFiles& files);

// Makes the kernel forget this process's highest resident set. False where it does not let us.
bool reset_peak_rss();
std::optional<uint64_t> read_peak_rss(const SystemFiles& files);

// Not thread-safe.
class TelemetrySampler {
  public:
    explicit TelemetrySampler(const SystemFiles& files);
    // Loads are since the construction or the sample before; major faults and storage bytes since the construction.
    // The first call also finds out what there is to read: a phone has some hundred thermal zones, and slow ones.
    TelemetrySample sample();

  private:
    void discover();

    const SystemFiles& files_;
    bool discovered_ = false;
    std::vector<int> cores_;
    std::vector<ThermalZone> zones_;
    std::string battery_;
    std::map<int, CpuTimes> cpu_times_;
    std::optional<uint64_t> first_major_faults_, first_read_bytes_;
};

}  // namespace phonon
