#include <doctest/doctest.h>

#include "telemetry/device_facts.h"
#include "telemetry/telemetry_sampler.h"

using namespace phonon;

namespace {

const char* const kStatus =
    "Name:\tphonon-agent\nState:\tR (running)\nVmPeak:\t 2000000 kB\nVmHWM:\t   60000 kB\nVmRSS:\t   51200 kB\n"
    "RssAnon:\t   30000 kB\nRssFile:\t   21000 kB\nRssShmem:\t     200 kB\nThreads:\t3\n";
const char* const kStat = "77 (a) b (c) S 1 77 77 0 -1 4194560 1234 0 12 0 5 6 0 0 20 0 3 0 12345 1 2 3\n";
const char* const kIo = "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 1000\nwrite_bytes: 5\n";
const char* const kCpus =
    "cpu  10 0 10 80 0 0 0 0 0 0\ncpu0 5 0 5 40 0 0 0 0 0 0\ncpu1 5 0 5 30 10 0 0 0 0 0\nintr 99 1 2\nctxt 7\n";

}  // namespace

TEST_CASE("telemetry: process memory, and the little that old kernels tell") {
    const ProcessMemory m = parse_status(kStatus);
    CHECK(m.rss_bytes == 51200u * 1024);
    CHECK(m.anon_bytes == 30200u * 1024);
    CHECK(m.file_bytes == 21000u * 1024);
    CHECK(m.peak_rss_bytes == 60000u * 1024);
    const ProcessMemory old = parse_status("Name:\tx: y\nVmRSS:\t 4 kB\n");
    CHECK(old.rss_bytes == 4096u);
    CHECK(!old.anon_bytes);
    CHECK(!parse_status("").rss_bytes);
    CHECK(!parse_status("VmRSS: lots kB").rss_bytes);
    CHECK(!parse_status("VmRSS: 99999999999999999999 kB").rss_bytes);
}

TEST_CASE("telemetry: major faults come after a name that may hold anything") {
    CHECK(parse_major_faults(kStat) == 12u);
    CHECK(parse_major_faults("1 () S 1 2 3 4 5 6 7 8 9") == 9u);
    CHECK(!parse_major_faults("1 (x) S 1 2 3"));
    CHECK(!parse_major_faults("garbage"));
    CHECK(!parse_major_faults(""));
}

TEST_CASE("telemetry: bytes read from storage") {
    CHECK(parse_read_bytes(kIo) == 1000u);
    CHECK(!parse_read_bytes("rchar: 5\n"));
}

TEST_CASE("telemetry: core times, with cores offline and lines cut") {
    const auto times = parse_cpu_times(kCpus);
    REQUIRE(times.size() == 2);
    CHECK(times.at(1).total == 50);
    CHECK(times.at(1).busy == 10);
    const auto phone = parse_cpu_times("cpu  1 2 3 4\ncpu0 1 2 3 4\ncpu6 7 8\n");
    CHECK(phone.size() == 2);
    CHECK(phone.at(6).total == 15);
    CHECK(parse_cpu_times("").empty());
}

TEST_CASE("telemetry: load stays within [0, 1]") {
    CHECK(cpu_load({10, 20}, {15, 30}) == 0.5);
    CHECK(!cpu_load({10, 20}, {10, 20}));
    CHECK(!cpu_load({10, 20}, {5, 10}));
    CHECK(cpu_load({10, 20}, {9, 30}) == 0.0);
    CHECK(cpu_load({10, 20}, {30, 30}) == 1.0);
}

TEST_CASE("telemetry: sets of cores") {
    CHECK(parse_cpu_list("0-3,7\n") == std::vector<int>{0, 1, 2, 3, 7});
    CHECK(parse_cpu_list("0\n") == std::vector<int>{0});
    CHECK(parse_cpu_list("3-1,x,0-99999999,-1,2").size() == 1);
    CHECK(parse_cpu_list("").empty());
}

TEST_CASE("telemetry: temperatures in thousandths, in degrees, and nonsense") {
    CHECK(zone_celsius(41500) == 41.5);
    CHECK(zone_celsius(35) == 35.0);
    CHECK(zone_celsius(-5000) == -5.0);
    CHECK(!zone_celsius(-273000));
    CHECK(!zone_celsius(0));
    CHECK(!zone_celsius(2147483647));
}

TEST_CASE("telemetry: zones that cannot be read are left out, names are unique") {
    const MemoryFiles files({{"/sys/class/thermal/cooling_device0/type", "fan"},
                             {"/sys/class/thermal/thermal_zone0/type", "cpu\n"},
                             {"/sys/class/thermal/thermal_zone0/temp", "41500\n"},
                             {"/sys/class/thermal/thermal_zone1/type", "modem\n"},
                             {"/sys/class/thermal/thermal_zone12/type", "cpu\n"},
                             {"/sys/class/thermal/thermal_zone12/temp", "39000"},
                             {"/sys/class/thermal/thermal_zone3/temp", "40000\n"},
                             {"/sys/class/thermal/thermal_zone4/type", "off\n"},
                             {"/sys/class/thermal/thermal_zone4/temp", "-274000\n"}});
    const auto zones = find_thermal_zones(files);
    REQUIRE(zones.size() == 3);
    CHECK(zones[0].name == "cpu-0");
    CHECK(zones[1].name == "cpu-12");
    CHECK(zones[2].name == "thermal_zone3");
}

TEST_CASE("telemetry: the battery, and the mouse that is not one") {
    const std::string p = "/sys/class/power_supply/";
    MemoryFiles files({{p + "ac/type", "Mains\n"},
                       {p + "hid-mouse/type", "Battery\n"},
                       {p + "hid-mouse/scope", "Device\n"},
                       {p + "main/type", "Battery\n"},
                       {p + "main/voltage_now", "4125000\n"},
                       {p + "main/current_now", "-750000\n"},
                       {p + "main/status", "Discharging\n"},
                       {p + "main/temp", "305\n"}});
    CHECK(find_battery(files) == p + "main");
    const BatteryReading b = read_battery(files, p + "main");
    CHECK(b.volts == 4.125);
    CHECK(b.amps == -0.75);
    CHECK(b.charging == false);
    CHECK(b.celsius == 30.5);
    CHECK(!b.percent);
    files.files[p + "main/status"] = "Full\n";
    CHECK(read_battery(files, p + "main").charging == true);
    files.files[p + "main/status"] = "Unknown\n";
    CHECK(!read_battery(files, p + "main").charging);
    CHECK(find_battery(MemoryFiles({})).empty());
}

TEST_CASE("telemetry: a sample counts from the sampler's beginning") {
    MemoryFiles files({{"/proc/self/status", kStatus},
                       {"/proc/self/stat", kStat},
                       {"/proc/self/io", kIo},
                       {"/proc/stat", kCpus},
                       {"/sys/devices/system/cpu/present", "0-2\n"},
                       {"/sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq", "1804800\n"}});
    TelemetrySampler sampler(files);
    files.files["/proc/self/io"] = "read_bytes: 5096\n";
    files.files["/proc/stat"] = "cpu0 15 0 5 40 0 0 0 0\ncpu1 5 0 5 40 10 0 0 0\n";
    const TelemetrySample s = sampler.sample();
    CHECK(s.memory.rss_bytes == 51200u * 1024);
    CHECK(s.memory.major_faults == 0u);
    CHECK(s.storage_read_bytes == 4096u);
    REQUIRE(s.cores.size() == 3);
    CHECK(s.cores[0].load == 1.0);
    CHECK(s.cores[1].load == 0.0);
    CHECK(s.cores[1].mhz == 1804);
    CHECK(!s.cores[2].load);
    CHECK(!s.battery);
}

TEST_CASE("telemetry: a device that tells nothing gives an empty sample, not a failure") {
    const MemoryFiles nothing({});
    const TelemetrySample s = TelemetrySampler(nothing).sample();
    CHECK(!s.memory.rss_bytes);
    CHECK(!s.storage_read_bytes);
    CHECK(s.cores.empty());
    const DeviceFacts facts = read_device_facts(nothing, "/nowhere/at/all");
    CHECK(!facts.soc);
    CHECK(!facts.storage.free_bytes);
    CHECK(facts.cores.empty());
}

TEST_CASE("telemetry: this computer's own sample and facts make sense") {
    TelemetrySampler sampler(system_files());
    const TelemetrySample s = sampler.sample();
    REQUIRE(s.memory.rss_bytes.has_value());
    CHECK(*s.memory.rss_bytes > 100000);
    CHECK(!s.cores.empty());
    const DeviceFacts facts = read_device_facts(system_files(), "/tmp");
    CHECK(!facts.abi.empty());
    CHECK(facts.kernel.starts_with("Linux "));
    CHECK(facts.page_size >= 4096);
    CHECK(facts.cores.size() == s.cores.size());
    CHECK(facts.memory.total_bytes.value_or(0) > 1 << 20);
    CHECK(facts.storage.total_bytes.value_or(0) > 0);
}

TEST_CASE("telemetry: what a phone says of itself") {
    const std::string cpu = "/sys/devices/system/cpu/";
    MemoryFiles files({{cpu + "present", "0-3\n"},
                       {cpu + "cpu0/cpufreq/cpuinfo_max_freq", "1800000\n"},
                       {cpu + "cpu1/cpufreq/cpuinfo_max_freq", "2400000\n"},
                       {cpu + "cpu2/cpufreq/cpuinfo_max_freq", "3200000\n"},
                       {"/sys/devices/soc0/machine", "SM8550\n"},
                       {"/sys/devices/soc0/vendor", "Qualcomm\n"},
                       {"/sys/firmware/devicetree/base/model", std::string("Kalama MTP\0", 11)},
                       {"/proc/meminfo", "MemTotal: 8 kB\nMemFree: 1 kB\nMemAvailable: 4 kB\n"}});
    const DeviceFacts facts = read_device_facts(files, "/tmp");
    CHECK(facts.soc == "Qualcomm SM8550");
    CHECK(facts.model == "Kalama MTP");
    CHECK(facts.memory.available_bytes == 4096u);
    REQUIRE(facts.cores.size() == 4);
    CHECK(facts.cores[0].core_class == "little");
    CHECK(facts.cores[1].core_class == "mid");
    CHECK(facts.cores[2].core_class == "big");
    CHECK(facts.cores[3].core_class == "big");
    files.files.erase("/sys/devices/soc0/machine");
    files.files["/proc/cpuinfo"] = "processor\t: 0\nHardware\t: \nmodel name\t: ARMv8 Processor: rev 1\n";
    CHECK(read_device_facts(files, "/tmp").soc == "ARMv8 Processor: rev 1");
}
