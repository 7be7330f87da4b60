#include "telemetry/power_and_heat.h"

#include <algorithm>
#include <cstdlib>
#include <map>

namespace phonon {
namespace {

std::optional<double> scaled(std::optional<int64_t> raw, double divisor) {
    if (!raw) return std::nullopt;
    return static_cast<double>(*raw) / divisor;
}

}  // namespace

std::optional<double> zone_celsius(int64_t raw) {
    const double celsius = static_cast<double>(raw) / (std::abs(raw) < 200 ? 1.0 : 1000.0);
    if (celsius < -40 || celsius > 150 || raw == 0) return std::nullopt;
    return celsius;
}

std::vector<ThermalZone> find_thermal_zones(const SystemFiles& files) {
    constexpr const char* kFolder = "/sys/class/thermal";
    std::vector<ThermalZone> zones;
    std::map<std::string, int> uses;
    for (const std::string& name : files.list(kFolder)) {
        if (!name.starts_with("thermal_zone")) continue;
        const std::string folder = std::string(kFolder) + "/" + name;
        const auto raw = files.number(folder + "/temp");
        if (!raw || !zone_celsius(*raw)) continue;
        const std::string type = files.line(folder + "/type").value_or("");
        zones.push_back({type.empty() ? name : type, folder + "/temp"});
        uses[zones.back().name]++;
    }
    for (ThermalZone& zone : zones) {
        if (uses[zone.name] == 1) continue;
        constexpr size_t kPrefix = std::string_view("/sys/class/thermal/thermal_zone").size();
        zone.name += "-" + zone.path.substr(kPrefix, zone.path.rfind('/') - kPrefix);
    }
    return zones;
}

std::string find_battery(const SystemFiles& files) {
    constexpr const char* kFolder = "/sys/class/power_supply";
    for (const std::string& name : files.list(kFolder)) {
        const std::string folder = std::string(kFolder) + "/" + name;
        // A mouse's battery says that it is a device's, not the system's.
        if (files.line(folder + "/type") == "Battery" && files.line(folder + "/scope") != "Device") return folder;
    }
    return "";
}

BatteryReading read_battery(const SystemFiles& files, const std::string& folder) {
    BatteryReading out;
    out.volts = scaled(files.number(folder + "/voltage_now"), 1e6);
    out.amps = scaled(files.number(folder + "/current_now"), 1e6);
    out.percent = files.number(folder + "/capacity");
    out.celsius = scaled(files.number(folder + "/temp"), 10);
    const std::string status = files.line(folder + "/status").value_or("");
    if (status == "Charging" || status == "Full" || status == "Not charging") out.charging = true;
    if (status == "Discharging") out.charging = false;
    return out;
}

}  // namespace phonon
