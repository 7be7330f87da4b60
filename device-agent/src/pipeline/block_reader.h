#pragma once
// The I/O thread: the only one that talks to flash (PowerInfer-2, section 4.4).
//
// Blocks are asked for by one thread at a time, read into the place that is named or else into buffers of the reader's
// own, and handed to the sink, which takes out of them what it wants. Small blocks are neurons on demand; large ones
// are whole layers.
//
// A second thread, the watchdog, sleeps until a read would be overdue: the I/O thread itself may hang in the system
// call that begins a read.

#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>

#include "flash/storage.h"
#include "kernels/aligned_buffer.h"
#include "phonon/result.h"
#include "telemetry/timeline.h"

namespace phonon {

struct BlockWanted {
    uint64_t offset = 0;  // in the file, aligned
    uint32_t length = 0;  // aligned; at most one of BlockReader's two sizes
    uint64_t tag = 0;
    std::byte* into = nullptr;  // aligned, `length` bytes of Config::memory; null: a buffer of the reader's
};

// Called on the I/O thread.
class BlockSink {
  public:
    virtual ~BlockSink() = default;
    // `data` holds the block, at least until arrived() returns. An error ends the reader: see BlockReader::failed().
    virtual Status arrived(uint64_t tag, const std::byte* data) = 0;
};

struct ReaderCounts {
    uint64_t reads = 0, bytes = 0;
    uint64_t busy_ns = 0;    // time in which at least one read was under way
    uint64_t depth_sum = 0;  // reads under way, summed over answers: over `reads` the mean queue depth
};

class ReadLoop;

class BlockReader {
  public:
    struct Config {
        size_t small_bytes = 0, large_bytes = 0;
        size_t most_waiting = 0;  // blocks asked for and not handed over, at most
        // A read that flash has not answered for so long has failed, whatever became of others.
        std::chrono::milliseconds patience{10000};
        int core = -1;                            // to pin the I/O thread to; -1: none
        Timeline* timeline = nullptr;             // may be null
        std::shared_ptr<const void> memory = {};  // held until no read can write to it any more
    };

    // Throws std::bad_alloc.
    BlockReader(std::unique_ptr<Storage> storage, BlockSink& sink, const Config& config);
    // Waits for what is under way, but for no read longer than `patience` and a second: an I/O thread that then still
    // waits is left behind. It holds storage, buffers and Config::memory until flash answers or the process ends.
    ~BlockReader();

    // One thread at a time. REQUIRES room: see most_waiting.
    void want(const BlockWanted& block);
    // Makes the I/O thread look.
    void go();

    // Any thread. Once true it stays so: nothing more is read or handed over.
    bool failed() const;
    Error error() const;
    const FlashFacts& facts() const;
    ReaderCounts counts() const;
    // That the I/O thread is pinned to; -1: none. Known when something has been handed over.
    int core() const;
    // Bytes of its buffers.
    size_t buffer_bytes() const;

  private:
    void watch();

    const std::chrono::milliseconds patience_;
    const std::shared_ptr<ReadLoop> loop_;
    std::thread io_, watchdog_;
};

}  // namespace phonon
