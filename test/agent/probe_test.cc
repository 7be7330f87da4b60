// Measuring a device: what the points are, that reads of a point are what it says, and how measuring ends.
#include "planner/probe.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "agent_client.h"
#include "constants.h"
#include "flash_support.h"
#include "memory_storage.h"
#include "planner/flash_probe.h"
#include "planner/kernel_probe.h"
#include "temporary_folder.h"

using namespace phonon;
using namespace phonon::testing;

namespace {

FlashPoint point(bool random, uint32_t block, size_t depth, uint64_t range) {
    return {.random = random, .block_bytes = block, .depth = depth, .range_bytes = range, .core = {}};
}

HardwareProfile made_up_profile() {
    HardwareProfile profile;
    profile.kernels = "scalar";
    profile.memory = {{1, 1e9}};
    return profile;
}

}  // namespace

TEST_CASE("probe: the flash is measured over sizes, depths, ranges, and one core of each class") {
    const auto points =
        flash_points(uint64_t{1} << 30, {{7, 3'300'000}, {4, 3'000'000}, {5, 3'000'000}, {0, 2'200'000}});
    std::set<int> cores;
    std::set<uint32_t> random_blocks, sequential_blocks;
    std::set<uint64_t> ranges;
    for (const FlashPoint& p : points) {
        if (p.core) cores.insert(*p.core);
        (p.random ? random_blocks : sequential_blocks).insert(p.block_bytes);
        ranges.insert(p.range_bytes);
        CHECK(p.range_bytes % p.block_bytes == 0);
    }
    CHECK(cores == std::set<int>{7, 4, 0});
    CHECK(sequential_blocks.count(4096) + sequential_blocks.count(1 << 20) == 2);
    CHECK(random_blocks.count(4096) + random_blocks.count(8192) == 2);
    CHECK(ranges == std::set<uint64_t>{128 << 20, 512 << 20, 1 << 30});
    for (const FlashPoint& p : flash_points(64 << 20, {})) CHECK(p.range_bytes == 64 << 20);
}

TEST_CASE("probe: reads are as large, as many at once and as far apart as the point says") {
    const size_t bytes = 1 << 20;
    for (const bool random : {true, false}) {
        size_t most = 0, started = 0;
        std::set<uint64_t> offsets;
        MemoryStorage* seen = nullptr;
        MemoryStorage storage(random_content(bytes), 16, [&](const ReadRequest& read) {
            CHECK(read.length == 8192);
            CHECK(read.offset % 8192 == 0);
            CHECK(read.offset + read.length <= bytes / 2);
            if (!random) CHECK(read.offset == started % (bytes / 2 / 8192) * 8192);
            offsets.insert(read.offset);
            ++started;
            most = std::max(most, seen->under_way());
            return MemoryStorage::Fault{.delay = std::chrono::microseconds(200)};
        });
        seen = &storage;
        FlashPoint p = point(random, 8192, 4, bytes / 2);
        REQUIRE(measure_flash(storage, 0.05, kGoOn, p).ok());
        CHECK(most == 4);
        CHECK(offsets.size() > 10);
        CHECK(p.bytes_per_s > 0);
        CHECK(p.bytes_per_s < 8192 * 4 / 200e-6);
        CHECK(p.p50_us >= 200);
        CHECK(p.p99_us >= p.p50_us);
        CHECK(p.cpu_us > 0);
    }
}

TEST_CASE("probe: a storage of less depth says so, a failing or slow one ends it") {
    MemoryStorage shallow(random_content(1 << 20), 2, nullptr);
    FlashPoint p = point(true, 4096, 32, 1 << 20);
    REQUIRE(measure_flash(shallow, 0.01, kGoOn, p).ok());
    CHECK(p.depth == 2);
    int reads = 0;
    MemoryStorage broken(random_content(1 << 20), 8,
                         [&](const ReadRequest&) { return MemoryStorage::Fault{.error = ++reads == 20 ? EIO : 0}; });
    const Status failed = measure_flash(broken, 10, kGoOn, p);
    REQUIRE_FALSE(failed.ok());
    CHECK(failed.error().code == "io_error");
    CHECK(failed.error().message.find("reading 4096 bytes at ") == 0);
    CHECK(broken.under_way() == 0);
    const std::atomic<bool> cancelled{true};
    CHECK(measure_flash(shallow, 10, cancelled, p).error().code == "cancelled");
}

TEST_CASE("probe: every product has a speed, in every layout") {
    const Kernels* kernels = best_kernels();
    TaskPool pool({-1});
    std::set<std::string> layouts;
    for (KernelPoint p : kernel_points(1)) {
        CHECK(p.threads == 1);
        layouts.insert(p.layout);
        p.rows = p.cols = 256;  // quick
        if (p.batch == 4) continue;
        CAPTURE(p.type);
        CAPTURE(p.layout);
        REQUIRE(measure_product(*kernels, pool, p).ok());
        CHECK(p.seconds > 0);
        CHECK(p.bytes_per_s > 0);
        CHECK(p.macs_per_s > p.bytes_per_s / 16);
    }
    CHECK(layouts == std::set<std::string>{"columns", "rows", "tiled"});
    CHECK(kernel_points(4).size() == 2 * kernel_points(1).size());
}

TEST_CASE("probe: a whole device, and nothing left behind") {
    const std::filesystem::path folder = std::filesystem::current_path() / ("probe-" + std::to_string(::getpid()));
    std::filesystem::create_directory(folder);
    std::vector<ProbeProgress> told;
    const auto progress = [&](const ProbeProgress& p) { told.push_back(p); };
    const ProbeConfig config{folder.string(), uint64_t{64} << 20, 0.3};
    const auto profile = probe_hardware(config, progress, kGoOn);
    REQUIRE_MESSAGE(profile.ok(), profile.error().message);
    CHECK(profile.value().flash.facts.file_bytes == 64 << 20);
    CHECK(profile.value().flash.write_bytes_per_s > 0);
    CHECK(profile.value().memory.size() == profile.value().cores.size());
    CHECK(profile.value().seconds > 0.3);
    for (const FlashPoint& p : profile.value().flash.points) CHECK(p.bytes_per_s > 0);
    for (const KernelPoint& p : profile.value().products) CHECK(p.bytes_per_s > 0);
    REQUIRE(told.size() == static_cast<size_t>(told.front().total));
    for (size_t i = 0; i < told.size(); ++i) CHECK(told[i].done == static_cast<int>(i));

    std::atomic<bool> cancel{false};
    const auto stop = [&](const ProbeProgress& p) { cancel = p.done == 3; };
    CHECK(probe_hardware(config, stop, cancel).error().code == "cancelled");
    CHECK(probe_hardware({(folder / "none").string()}, progress, kGoOn).error().code == "io_error");
    CHECK(probe_hardware({"/proc"}, progress, kGoOn).error().code == "no_space");
    CHECK(std::filesystem::is_empty(folder));
    std::filesystem::remove(folder);
}

TEST_CASE("probe: the server measures without a model, tells how far it is, and can be stopped") {
    const Prober prober = [](const ProbeConfig& config, const std::function<void(const ProbeProgress&)>& progress,
                             const std::atomic<bool>& cancel) -> Result<HardwareProfile> {
        progress({0, 2, "flash of " + config.folder});
        while (config.folder == "slow" && !cancel) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        if (cancel) return Error{"cancelled", "cancelled"};
        if (config.folder == "broken") return Error{"io_error", "the flash is broken"};
        progress({1, 2, "memory"});
        return made_up_profile();
    };
    const TestServer server(std::make_unique<FakeBackend>(), nullptr, 60, {.probe = prober});
    Client client = server.client();
    CHECK(client.ask("probe", {{"run", "p1"}, {"folder", "here"}})["type"] == "ok");
    const auto events = client.follow("p1");
    REQUIRE(events.size() == 4);
    CHECK(events[0]["kind"] == "probe_progress");
    CHECK(events[0]["what"] == "flash of here");
    CHECK(events[2]["kind"] == "probed");
    CHECK(events[2]["profile"]["memory"][0]["threads"] == 1);
    CHECK(events[3]["kind"] == "ended");
    CHECK(events[3]["status"] == "done");

    client.ask("probe", {{"run", "p2"}, {"folder", "broken"}});
    CHECK(client.follow("p2").back()["message"] == "the flash is broken");

    client.ask("probe", {{"run", "p3"}, {"folder", "slow"}});
    CHECK(client.ask("probe", {{"run", "p4"}, {"folder", "here"}})["code"] == "busy");
    client.ask("cancel", {{"run", "p3"}});
    CHECK(client.follow("p3").back()["status"] == "cancelled");
}
