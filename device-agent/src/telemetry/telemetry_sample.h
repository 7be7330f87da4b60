#pragma once
// One reading of everything that is sampled during a run. What the device does not tell is absent.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace phonon {

struct MemoryReading {
    std::optional<uint64_t> rss_bytes, anon_bytes, file_bytes, major_faults;
};

struct CoreReading {
    int id = 0;
    std::optional<double> load;  // [0, 1] since the reading before
    std::optional<int64_t> mhz;
};

struct TemperatureReading {
    std::string zone;
    double celsius = 0;
};

struct BatteryReading {
    std::optional<double> volts;
    std::optional<double> amps;    // as the kernel says: its sign differs between phones
    std::optional<bool> charging;  // on external power, full or not
    std::optional<int64_t> percent;
    std::optional<double> celsius;
};

struct TelemetrySample {
    MemoryReading memory;
    std::vector<CoreReading> cores;
    std::vector<TemperatureReading> temperatures;
    std::optional<BatteryReading> battery;
    std::optional<uint64_t> storage_read_bytes;
};

}  // namespace phonon
