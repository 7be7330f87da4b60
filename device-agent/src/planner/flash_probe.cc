#include "planner/flash_probe.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <random>

#include "base/clock.h"
#include "kernels/aligned_buffer.h"

namespace phonon {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kMostUnderWay = 32 * kMiB;

double thread_cpu_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// Keeps this thread on a core while it lives.
class Pinned {
  public:
    explicit Pinned(std::optional<int> core) {
        if (!core) return;
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(static_cast<size_t>(*core), &one);
        pinned_ =
            ::sched_getaffinity(0, sizeof before_, &before_) == 0 && ::sched_setaffinity(0, sizeof one, &one) == 0;
    }
    ~Pinned() {
        if (pinned_) ::sched_setaffinity(0, sizeof before_, &before_);
    }
    Pinned(const Pinned&) = delete;
    Pinned& operator=(const Pinned&) = delete;
    bool holds() const { return pinned_; }

  private:
    cpu_set_t before_{};
    bool pinned_ = false;
};

// Where the next read of a point begins.
class Offsets {
  public:
    explicit Offsets(const FlashPoint& point)
        : random_(point.random), block_(point.block_bytes), count_(point.range_bytes / point.block_bytes) {}
    uint64_t next() { return (random_ ? generator_() % count_ : at_++ % count_) * block_; }

  private:
    const bool random_;
    const uint64_t block_, count_;
    uint64_t at_ = 0;
    std::mt19937_64 generator_{1};
};

double percentile(std::vector<float>& sorted, double share) {
    return sorted.empty() ? 0 : sorted[static_cast<size_t>(share * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

std::vector<FlashPoint> flash_points(uint64_t file_bytes, const std::vector<Core>& cores) {
    std::vector<FlashPoint> points;
    const auto add = [&](bool random, uint32_t block, size_t depth, uint64_t range, std::optional<int> core) {
        points.push_back({.random = random, .block_bytes = block, .depth = depth, .range_bytes = range, .core = core});
    };
    for (const uint32_t kib : {4, 16, 64, 256, 1024}) add(false, kib << 10, 8, file_bytes, std::nullopt);
    for (const uint32_t kib : {4, 8, 16, 64, 256, 1024}) {
        for (const size_t depth : {1, 8, 32, 64}) {
            if (depth * kib <= kMostUnderWay >> 10) add(true, kib << 10, depth, file_bytes, std::nullopt);
        }
    }
    std::optional<int64_t> clock;
    for (const Core& core : cores) {
        if (clock != core.max_khz) add(true, 4096, 32, file_bytes, core.id);
        clock = core.max_khz;
    }
    for (const uint64_t range : {128 * kMiB, 512 * kMiB}) {
        if (range >= file_bytes) continue;
        for (const uint32_t kib : {4, 8, 64, 1024}) {
            for (const size_t depth : {1, 32}) add(true, kib << 10, depth, range, std::nullopt);
        }
    }
    return points;
}

Error read_failed(uint32_t bytes, uint64_t offset, int error) {
    return {"io_error",
            "reading " + std::to_string(bytes) + " bytes at " + std::to_string(offset) + ": " + std::strerror(error)};
}

Status measure_flash(Storage& storage, double seconds, const std::atomic<bool>& cancel, FlashPoint& point,
                     std::atomic<uint64_t>* answers) {
    const Pinned pinned(point.core);
    if (!pinned.holds()) point.core.reset();
    point.depth = std::min(point.depth, storage.facts().depth);
    AlignedBuffer buffer;
    if (!buffer.reserve(std::max<size_t>(point.depth * point.block_bytes, 2 * kMiB))) {
        return Error{"out_of_memory", "no memory to read into"};
    }
    Offsets offsets(point);
    std::vector<Clock::time_point> submitted(point.depth);
    std::vector<uint64_t> asked(point.depth);  // [tag] offset
    std::vector<ReadDone> done(point.depth);
    std::vector<float> microseconds;
    std::vector<uint64_t> idle;
    for (uint64_t tag = 0; tag < point.depth; ++tag) idle.push_back(tag);
    std::vector<ReadRequest> batch;
    const auto began = Clock::now();
    const double cpu_began = thread_cpu_seconds();
    const auto end = began + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    // Whatever happens, the buffer may go only when no read is under way.
    const auto settle = [&] {
        while (storage.under_way() > 0) storage.wait(done, std::chrono::seconds(1));
    };
    for (;;) {
        const auto now = Clock::now();
        if (cancel) {
            settle();
            return Error{"cancelled", "measuring was cancelled"};
        }
        if (now >= end && storage.under_way() == 0) break;
        batch.clear();
        for (; now < end && !idle.empty(); idle.pop_back()) {
            const uint64_t tag = idle.back();
            submitted[tag] = now;
            asked[tag] = offsets.next();
            batch.push_back({asked[tag], point.block_bytes, buffer.as<std::byte>(tag * point.block_bytes), tag});
        }
        storage.submit(batch);
        const size_t count = storage.wait(done, std::chrono::milliseconds(100));
        if (answers != nullptr) *answers += count;
        const auto come = Clock::now();
        for (size_t i = 0; i < count; ++i) {
            const uint64_t tag = done[i].tag;
            if (done[i].error != 0) {
                settle();
                return read_failed(point.block_bytes, asked[tag], done[i].error);
            }
            microseconds.push_back(static_cast<float>(1e3 * milliseconds(come - submitted[tag])));
            idle.push_back(tag);
        }
    }
    const auto reads = static_cast<double>(microseconds.size());
    point.bytes_per_s = reads * point.block_bytes / (1e-3 * milliseconds_since(began));
    point.cpu_us = reads > 0 ? 1e6 * (thread_cpu_seconds() - cpu_began) / reads : 0;
    std::sort(microseconds.begin(), microseconds.end());
    point.p50_us = percentile(microseconds, 0.5);
    point.p99_us = percentile(microseconds, 0.99);
    return {};
}

}  // namespace phonon
