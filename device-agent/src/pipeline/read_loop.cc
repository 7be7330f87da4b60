#include "pipeline/read_loop.h"

#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "base/cores.h"

namespace phonon {
namespace {

constexpr size_t kLargeBuffers = 8;
// While flash answers, new wishes are looked for this often at least. Looking is a system call, a timer and a switch of
// threads, and answers come sooner anyway.
constexpr std::chrono::microseconds kGlance{500};
// When there is nothing to do with answers any more but to wait for them.
constexpr std::chrono::milliseconds kLongGlance{20};

int64_t nanoseconds_now() {
    return std::chrono::nanoseconds(Clock::now().time_since_epoch()).count();
}

}  // namespace

ReadLoop::ReadLoop(std::unique_ptr<Storage> storage, BlockSink& sink, const BlockReader::Config& config)
    : storage_(std::move(storage)),
      sink_(sink),
      config_(config),
      begun_(storage_->facts().depth + kLargeBuffers),
      ring_(config.most_waiting + 1) {
    const size_t small = storage_->facts().depth, large = kLargeBuffers;
    // One page more: the memory need not begin at one.
    if (!buffers_.reserve(small * config.small_bytes + large * config.large_bytes + 4096)) throw std::bad_alloc();
    auto* at = reinterpret_cast<std::byte*>((reinterpret_cast<uintptr_t>(buffers_.as<std::byte>()) + 4095) & ~4095ull);
    for (size_t i = 0; i < small + large; ++i) {
        const bool is_large = i >= small;
        all_.push_back({at, is_large, {}});
        at += is_large ? config.large_bytes : config.small_bytes;
        (is_large ? free_large_ : free_small_).push_back(static_cast<uint32_t>(i));
    }
}

void ReadLoop::want(const BlockWanted& block) {
    const uint64_t at = wanted_.load(std::memory_order_relaxed);
    ring_[at % ring_.size()] = block;
    wanted_.store(at + 1, std::memory_order_release);
}

void ReadLoop::go() {
    bell_.fetch_add(1, std::memory_order_release);
    bell_.notify_one();
}

Error ReadLoop::error() const {
    const std::lock_guard lock(mutex_);
    return error_.value_or(Error{"io_error", "reading failed"});
}

void ReadLoop::fail(Error error) {
    {
        const std::lock_guard lock(mutex_);
        if (!error_) error_ = std::move(error);
    }
    failed_.store(true, std::memory_order_release);
}

void ReadLoop::stop() {
    {
        const std::lock_guard lock(in_use_);
        stop_ = true;
    }
    go();
}

ReaderCounts ReadLoop::counts() const {
    return {.reads = reads_, .bytes = bytes_, .busy_ns = busy_ns_, .depth_sum = depth_sum_};
}

Clock::time_point ReadLoop::oldest_read() const {
    int64_t oldest = nanoseconds_now();
    for (const auto& begun : begun_) {
        const int64_t at = begun.load(std::memory_order_relaxed);
        if (at != 0) oldest = std::min(oldest, at);
    }
    return Clock::time_point(std::chrono::nanoseconds(oldest));
}

bool ReadLoop::wait_for_end(Clock::duration time) {
    std::unique_lock lock(mutex_);
    return ended_changed_.wait_for(lock, time, [&] { return ended_; });
}

// Gives a buffer to as many of the waiting blocks as there are buffers for, in their order.
size_t ReadLoop::take_wanted(std::vector<ReadRequest>& requests) {
    requests.clear();
    if (stop_ || failed()) return 0;
    uint64_t taken = taken_.load(std::memory_order_relaxed);
    const uint64_t wanted = wanted_.load(std::memory_order_acquire);
    if (taken == wanted) return 0;
    const int64_t now = nanoseconds_now();
    const size_t room = storage_->facts().depth - storage_->under_way();
    for (; taken < wanted && requests.size() < room; ++taken) {
        const BlockWanted& block = ring_[taken % ring_.size()];
        const bool large = block.into == nullptr && block.length > config_.small_bytes;
        std::vector<uint32_t>& free = large ? free_large_ : free_small_;
        if (free.empty()) break;
        Buffer& buffer = all_[free.back()];
        buffer.block = block;
        begun_[free.back()].store(now, std::memory_order_relaxed);
        requests.push_back(
            {.offset = block.offset, .length = block.length, .buffer = buffer.data(), .tag = free.back()});
        free.pop_back();
    }
    taken_.store(taken, std::memory_order_release);
    return requests.size();
}

Error ReadLoop::failure(const BlockWanted& block, int error) const {
    std::string message = facts().path + ": reading " + std::to_string(block.length) + " bytes at offset " +
                          std::to_string(block.offset) + ": ";
    if (error == ENODATA) return {"io_error", message + "the file ends before; it was cut while it was in use"};
    return {"io_error", message + std::strerror(error) + ". Check the disk that it lies on"};
}

void ReadLoop::hand_over(const ReadDone& done) {
    Buffer& buffer = all_[done.tag];
    if (done.error != 0) {
        fail(failure(buffer.block, done.error));
    } else if (!failed()) {
        reads_.fetch_add(1, std::memory_order_relaxed);
        bytes_.fetch_add(buffer.block.length, std::memory_order_relaxed);
        if (Status status = sink_.arrived(buffer.block.tag, buffer.data()); !status) fail(status.error());
    }
}

void ReadLoop::hand_over(std::span<const ReadDone> done) {
    const std::lock_guard lock(in_use_);
    for (const ReadDone& read : done) {
        if (!stop_) hand_over(read);
        begun_[read.tag].store(0, std::memory_order_relaxed);
        (all_[read.tag].large ? free_large_ : free_small_).push_back(static_cast<uint32_t>(read.tag));
    }
    if (stop_ || config_.timeline == nullptr || !config_.timeline->on()) return;
    const auto now = Clock::now();
    config_.timeline->add(config_.timeline->io_row(), SpanKind::read, recorded_, now);
    recorded_ = now;
}

void ReadLoop::work() {
    ::pthread_setname_np(::pthread_self(), "flash");
    // An answer that waits for a compute thread's slice to end is a read less under way.
    run_at_once();
    if (pin_thread(config_.core)) {
        core_ = config_.core;
    } else {
        unpin_thread();
    }
    std::vector<ReadRequest> requests;
    requests.reserve(all_.size());
    std::vector<ReadDone> done(all_.size());
    while (true) {
        const uint32_t bell = bell_.load(std::memory_order_acquire);
        if (take_wanted(requests) > 0) {
            if (storage_->under_way() == 0) recorded_ = Clock::now();
            for (size_t sent = 0; sent < requests.size();) sent += storage_->submit(std::span(requests).subspan(sent));
        }
        if (storage_->under_way() == 0) {
            if (stop_) break;
            bell_.wait(bell, std::memory_order_acquire);
            continue;
        }
        const size_t under_way = storage_->under_way();
        const auto before = Clock::now();
        const bool nothing_else = stop_ || failed();
        const size_t count = storage_->wait(done, nothing_else ? std::chrono::nanoseconds(kLongGlance) : kGlance);
        busy_ns_.fetch_add(static_cast<uint64_t>((Clock::now() - before).count()), std::memory_order_relaxed);
        depth_sum_.fetch_add(under_way * count, std::memory_order_relaxed);
        hand_over(std::span(done).first(count));
    }
    const std::lock_guard lock(mutex_);
    ended_ = true;
    ended_changed_.notify_all();
}

}  // namespace phonon
