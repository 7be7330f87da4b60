// How large a balloon must be, and where groups are made: from texts of the kernel.
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "constants.h"
#include "limits/balloon_size.h"
#include "limits/bytes_text.h"
#include "limits/memory_group.h"
#include "temporary_folder.h"

using namespace phonon;
using namespace phonon::testing;

namespace {

// MemAvailable swings between two values.
class SwingingFiles : public MemoryFiles {
  public:
    SwingingFiles() : MemoryFiles({}) {}
    std::optional<std::string> read(const std::string& path) const override {
        if (path != "/proc/meminfo") return MemoryFiles::read(path);
        return "MemTotal: 4096000 kB\nMemAvailable: " + std::to_string(2000000 + (readings_++ % 2) * 1024) + " kB\n";
    }

  private:
    mutable int readings_ = 0;
};

std::string content(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("limits: the kernel's watermarks, and no processor's page lists") {
    constexpr const char* kZones =
        "Node 0, zone      DMA\n  pages free     2816\n        boost    0\n        min      10\n        high     16\n"
        "  pagesets\n    cpu: 0\n              count:    0\n              high:     378\n"
        "              high_min: 12\nNode 0, zone   Normal\n  pages free     99\n        high     3660\n";
    CHECK(parse_high_watermarks(kZones) == 3676u);
    CHECK(!parse_high_watermarks(""));
    CHECK(!parse_high_watermarks("high \nhighest 3\n"));
}

TEST_CASE("limits: the reserve is the watermarks and what memory swung") {
    SwingingFiles files;
    files.files["/proc/zoneinfo"] = "        high     1000\n";
    int rests = 0;
    const MemoryReserve reserve = measure_reserve(files, [&] { rests++; });
    CHECK(rests == 9);
    CHECK(reserve.watermark_bytes == 1000 * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE)));
    CHECK(reserve.swing_bytes == kMiB);
    // A phone that does not tell its watermarks.
    CHECK(measure_reserve(SwingingFiles(), [] {}).watermark_bytes == 4096000 * 1024ull / 64);
}

TEST_CASE("limits: pages in the cores' own lists can be had too") {
    MemoryFiles files({{"/proc/meminfo", "MemTotal: 4096 kB\nMemAvailable: 1024 kB\n"},
                       {"/proc/zoneinfo", "  cpu: 0\n    count:    3\n  cpu: 1\n    count:    5\n"}});
    CHECK(available_memory(files) == kMiB + 8 * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE)));
    files.files.erase("/proc/zoneinfo");
    CHECK(available_memory(files) == kMiB);
    files.files.clear();
    CHECK(!available_memory(files));
}

TEST_CASE("limits: a balloon holds what is available but for the budget and the reserve, or is refused") {
    const MemoryReserve reserve{60 * kMiB, 4 * kMiB};
    const auto size = balloon_size(4000 * kMiB, 3000 * kMiB, reserve);
    REQUIRE(size.ok());
    CHECK(size.value() == 936 * kMiB);
    const auto refused = balloon_size(3010 * kMiB, 3000 * kMiB, reserve);
    REQUIRE(!refused.ok());
    CHECK(refused.error().code == "out_of_memory");
    CHECK(refused.error().message ==
          "only 3010 MiB of memory are available here; a budget of 3000 MiB and 64 MiB for the system cannot be held. "
          "Close programs, or choose a smaller budget.");
    CHECK(bytes_text(3 * kMiB + kMiB / 2) == "3.5 MiB");
}

TEST_CASE("limits: where memory groups are made, by version") {
    MemoryFiles files({{"/proc/self/mounts",
                        "cgroup /sys/fs/cgroup/cpu cgroup rw,relatime,cpu 0 0\n"
                        "cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0\n"
                        "cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0\n"},
                       {"/sys/fs/cgroup/unified/cgroup.controllers", "\n"},
                       {"/proc/self/cgroup", "8:pids:/\n4:memory:/a/b\n0::/c\n"}});
    auto found = find_memory_hierarchy(files);
    REQUIRE(found.ok());
    CHECK(found.value().version == 1);
    CHECK(found.value().mount == "/sys/fs/cgroup/memory");
    CHECK(found.value().current == "/sys/fs/cgroup/memory/a/b");

    files.files = {{"/proc/self/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n"},
                   {"/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n"},
                   {"/sys/fs/cgroup/cgroup.subtree_control", "cpu memory\n"},
                   {"/proc/self/cgroup", "0::/user.slice/session.scope\n"}};
    found = find_memory_hierarchy(files);
    REQUIRE(found.ok());
    CHECK(found.value().version == 2);
    CHECK(found.value().current == "/sys/fs/cgroup/user.slice/session.scope");
    files.files["/proc/self/cgroup"] = "0::/\n";
    CHECK(find_memory_hierarchy(files).value().current == "/sys/fs/cgroup");

    files.files["/sys/fs/cgroup/cgroup.controllers"] = "cpu\n";
    CHECK(find_memory_hierarchy(files).error().message ==
          "no cgroup file system with the memory controller is mounted");
    CHECK(!find_memory_hierarchy(SwingingFiles()).ok());
}

TEST_CASE("limits: a group whose name is taken gets another one") {
    const TemporaryFolder folder;
    const GroupHierarchy hierarchy{1, folder.path(), folder.path()};
    const auto first = MemoryGroup::create(hierarchy);
    REQUIRE(first.ok());
    const std::string path = first.value()->folder();
    const int number = std::stoi(path.substr(path.rfind('-') + 1));
    const std::string start = path.substr(0, path.rfind('-') + 1);
    std::filesystem::create_directory(start + std::to_string(number + 1));
    CHECK(MemoryGroup::create(hierarchy).value()->folder() == start + std::to_string(number + 2));
    CHECK(!MemoryGroup::create({1, folder.path() + "/none", ""}).ok());
}

// Version 2 is not to be had beside version 1, so an ordinary folder stands for it: what is written where.
TEST_CASE("limits: a group of version 2 gets its limit, no swap, and this process") {
    const TemporaryFolder folder;
    const auto group = MemoryGroup::create({2, folder.path(), folder.path() + "/before"});
    REQUIRE(group.ok());
    const std::string path = group.value()->folder();
    CHECK(group.value()->limit(64 * kMiB).error().message == path + "/memory.max: No such file or directory");
    std::filesystem::create_directory(folder.path() + "/before");
    for (const char* file : {"/memory.max", "/memory.swap.max", "/cgroup.procs"}) std::ofstream(path + file) << "";
    std::ofstream(folder.path() + "/before/cgroup.procs") << "";
    std::ofstream(path + "/memory.peak") << "12345\n";
    CHECK(group.value()->limit(64 * kMiB).ok());
    CHECK(group.value()->enter().ok());
    group.value()->leave();
    CHECK(content(path + "/memory.max") == "67108864");
    CHECK(content(path + "/memory.swap.max") == "0");
    CHECK(content(path + "/cgroup.procs") == std::to_string(::getpid()));
    CHECK(content(folder.path() + "/before/cgroup.procs") == std::to_string(::getpid()));
    CHECK(group.value()->peak(system_files()) == 12345u);
    CHECK(group.value()->kills_file() == path + "/memory.events");
}
