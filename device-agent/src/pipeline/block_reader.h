#pragma once
// The I/O thread: the only one that talks to flash (PowerInfer-2, section 4.4).
//
// Blocks are asked for by one thread at a time, read into the place that is named or else into buffers of the reader's
// own, and handed to the sink, which takes out of them what it wants. Small blocks are neurons on demand; large ones
// are whole layers.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "flash/storage.h"
#include "kernels/aligned_buffer.h"
#include "phonon/result.h"
#include "telemetry/timeline.h"

namespace phonon {

struct BlockWanted {
    uint64_t offset = 0;  // in the file, aligned
    uint32_t length = 0;  // aligned; at most one of BlockReader's two sizes
    uint64_t tag = 0;
    std::byte* into = nullptr;  // aligned, `length` bytes of the caller's; null: a buffer of the reader's
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

class BlockReader {
  public:
    struct Config {
        size_t small_bytes = 0, large_bytes = 0;
        size_t most_waiting = 0;                    // blocks asked for and not handed over, at most
        std::chrono::milliseconds patience{10000};  // without any answer from flash: then reading has failed
        int core = -1;                              // to pin the I/O thread to; -1: none
        Timeline* timeline = nullptr;               // may be null
    };

    // Throws std::bad_alloc.
    BlockReader(std::unique_ptr<Storage> storage, BlockSink& sink, const Config& config);
    ~BlockReader();  // waits for what is under way

    // One thread at a time. REQUIRES room: see most_waiting.
    void want(const BlockWanted& block);
    // Makes the I/O thread look.
    void go();

    // Any thread. Once true it stays so: nothing more is handed over.
    bool failed() const { return failed_.load(std::memory_order_acquire); }
    Error error() const;
    const FlashFacts& facts() const { return storage_->facts(); }
    ReaderCounts counts() const;
    // That the I/O thread is pinned to; -1: none. Known when something has been handed over.
    int core() const { return core_; }
    // Bytes of its buffers.
    size_t buffer_bytes() const { return buffers_.size(); }

  private:
    struct Buffer {
        std::byte* memory = nullptr;
        bool large = false;
        BlockWanted block;
        std::byte* data() const { return block.into != nullptr ? block.into : memory; }
    };
    void work();
    size_t take_wanted(std::vector<ReadRequest>& requests);
    void hand_over(const ReadDone& done);
    void fail(Error error);

    std::unique_ptr<Storage> storage_;
    BlockSink& sink_;
    const Config config_;
    AlignedBuffer buffers_;
    std::vector<Buffer> all_;
    std::vector<uint32_t> free_small_, free_large_;  // indices into all_
    std::vector<BlockWanted> ring_;
    std::atomic<uint64_t> wanted_ = 0, taken_ = 0;  // of the ring
    std::atomic<uint32_t> bell_ = 0;
    std::atomic<bool> stop_ = false, failed_ = false;
    std::atomic<int> core_ = -1;
    mutable std::mutex error_mutex_;
    std::optional<Error> error_;  // guarded by error_mutex_
    std::atomic<uint64_t> reads_ = 0, bytes_ = 0, busy_ns_ = 0, depth_sum_ = 0;
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace phonon
