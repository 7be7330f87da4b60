#include "telemetry/device_facts.h"

#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>

#include "base/cpu_features.h"

namespace phonon {
namespace {

#if defined(__aarch64__)
constexpr const char* kAbi = "arm64-v8a";
#elif defined(__x86_64__)
constexpr const char* kAbi = "x86_64";
#else
#error "no name for this ABI"
#endif

std::optional<std::string> first_line(const SystemFiles& files, std::initializer_list<const char*> paths) {
    for (const char* path : paths) {
        if (auto line = files.line(path); line && !line->empty()) return line;
    }
    return std::nullopt;
}

std::optional<std::string> read_soc(const SystemFiles& files) {
    const auto machine = first_line(files, {"/sys/devices/soc0/machine"});
    if (machine) {
        const auto vendor = first_line(files, {"/sys/devices/soc0/vendor", "/sys/devices/soc0/family"});
        return vendor ? *vendor + " " + *machine : *machine;
    }
    const std::string cpuinfo = files.read("/proc/cpuinfo").value_or("");
    for (const char* key : {"Hardware", "model name", "Processor"}) {
        if (const auto value = cpuinfo_value(cpuinfo, key)) return std::string(*value);
    }
    return std::nullopt;
}

std::vector<CoreFacts> read_cores(const SystemFiles& files) {
    const std::string folder = "/sys/devices/system/cpu";
    std::vector<int> ids = parse_cpu_list(files.read(folder + "/present").value_or(""));
    if (ids.empty()) {
        for (const auto& [id, times] : parse_cpu_times(files.read("/proc/stat").value_or(""))) ids.push_back(id);
    }
    std::vector<CoreFacts> cores;
    for (const int id : ids) {
        CoreFacts core;
        core.id = id;
        const auto khz = files.number(folder + "/cpu" + std::to_string(id) + "/cpufreq/cpuinfo_max_freq");
        if (khz && *khz > 0) core.max_mhz = *khz / 1000;
        cores.push_back(core);
    }
    classify_cores(cores);
    return cores;
}

}  // namespace

void classify_cores(std::vector<CoreFacts>& cores) {
    int64_t highest = 0, lowest = INT64_MAX;
    for (const CoreFacts& core : cores) {
        if (!core.max_mhz) continue;
        highest = std::max(highest, *core.max_mhz);
        lowest = std::min(lowest, *core.max_mhz);
    }
    for (CoreFacts& core : cores) {
        const bool big = !core.max_mhz || *core.max_mhz * 5 >= highest * 4;
        core.core_class = big ? "big" : *core.max_mhz == lowest ? "little" : "mid";
    }
}

DeviceFacts read_device_facts(const SystemFiles& files, const std::string& folder) {
    DeviceFacts out;
    out.abi = kAbi;
    out.soc = read_soc(files);
    out.model = first_line(files, {"/sys/firmware/devicetree/base/model", "/sys/class/dmi/id/product_name"});
    utsname name{};
    if (::uname(&name) == 0) out.kernel = std::string(name.sysname) + " " + name.release;
    out.page_size = ::sysconf(_SC_PAGESIZE);
    out.cores = read_cores(files);
    out.features = cpu_feature_names();
    out.memory = parse_meminfo(files.read("/proc/meminfo").value_or(""));
    out.storage.path = folder;
    struct statvfs fs {};
    if (::statvfs(folder.c_str(), &fs) == 0) {
        out.storage.total_bytes = static_cast<uint64_t>(fs.f_blocks) * fs.f_frsize;
        out.storage.free_bytes = static_cast<uint64_t>(fs.f_bavail) * fs.f_frsize;
    }
    return out;
}

}  // namespace phonon
