#pragma once
// What the I/O thread does, and all that it needs: where flash never answers, the thread outlives its BlockReader.

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "pipeline/block_reader.h"

namespace phonon {

class ReadLoop {
  public:
    // Throws std::bad_alloc.
    ReadLoop(std::unique_ptr<Storage> storage, BlockSink& sink, const BlockReader::Config& config);

    // The I/O thread. Returns when it has been stopped and no read is under way.
    void work();

    // See BlockReader.
    void want(const BlockWanted& block);
    void go();
    bool failed() const { return failed_.load(std::memory_order_acquire); }
    Error error() const;
    const FlashFacts& facts() const { return storage_->facts(); }
    ReaderCounts counts() const;
    int core() const { return core_; }
    size_t buffer_bytes() const { return buffers_.size(); }

    // Any thread. Nothing more is handed over: the first error is the one that stays.
    void fail(Error error);
    // Afterwards nothing more is read, and neither sink nor timeline is used.
    void stop();
    // When the oldest of the reads under way was begun; nothing is under way: now. Any thread.
    Clock::time_point oldest_read() const;
    // Waits until the I/O thread has nothing more to do. False: it has, after that time.
    bool wait_for_end(Clock::duration time);

  private:
    struct Buffer {
        std::byte* memory = nullptr;
        bool large = false;
        BlockWanted block;
        std::byte* data() const { return block.into != nullptr ? block.into : memory; }
    };
    size_t take_wanted(std::vector<ReadRequest>& requests);
    void hand_over(std::span<const ReadDone> done);
    void hand_over(const ReadDone& done);
    Error failure(const BlockWanted& block, int error) const;

    const std::unique_ptr<Storage> storage_;
    BlockSink& sink_;  // with in_use_, and not after stop()
    const BlockReader::Config config_;
    AlignedBuffer buffers_;
    std::vector<Buffer> all_;
    std::vector<std::atomic<int64_t>> begun_;        // [of all_] when its read was, in nanoseconds; 0: it has none
    std::vector<uint32_t> free_small_, free_large_;  // indices into all_
    std::vector<BlockWanted> ring_;
    std::atomic<uint64_t> wanted_ = 0, taken_ = 0;  // of the ring
    std::atomic<uint32_t> bell_ = 0;
    std::atomic<bool> stop_ = false, failed_ = false;
    std::atomic<int> core_ = -1;
    Clock::time_point recorded_;  // up to here the timeline knows
    std::atomic<uint64_t> reads_ = 0, bytes_ = 0, busy_ns_ = 0, depth_sum_ = 0;
    std::mutex in_use_;  // sink and timeline
    mutable std::mutex mutex_;
    std::condition_variable ended_changed_;
    std::optional<Error> error_;  // guarded by mutex_
    bool ended_ = false;          // guarded by mutex_
};

}  // namespace phonon
