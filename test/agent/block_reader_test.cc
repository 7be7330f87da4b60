// The I/O thread's core, and its watchdog. What it reads, and what happens when flash fails, is tested with the layers
// that ask for it.
#include "pipeline/block_reader.h"

#include <doctest/doctest.h>
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <future>

#include "base/clock.h"
#include "base/cores.h"
#include "flash_support.h"
#include "memory_storage.h"

using namespace phonon;

namespace {

// Tells on which cores the thread may run that hands blocks over.
class AffinitySink : public BlockSink {
  public:
    Status arrived(uint64_t, const std::byte*) override {
        cpu_set_t set;
        sched_getaffinity(0, sizeof set, &set);
        found_.set_value(set);
        return {};
    }
    cpu_set_t wait() { return found_.get_future().get(); }

  private:
    std::promise<cpu_set_t> found_;
};

struct Seen {
    cpu_set_t cores;
    int said;
};

Seen reader_with(int core) {
    AffinitySink sink;
    BlockReader reader(std::make_unique<MemoryStorage>(random_content(4096), 4, MemoryStorage::Faults{}), sink,
                       {.small_bytes = 4096, .large_bytes = 4096, .most_waiting = 4, .core = core});
    reader.want({.offset = 0, .length = 4096, .tag = 1});
    reader.go();
    return {sink.wait(), reader.core()};
}

using namespace std::chrono_literals;
constexpr auto kPatience = 200ms;
constexpr auto kSoon = kPatience + 1300ms;  // a busy machine's share included
constexpr uint32_t kBlock = 4096;
constexpr uint64_t kDead = 5 * kBlock;  // the offset of the block that never comes

// Lets time pass over each block.
class SlowSink : public BlockSink {
  public:
    explicit SlowSink(Clock::duration time = {}) : time_(time) {}
    Status arrived(uint64_t, const std::byte*) override {
        std::this_thread::sleep_for(time_);
        ++count_;
        return {};
    }
    int count() const { return count_; }

  private:
    const Clock::duration time_;
    std::atomic<int> count_ = 0;
};

// A disk of eight blocks.
std::unique_ptr<MemoryStorage> disk(MemoryStorage::Faults faults) {
    return std::make_unique<MemoryStorage>(random_content(8 * kBlock), 4, std::move(faults));
}

BlockReader::Config watched(std::shared_ptr<const void> memory = nullptr) {
    return {.small_bytes = kBlock,
            .large_bytes = kBlock,
            .most_waiting = 8,
            .patience = kPatience,
            .memory = std::move(memory)};
}

void want(BlockReader& reader, uint64_t offset, std::byte* into = nullptr) {
    reader.want({.offset = offset, .length = kBlock, .tag = 1, .into = into});
    reader.go();
}

bool comes_true(const std::function<bool()>& check) {
    const auto end = Clock::now() + 5s;
    while (!check() && Clock::now() < end) std::this_thread::sleep_for(1ms);
    return check();
}

}  // namespace

TEST_CASE("block reader: its thread runs on the core that was asked for, and otherwise wherever the process may") {
    cpu_set_t process;
    REQUIRE(sched_getaffinity(getpid(), sizeof process, &process) == 0);
    const int core = usable_cores().back().id;
    // It is started by a compute thread, which is pinned.
    std::thread([&] {
        CHECK(pin_thread(usable_cores().front().id));
        const Seen pinned = reader_with(core);
        CHECK(CPU_COUNT(&pinned.cores) == 1);
        CHECK(CPU_ISSET(static_cast<size_t>(core), &pinned.cores));
        CHECK(pinned.said == core);
        for (const int none : {-1, 100000}) {
            const Seen free = reader_with(none);
            CHECK(CPU_EQUAL(&free.cores, &process));
            CHECK(free.said == -1);
        }
    }).join();
}

TEST_CASE("block reader: a read that never comes has failed after the watchdog's limit, whatever others do") {
    std::atomic<bool> repaired = false;
    SlowSink sink;
    BlockReader reader(disk([&](const ReadRequest& read) {
                           return MemoryStorage::Fault{.until = read.offset == kDead ? &repaired : nullptr};
                       }),
                       sink, watched());
    const auto start = Clock::now();
    want(reader, kDead);
    while (!reader.failed() && Clock::now() - start < 5s) {
        const int before = sink.count();
        want(reader, 0);
        comes_true([&] { return sink.count() > before || reader.failed(); });
    }
    CHECK(reader.failed());
    CHECK(Clock::now() - start >= kPatience);
    CHECK(Clock::now() - start < kSoon);
    CHECK(sink.count() > 10);
    CHECK(reader.error().code == "io_error");
    CHECK(reader.error().message.find("some.pack: flash has not answered a read for 0.2 s") == 0);
    repaired = true;
}

TEST_CASE("block reader: reads whose answers have come have not failed, also where nobody could look at them in time") {
    SlowSink sink(3 * kPatience / 2);
    BlockReader reader(disk([](const ReadRequest&) { return MemoryStorage::Fault{.delay = kPatience / 4}; }), sink,
                       watched());
    want(reader, 0);
    std::this_thread::sleep_for(kPatience / 2);
    want(reader, kBlock);
    CHECK(comes_true([&] { return sink.count() == 2 || reader.failed(); }));
    CHECK_FALSE(reader.failed());
}

TEST_CASE("block reader: it goes while a read never comes, and leaves what the read may still write to") {
    for (const bool under_way : {true, false}) {
        CAPTURE(under_way);
        std::atomic<bool> repaired = false;
        // Either the read is under way for ever, or the device does not even come back from taking it.
        const auto faults = [&, under_way](const ReadRequest&) {
            if (under_way) return MemoryStorage::Fault{.until = &repaired};
            repaired.wait(false);
            return MemoryStorage::Fault{};
        };
        auto memory = std::make_shared<std::vector<std::byte>>(kBlock);
        const std::weak_ptr<std::vector<std::byte>> kept = memory;
        auto sink = std::make_unique<SlowSink>();
        auto reader = std::make_unique<BlockReader>(disk(faults), *sink, watched(memory));
        want(*reader, kDead, memory->data());
        memory.reset();
        std::this_thread::sleep_for(20ms);
        const auto start = Clock::now();
        reader.reset();
        sink.reset();
        CHECK(Clock::now() - start < kSoon);
        CHECK_FALSE(kept.expired());
        repaired = true;
        repaired.notify_all();
        CHECK(comes_true([&] { return kept.expired(); }));
    }
}
