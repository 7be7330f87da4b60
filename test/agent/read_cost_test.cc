// What reading is said to take from cores that compute.
#include "planner/read_cost.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <filesystem>
#include <set>
#include <thread>

#include "base/clock.h"
#include "base/cores.h"
#include "memory_storage.h"

using namespace phonon;

namespace {

constexpr size_t kFileBytes = 4 << 20;
const std::atomic<bool> kNotCancelled{false};

std::vector<std::byte> file_content() {
    return std::vector<std::byte>(kFileBytes);
}

// Measured on a thread that shares its core with the one that computes.
Result<double> cost_of(Storage& storage, double seconds) {
    const int core = usable_cores()[0].id;
    Result<double> cost = 0.0;
    std::thread([&] {
        pin_thread(core);
        cost = measure_read_cost(storage, kFileBytes, {core}, seconds, kNotCancelled);
    }).join();
    return cost;
}

}  // namespace

TEST_CASE("read cost: what reads take from a core that computes is found, and waiting for them takes none") {
    MemoryStorage costly(file_content(), 64, [](const ReadRequest&) {
        for (const auto began = Clock::now(); milliseconds_since(began) < 2;) {
        }
        return MemoryStorage::Fault{};
    });
    MemoryStorage slow(file_content(), 64,
                       [](const ReadRequest&) { return MemoryStorage::Fault{.delay = std::chrono::milliseconds(2)}; });
    const auto high = cost_of(costly, 4), low = cost_of(slow, 4);
    REQUIRE(high.ok());
    REQUIRE(low.ok());
    CHECK(high.value() > 500);   // us, of 2000
    CHECK(high.value() < 3000);  // no more than they take
    CHECK(low.value() < 500);
}

TEST_CASE("read cost: reads come cluster by cluster, and a layer's before the next one's") {
    MemoryStorage* seen = nullptr;
    size_t started = 0, most = 0;
    std::set<uint64_t> offsets;
    MemoryStorage storage(file_content(), 256, [&](const ReadRequest& read) {
        CHECK(read.length == kCostBlockBytes);
        CHECK(read.offset % kCostBlockBytes == 0);
        CHECK(read.offset + read.length <= kFileBytes);
        most = std::max(most, seen->under_way());
        if (started++ % (kCostClusters * kCostReads) == 0) CHECK(seen->under_way() <= kCostReads);
        offsets.insert(read.offset);
        return MemoryStorage::Fault{.delay = std::chrono::microseconds(started % 2 == 0 ? 3000 : 100)};
    });
    seen = &storage;
    std::atomic<uint64_t> answers{0};
    REQUIRE(measure_read_cost(storage, kFileBytes, {usable_cores()[0].id}, 0.4, kNotCancelled, &answers).ok());
    CHECK(answers == started);
    CHECK(started % (kCostClusters * kCostReads) == 0);
    CHECK(most > kCostReads);
    CHECK(most <= kCostClusters * kCostReads);
    CHECK(offsets.size() > kCostReads);
    CHECK(storage.under_way() == 0);
}

TEST_CASE("read cost: a queue of less depth will do, a read that fails or a cancel ends it") {
    MemoryStorage shallow(file_content(), 3, nullptr);
    CHECK(measure_read_cost(shallow, kFileBytes, {usable_cores()[0].id}, 0.1, kNotCancelled).ok());

    int reads = 0;
    MemoryStorage broken(file_content(), 64, [&](const ReadRequest&) {
        return MemoryStorage::Fault{.error = ++reads == 100 ? EIO : 0, .delay = std::chrono::microseconds(100)};
    });
    const auto failed = measure_read_cost(broken, kFileBytes, {usable_cores()[0].id}, 60, kNotCancelled);
    REQUIRE_FALSE(failed.ok());
    CHECK(failed.error().code == "io_error");
    CHECK(failed.error().message.find("reading 8192 bytes at ") == 0);
    CHECK(broken.under_way() == 0);

    const std::atomic<bool> cancelled{true};
    CHECK(measure_read_cost(shallow, kFileBytes, {usable_cores()[0].id}, 0.1, cancelled).error().code == "cancelled");
}

TEST_CASE("read cost: nobody computes on while a flash that is given up never answers") {
    const auto threads = [] {
        const std::filesystem::directory_iterator tasks("/proc/self/task");
        return std::distance(begin(tasks), end(tasks));
    };
    const auto before = threads();
    std::atomic<bool> awake{false}, cancel{false}, asked{false};
    MemoryStorage dead(file_content(), 64, [&](const ReadRequest&) {
        asked = true;
        return MemoryStorage::Fault{.until = &awake};
    });
    Result<double> cost = 0.0;
    std::thread measuring([&] { cost = measure_read_cost(dead, kFileBytes, {usable_cores()[0].id}, 0.1, cancel); });
    while (!asked) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    CHECK(threads() == before + 2);
    cancel = true;
    const auto began = Clock::now();
    while (threads() > before + 1 && milliseconds_since(began) < 10'000) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    CHECK(threads() == before + 1);  // the one that waits
    awake = true;
    measuring.join();
    REQUIRE_FALSE(cost.ok());
    CHECK(cost.error().code == "cancelled");
}
