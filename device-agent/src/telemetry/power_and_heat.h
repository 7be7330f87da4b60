#pragma once
// Thermal zones and the battery, from /sys/class.

#include <string>
#include <vector>

#include "base/files.h"
#include "telemetry/telemetry_sample.h"

namespace phonon {

// A zone's value in degrees Celsius. Zones give thousandths, those of some old kernels whole degrees; nothing for
// what no phone reaches (sensors that are switched off say -273000 and the like).
std::optional<double> zone_celsius(int64_t raw);

struct ThermalZone {
    std::string name;  // its type; with its number where several have the same type
    std::string path;  // of its value
};
// The zones that can be read and give a temperature.
std::vector<ThermalZone> find_thermal_zones(const SystemFiles& files);

// The folder of the battery; "" where there is none.
std::string find_battery(const SystemFiles& files);
BatteryReading read_battery(const SystemFiles& files, const std::string& folder);

}  // namespace phonon
