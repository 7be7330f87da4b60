// The I/O thread's core. What it reads, and what happens when flash fails, is tested with the layers that ask for it.
#include "pipeline/block_reader.h"

#include <doctest/doctest.h>
#include <sched.h>
#include <unistd.h>

#include <future>

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
