#pragma once
// What every thread did while one token was computed: rows of spans, one row per compute thread and one for the I/O
// thread.
//
// Each row is written by one thread at a time and read by the one that begins and ends tokens; nobody waits for anybody
// and nothing is allocated. A row whose thread is still writing when a token ends (the I/O thread, reading ahead) is
// read as far as it has got. While no token is recorded, recording is one branch.

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.h"

namespace phonon {

// Their numbers stand in run logs: new ones are added at the end, see spanKinds in the protocol.
enum class SpanKind : uint8_t {
    attention,  // and what belongs to it: norms, projections, the KV cache
    predict,
    admit,    // cache management, and asking for what is missing
    compute,  // neurons
    stall,    // nothing to do, and flash owes a neuron
    idle,     // nothing to do: other threads compute the rest
    read,     // the I/O thread: reads are under way, or are copied to where they belong
    head,     // the output head
    sampling,
};

struct Span {
    SpanKind kind = SpanKind::idle;
    int16_t layer = -1;                 // -1: none
    uint32_t begin_us = 0, end_us = 0;  // since the token began
    bool operator==(const Span&) const = default;
};

// One token's, as it is kept and sent.
struct TokenTimeline {
    int64_t index = 0;  // of the token
    double ms = 0;
    bool slow = false;                    // kept because it was among the slowest; else its turn had come
    std::vector<std::vector<Span>> rows;  // [thread], the I/O thread last; ascending, without overlaps
    int64_t dropped = 0;                  // spans that found no room
};

class Timeline {
  public:
    static constexpr size_t kMostSpans = 32768;  // of a token
    static constexpr size_t kMostPerRow = 4096;

    explicit Timeline(int compute_threads);
    int compute_threads() const { return static_cast<int>(rows_.size()) - 1; }
    int io_row() const { return compute_threads(); }

    // The thread that runs tokens. Spans are counted from `start` on.
    void begin(Clock::time_point start);
    // Copies what was recorded into `out`, whose rows keep their memory. Recording goes on until stop() or begin().
    void copy(TokenTimeline& out) const;
    void stop() { on_.store(false, std::memory_order_relaxed); }
    // Any thread.
    bool on() const { return on_.load(std::memory_order_relaxed); }

    // The layer that spans belong to from now on.
    void enter_layer(int64_t layer) { layer_.store(static_cast<int16_t>(layer), std::memory_order_relaxed); }
    void leave_layers() { enter_layer(-1); }

    // The row's thread, in the order of time. A span that continues the one before it becomes part of it.
    void add(int row, SpanKind kind, Clock::time_point begin, Clock::time_point end) {
        if (on()) record(row, kind, begin, end);
    }
    // A phase of all compute threads, while none of them runs.
    void add_all(SpanKind kind, Clock::time_point begin, Clock::time_point end) {
        for (int row = 0; on() && row < io_row(); ++row) record(row, kind, begin, end);
    }

  private:
    // Kind and layer do not change any more when `count` says that there is a span; its end may.
    struct Slot {
        SpanKind kind;
        int16_t layer;
        uint32_t begin_us;
        std::atomic<uint32_t> end_us;
    };
    struct alignas(64) Row {
        std::unique_ptr<Slot[]> slots;  // [most_]
        std::atomic<uint32_t> token = 0, count = 0, dropped = 0;
    };
    void record(int row, SpanKind kind, Clock::time_point begin, Clock::time_point end);

    const size_t most_;
    std::vector<Row> rows_;
    std::atomic<bool> on_ = false;
    std::atomic<uint32_t> token_ = 0;    // counts begin(); tells a row that what it holds is of a token before
    std::atomic<int64_t> start_ns_ = 0;  // on the clock
    std::atomic<int16_t> layer_ = -1;
};

}  // namespace phonon
