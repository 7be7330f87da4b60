// Measuring a device: what the points are, that reads of a point are what it says, and how measuring ends.
#include "planner/probe.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <thread>

#include "agent_client.h"
#include "constants.h"
#include "engine_support.h"
#include "flash_support.h"
#include "memory_storage.h"
#include "planner/flash_curve.h"
#include "planner/flash_probe.h"
#include "planner/kernel_probe.h"
#include "planner/probe_file.h"
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
    std::map<std::pair<uint32_t, uint64_t>, std::set<size_t>> depths;  // of random reads, by block and range
    for (const FlashPoint& p : points) {
        if (p.core) cores.insert(*p.core);
        (p.random ? random_blocks : sequential_blocks).insert(p.block_bytes);
        ranges.insert(p.range_bytes);
        if (p.random) depths[{p.block_bytes, p.range_bytes}].insert(p.depth);
        CHECK(p.range_bytes % p.block_bytes == 0);
        CHECK(p.depth * p.block_bytes <= 32 * kMiB);
    }
    CHECK(cores == std::set<int>{7, 4, 0});
    CHECK(sequential_blocks.count(4096) + sequential_blocks.count(1 << 20) == 2);
    CHECK(random_blocks == std::set<uint32_t>{4096, 8192, 16384, 65536, 256 << 10, 1 << 20});
    CHECK(ranges == std::set<uint64_t>{128 << 20, 512 << 20, 1 << 30});
    for (const uint32_t block : random_blocks) CHECK(depths[{block, 1 << 30}].size() >= 3);
    for (const uint64_t range : ranges) {
        for (const uint32_t block : {4096, 65536, 1 << 20}) CHECK(depths[{block, range}].size() >= 2);
    }
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

TEST_CASE("probe: every format is measured in every layout, over several shapes, and single rows and columns") {
    std::map<std::pair<std::string, std::string>, std::set<std::pair<int64_t, int64_t>>> shapes;
    std::map<std::string, std::set<std::string>> singles;
    std::map<std::string, std::set<int64_t>> batches;
    std::set<std::string> first;  // what no plan can be made without
    const auto points = kernel_points(4);
    for (const KernelPoint& p : points) {
        CHECK((p.threads == 1 || p.threads == 4));
        if (p.layout == "tiled") batches[p.type].insert(p.batch);
        const auto members = p.layout == "rows" ? p.rows : p.cols;
        if (p.share * static_cast<double>(members) == 1) {
            singles[p.layout].insert(p.type);
        } else {
            shapes[{p.type, p.layout}].insert({p.rows, p.cols});
        }
    }
    for (size_t i = 0; i < points.size() / 3; ++i) first.insert(points[i].type + " " + points[i].layout);
    const std::set<std::string> formats = {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_K", "Q6_K"};
    for (const std::string& format : formats) {
        CAPTURE(format);
        CHECK(batches[format] == std::set<int64_t>{1, 4, 64});
        for (const char* layout : {"tiled", "rows", "columns"}) {
            bool tall = false, wide = false, square = false;
            for (const auto& [rows, cols] : shapes[{format, layout}]) {
                (rows > cols ? tall : rows < cols ? wide : square) = true;
            }
            CHECK((tall && wide && square));
        }
    }
    CHECK(singles == std::map<std::string, std::set<std::string>>{{"rows", formats}, {"columns", formats}});
    for (const char* predictor : {"two-bit", "low-rank"}) CHECK(shapes[{predictor, "tiled"}].size() == 3);
    for (const std::string format : {"Q4_0", "Q8_0", "Q4_K", "F16"}) {
        for (const std::string layout : {" tiled", " rows", " columns"}) CHECK(first.count(format + layout) == 1);
    }
    // By one thread all is measured that is by several.
    size_t alone = 0;
    for (const KernelPoint& p : points) alone += p.threads == 1 ? 1 : 0;
    CHECK(kernel_points(1).size() == alone);
}

TEST_CASE("probe: every product has a speed, in every layout") {
    const Kernels* kernels = best_kernels();
    TaskPool pool({-1});
    KernelProbe probe(*kernels, Clock::now() + std::chrono::minutes(10));
    std::set<std::string> layouts;
    for (KernelPoint p : kernel_points(1)) {
        if (p.rows != p.cols || p.batch == 4) continue;
        layouts.insert(p.layout);
        p.rows = p.cols = 256;  // quick
        p.share = std::max(p.share, 1.0 / 256);
        CAPTURE(p.type);
        CAPTURE(p.layout);
        REQUIRE(probe.measure(pool, p).ok());
        CHECK(p.seconds > 0);
        CHECK(p.bytes_per_s > 0);
        CHECK(p.macs_per_s > p.bytes_per_s / 16);
    }
    CHECK(layouts == std::set<std::string>{"columns", "rows", "tiled"});
}

TEST_CASE("probe: a product that the deadline comes upon has no speed") {
    TaskPool pool({-1});
    for (KernelPoint& p : kernel_points(1)) {
        if (p.batch > 1 || p.rows > 4096) continue;
        CAPTURE(p.type);
        CAPTURE(p.layout);
        KernelProbe late(*best_kernels(), Clock::now() - std::chrono::seconds(1));
        REQUIRE(late.measure(pool, p).ok());
        CHECK(p.seconds == 0);
        CHECK(late.late());
        KernelProbe soon(*best_kernels(), Clock::now() + std::chrono::milliseconds(2));  // while it is prepared
        REQUIRE(soon.measure(pool, p).ok());
        CHECK(p.seconds == 0);
    }
}

namespace {

// A folder where the tests run, empty again when they end.
struct ProbeFolder {
    ProbeFolder() { std::filesystem::create_directory(path); }
    ~ProbeFolder() {
        CHECK(std::filesystem::is_empty(path));
        std::filesystem::remove(path);
    }
    const std::filesystem::path path = std::filesystem::current_path() / ("probe-" + std::to_string(::getpid()));
};

}  // namespace

TEST_CASE("probe: a whole device, and nothing left behind") {
    const ProbeFolder folder;
    std::vector<ProbeProgress> told;
    const auto progress = [&](const ProbeProgress& p) { told.push_back(p); };
    const ProbeConfig config{folder.path.string(), uint64_t{64} << 20, 0.3,
                             3600};  // time for all but, on a busy disk, flash
    const auto profile = probe_hardware(config, progress, kGoOn);
    REQUIRE_MESSAGE(profile.ok(), profile.error().message);
    CHECK(profile.value().flash.facts.file_bytes == 64 << 20);
    CHECK(profile.value().flash.write_bytes_per_s > 0);
    CHECK(profile.value().memory.size() == profile.value().cores.size());
    const bool no_time = std::ranges::count(profile.value().skipped, describe_read_cost()) > 0;
    CHECK(profile.value().flash.read_core_us.has_value() != no_time);
    CHECK(profile.value().flash.read_core_us.value_or(0) >= 0);
    CHECK(profile.value().seconds > 0.3);
    for (const FlashPoint& p : profile.value().flash.points) CHECK(p.bytes_per_s > 0);
    for (const KernelPoint& p : profile.value().products) CHECK(p.bytes_per_s > 0);
    for (const std::string& what : profile.value().skipped) CHECK(what.starts_with("flash: "));
    CHECK(told.size() + profile.value().skipped.size() == static_cast<size_t>(told.front().total));
    for (size_t i = 1; i < told.size(); ++i) CHECK(told[i].done > told[i - 1].done);
    CHECK(told.front().done == 0);

    std::atomic<bool> cancel{false};
    const auto stop = [&](const ProbeProgress& p) { cancel = p.done == 3; };
    CHECK(probe_hardware(config, stop, cancel).error().code == "cancelled");
    CHECK(probe_hardware({(folder.path / "none").string()}, progress, kGoOn).error().code == "io_error");
    CHECK(probe_hardware({"/proc"}, progress, kGoOn).error().code == "no_space");
}

TEST_CASE("probe: it ends with its time, and says what it has not measured") {
    const ProbeConfig usual;
    CHECK(usual.flash_seconds + usual.other_seconds < 57);
    FlashJob job;
    job.seconds = usual.flash_seconds;
    CHECK(job.most_seconds() < usual.flash_seconds + usual.other_seconds);

    const ProbeFolder folder;
    size_t total = 0;
    const auto progress = [&](const ProbeProgress& p) { total = static_cast<size_t>(p.total); };
    const auto began = Clock::now();
    const auto profile = probe_hardware({folder.path.string(), uint64_t{64} << 20, 0.3, 1}, progress, kGoOn);
    const double took = 1e-3 * milliseconds_since(began);
    REQUIRE_MESSAGE(profile.ok(), profile.error().message);
    const HardwareProfile& p = profile.value();
    CHECK(took < 10);  // memory alone is measured however late it is; all products would take far longer
    CHECK(p.skipped.size() > total / 2);
    CHECK(p.skipped.back().find("products: ") == 0);
    CHECK((p.flash.read_core_us ? 2 : 1) + p.flash.points.size() + p.memory.size() + p.products.size() +
              p.skipped.size() ==
          total);
    for (const KernelPoint& product : p.products) CHECK(product.seconds > 0);
    CHECK_FALSE(p.memory.empty());
}

TEST_CASE("probe: a file is as large as there is time to write, and never too small") {
    const ProbeFolder folder;
    std::atomic<uint64_t> written{0};
    const auto file = ProbeFile::create(folder.path.string(), 256 * kMiB, 0, kGoOn, written);
    REQUIRE(file.ok());
    CHECK(file.value().bytes() == ProbeFile::kLeastBytes);
    CHECK(written == file.value().bytes());
    CHECK(std::filesystem::file_size(file.value().path()) == file.value().bytes());
}

namespace {

// A job whose file is real and whose flash is `faults`. It tells when the thread that measures has ended.
struct FaultyFlash {
    explicit FaultyFlash(MemoryStorage::Faults faults) {
        job.folder = folder.path.string();
        job.file_bytes = ProbeFile::kLeastBytes;
        job.seconds = 0.2;
        job.points.assign(20, point(true, 4096, 8, kMiB));
        job.open = [faults, alive = alive_](const std::string&) -> Result<std::unique_ptr<Storage>> {
            return std::unique_ptr<Storage>(std::make_unique<MemoryStorage>(random_content(kMiB), 64, faults));
        };
    }

    Result<FlashCurve> measure(const std::atomic<bool>& cancel = kGoOn) {
        alive_.reset();
        const auto began = Clock::now();
        auto curve = measure_flash_curve(
            std::move(job), [this](std::string) { ++told; }, cancel);
        seconds = 1e-3 * milliseconds_since(began);
        return curve;
    }
    void wait_for_thread() const {
        while (!thread_.expired()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }

    const ProbeFolder folder;
    FlashJob job;
    size_t told = 0;
    double seconds = 0;

  private:
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
    const std::weak_ptr<int> thread_ = alive_;
};

}  // namespace

TEST_CASE("probe: of a slow flash as much is measured as there is time for, and the rest is named") {
    FaultyFlash flash([](const ReadRequest&) { return MemoryStorage::Fault{.delay = std::chrono::milliseconds(60)}; });
    flash.job.busy_cores = {0};
    const auto curve = flash.measure();
    REQUIRE_MESSAGE(curve.ok(), curve.error().message);
    const size_t measured = curve.value().profile.points.size();
    CHECK(measured >= 1);
    CHECK(measured < 8);  // a quarter of a second, with 60 ms a point
    CHECK(measured + curve.value().skipped.size() == 21);
    CHECK(curve.value().skipped.back() == "flash: what a read takes from cores that compute");
    CHECK_FALSE(curve.value().profile.read_core_us.has_value());
    CHECK(flash.told == 1 + measured);
    CHECK(curve.value().skipped[0] == "flash: 4 KiB at random, 8 at once, of 1 MiB");
    for (const FlashPoint& p : curve.value().profile.points) CHECK(p.p50_us >= 60000);
}

TEST_CASE("probe: a flash that never answers is given up, and its thread ends when it does") {
    std::atomic<bool> awake{false}, cancel{false};
    const auto dead = [&](const ReadRequest&) { return MemoryStorage::Fault{.until = &awake}; };
    SUBCASE("by the watchdog") {
        FaultyFlash flash(dead);
        flash.job.patience = std::chrono::seconds(2);
        const auto curve = flash.measure();
        REQUIRE_FALSE(curve.ok());
        CHECK(curve.error().code == "io_error");
        CHECK(curve.error().message ==
              flash.folder.path.string() + ": flash has not answered for 2.00 s; measuring was given up");
        CHECK(flash.told == 2);
        CHECK(flash.seconds < 20);
        awake = true;
        flash.wait_for_thread();
    }
    SUBCASE("by who waits for it") {
        FaultyFlash flash(dead);
        std::thread user([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            cancel = true;
        });
        const auto curve = flash.measure(cancel);
        user.join();
        REQUIRE_FALSE(curve.ok());
        CHECK(curve.error().code == "cancelled");
        CHECK(flash.seconds < 9);  // its patience would have lasted for 10
        awake = true;
        flash.wait_for_thread();
    }
}

TEST_CASE("probe: a flash that answers now and then only is given up when its time has passed") {
    std::atomic<bool> awake{false};
    auto last = Clock::now();
    FaultyFlash flash([&](const ReadRequest&) {
        const auto now = Clock::now();
        if (!awake && now - last < std::chrono::milliseconds(400)) return MemoryStorage::Fault{.refuse = true};
        last = now;
        return MemoryStorage::Fault{};
    });
    flash.job.points.assign(1, point(true, 4096, 64, kMiB));  // 25 seconds of them
    flash.job.write_seconds = 2;
    flash.job.patience = std::chrono::seconds(2);
    const auto curve = flash.measure();
    REQUIRE_FALSE(curve.ok());
    CHECK(curve.error().code == "io_error");
    CHECK(curve.error().message.find(": flash is too slow to be measured: 64 MiB written and ") != std::string::npos);
    awake = true;
    flash.wait_for_thread();
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
