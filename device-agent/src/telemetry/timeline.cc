#include "telemetry/timeline.h"

#include <algorithm>

namespace phonon {
namespace {

int64_t nanoseconds(Clock::time_point at) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count();
}

}  // namespace

Timeline::Timeline(int compute_threads)
    : most_(std::min(kMostPerRow, kMostSpans / static_cast<size_t>(compute_threads + 1))),
      rows_(static_cast<size_t>(compute_threads) + 1) {
    for (Row& row : rows_) row.slots = std::make_unique<Slot[]>(most_);
}

void Timeline::begin(Clock::time_point start) {
    start_ns_.store(nanoseconds(start), std::memory_order_relaxed);
    leave_layers();
    token_.fetch_add(1, std::memory_order_release);
    on_.store(true, std::memory_order_release);
}

void Timeline::record(int index, SpanKind kind, Clock::time_point begin, Clock::time_point end) {
    Row& row = rows_[static_cast<size_t>(index)];
    const uint32_t token = token_.load(std::memory_order_acquire);
    if (row.token.load(std::memory_order_relaxed) != token) {
        row.count.store(0, std::memory_order_relaxed);
        row.dropped.store(0, std::memory_order_relaxed);
        row.token.store(token, std::memory_order_release);
    }
    const int64_t start = start_ns_.load(std::memory_order_relaxed);
    const auto since = [&](Clock::time_point at) {
        return static_cast<uint32_t>(std::clamp<int64_t>((nanoseconds(at) - start) / 1000, 0, UINT32_MAX));
    };
    const uint32_t begin_us = since(begin), end_us = since(end);
    if (begin_us >= end_us) return;
    const int16_t layer = layer_.load(std::memory_order_relaxed);
    const uint32_t count = row.count.load(std::memory_order_relaxed);
    if (count > 0) {
        Slot& last = row.slots[count - 1];
        if (last.kind == kind && last.layer == layer && last.end_us.load(std::memory_order_relaxed) == begin_us) {
            last.end_us.store(end_us, std::memory_order_relaxed);
            return;
        }
    }
    if (count == most_) {
        row.dropped.store(row.dropped.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        return;
    }
    Slot& slot = row.slots[count];
    slot.kind = kind;
    slot.layer = layer;
    slot.begin_us = begin_us;
    slot.end_us.store(end_us, std::memory_order_relaxed);
    row.count.store(count + 1, std::memory_order_release);
}

void Timeline::copy(TokenTimeline& out) const {
    out.rows.resize(rows_.size());
    out.dropped = 0;
    for (size_t r = 0; r < rows_.size(); ++r) {
        const Row& row = rows_[r];
        out.rows[r].clear();
        if (row.token.load(std::memory_order_acquire) != token_.load(std::memory_order_relaxed)) continue;
        const uint32_t count = row.count.load(std::memory_order_acquire);
        out.rows[r].reserve(count);
        for (uint32_t i = 0; i < count; ++i) {
            const Slot& slot = row.slots[i];
            out.rows[r].push_back({slot.kind, slot.layer, slot.begin_us, slot.end_us.load(std::memory_order_relaxed)});
        }
        out.dropped += row.dropped.load(std::memory_order_relaxed);
    }
}

}  // namespace phonon
