// Real memory groups around processes of their own.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <malloc.h>

#include <atomic>
#include <fstream>
#include <iterator>

#include "agent_process.h"
#include "constants.h"
#include "gguf_builder.h"
#include "limits/memory_limit.h"
#include "limits_support.h"
#include "temporary_folder.h"

using namespace phonon;
using namespace phonon::testing;

namespace {

// The thread sanitizer holds several bytes for each that a program does.
constexpr uint64_t kRoom = (kThreadSanitizer ? 512 : 64) * kMiB;

// As the limit counts it: the heap's unused pages go first, of which a long row of tests leaves many.
uint64_t own_rss() {
#ifdef __GLIBC__
    ::malloc_trim(0);
#endif
    uint64_t size = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> size >> resident;
    return resident * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

// A process with instruments is large before it begins.
LimitConfig room(uint64_t bytes, const std::string& words = {}) {
    LimitConfig config;
    config.memory_bytes = own_rss() + bytes;
    config.enforce = Enforce::cgroup;
    config.words_file = words;
    return config;
}

std::unique_ptr<MemoryLimit> limited(int out, const LimitConfig& config) {
    auto limit = MemoryLimit::start(config, system_files(), kGoOn);
    if (!limit) tell(out, limit.error().code + ": " + limit.error().message);
    if (!limit) ::_exit(5);
    tell(out, own_group_folder());
    return std::move(limit).value();
}

std::string written(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

// On a disk: /tmp may live in memory, from where nothing can be dropped.
struct CachedFile {
    explicit CachedFile(size_t bytes) {
        std::ofstream file(path, std::ios::binary);
        const std::string block(1 << 20, 'x');
        for (size_t i = 0; i < bytes; i += block.size()) file << block;
    }
    ~CachedFile() { std::filesystem::remove(path); }
    const std::string path = (std::filesystem::current_path() / ("limits-" + std::to_string(::getpid()))).string();
};

}  // namespace

TEST_CASE("limits: a process that takes more than its group allows is killed, and the keeper says so") {
    if (!can_make_groups("a process in a memory group is killed")) return;
    const TemporaryFolder folder;
    const std::string words = folder.file("words");
    Forked child([&](int out) {
        const auto limit = limited(out, room(kRoom, words));
        touched(2 * kRoom);
        tell(out, "alive");
    });
    const std::string group = child.line();
    CHECK(group.find("/phonon-") != std::string::npos);
    CHECK(child.line().empty());
    CHECK(child.wait() == 128 + SIGKILL);
    CHECK(gone(group));
    const std::string said = written(words);
    CHECK_MESSAGE(said.find("needed more memory than its budget of") != std::string::npos, said);
    CHECK(said.find("enforced by a cgroup") != std::string::npos);
    CHECK(folder.names() == std::vector<std::string>{"words"});
}

TEST_CASE("limits: within its group a process lives, and the group goes with the limit") {
    if (!can_make_groups("a process lives in a memory group")) return;
    const std::string before = own_group_folder();
    Forked child([&](int out) {
        {
            const auto limit = limited(out, room(kRoom));
            touched(32 * kMiB);
            const MemoryReport report = limit->report();
            tell(out, report.enforced + (*report.peak_bytes <= *report.budget_bytes ? " within" : " beyond"));
        }
        tell(out, own_group_folder());
    });
    const std::string group = child.line();
    CHECK(child.line() == "cgroup within");
    CHECK(child.line() == before);
    CHECK(child.wait() == 0);
    CHECK(!std::filesystem::exists(group));
}

TEST_CASE("limits: a group without a limit measures what is allocated and what is read") {
    if (!can_make_groups("a memory group measures")) return;
    const CachedFile file(64 << 20);
    Forked child([&](int out) {
        LimitConfig config;
        config.enforce = Enforce::measure;
        config.model_path = file.path;
        const uint64_t before = own_rss();
        const auto limit = limited(out, config);
        touched(96 * kMiB);
        std::vector<char> buffer(1 << 20);
        const int fd = ::open(file.path.c_str(), O_RDONLY);
        while (::read(fd, buffer.data(), buffer.size()) > 0) {
        }
        const MemoryReport report = limit->report();
        tell(out, std::to_string(static_cast<double>(*report.peak_bytes - before) / kMiB));
        tell(out, report.note);
    });
    child.line();
    const double mib = std::stod("0" + child.line());
    MESSAGE("160 MiB, measured: " << mib);
    CHECK(mib > 159);
    const double shadow = kAddressSanitizer ? 96.0 / 8 : 0;  // of what is touched
    if (!kThreadSanitizer) CHECK(mib < 168 + shadow);
    CHECK(child.line().starts_with("peak: what the cgroup was charged, without a limit"));
    CHECK(child.wait() == 0);
}

TEST_CASE("limits: nothing is left of a process killed by SIGKILL, and nothing is said") {
    if (!can_make_groups("a memory group goes after kill -9")) return;
    const TemporaryFolder folder;
    Forked child([&](int out) {
        const auto limit = limited(out, room(kRoom, folder.file("words")));
        for (;;) ::pause();
    });
    const std::string group = child.line();
    CHECK(std::filesystem::exists(group));
    ::kill(child.pid(), SIGKILL);
    CHECK(child.wait() == 128 + SIGKILL);
    CHECK(gone(group));
    CHECK(folder.names().empty());
}

TEST_CASE("limits: what is left where the keeper was killed too is taken away by the next") {
    if (!can_make_groups("a stale memory group is removed")) return;
    const auto hierarchy = find_memory_hierarchy(system_files());
    REQUIRE(hierarchy.ok());
    Forked child([&](int out) {
        const auto group = MemoryGroup::create(hierarchy.value());
        tell(out, group.value()->folder());
    });
    const std::string stale = child.line();
    CHECK(child.wait() == 0);
    CHECK(std::filesystem::exists(stale));
    Forked next([&](int out) {
        const auto limit = limited(out, room(kRoom));
        ::pause();
    });
    next.line();
    CHECK(!std::filesystem::exists(stale));
}

TEST_CASE("limits: budgets that no group can hold are refused") {
    if (!can_make_groups("impossible budgets are refused")) return;
    const auto message = [](LimitConfig config) {
        const auto limit = MemoryLimit::start(config, system_files(), kGoOn);
        return limit ? std::string("taken") : limit.error().code + ": " + limit.error().message;
    };
    LimitConfig config;
    config.enforce = Enforce::cgroup;
    CHECK(message(config) == "bad_request: enforce: there is no memory_bytes to enforce");
    config.memory_bytes = uint64_t{1} << 50;
    CHECK(message(config).starts_with("bad_request: memory_bytes is 1073741824 MiB, but this device has only "));
    config.memory_bytes = 1;
    CHECK(message(config).find("but the agent alone holds") != std::string::npos);
}

TEST_CASE("limits: pages of the model that somebody else uses are said not to be counted, nor the cache to be cold") {
    if (!can_make_groups("pages in use are said")) return;
    const CachedFile file(8 << 20);
    const int fd = ::open(file.path.c_str(), O_RDONLY | O_CLOEXEC);
    void* mapping = ::mmap(nullptr, 8 << 20, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
    Forked child([&](int out) {
        LimitConfig config = room(kRoom);
        config.model_path = file.path;
        tell(out, std::to_string(limited(out, config)->warnings().size()));
        config.cold_cache = true;
        const auto limit = MemoryLimit::start(config, system_files(), kGoOn);
        tell(out, limit.value()->report().cold_cache);
        for (const std::string& warning : limit.value()->warnings()) tell(out, warning);
    });
    child.line();
    CHECK(child.line() == "1");
    CHECK(child.line() == "failed");
    const std::string why =
        ": 8.0 MiB of the model's file stay in memory, because another program uses them or the file "
        "lives there";
    CHECK(child.line() == "the page cache is not cold" + why);
    CHECK(child.line() == "pages of the model are not counted" + why);
    ::munmap(mapping, 8 << 20);
    ::close(fd);
}
