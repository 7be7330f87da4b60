#include "pipeline/block_reader.h"

#include <sys/resource.h>

#include <cstring>
#include <new>

#include "base/clock.h"
#include "base/cores.h"

namespace phonon {
namespace {

constexpr size_t kLargeBuffers = 8;
constexpr int kPriority = -20;  // as of nice(1)
// While flash answers, new wishes are looked for this often at least. Looking is a system call, a timer and a switch of
// threads, and answers come sooner anyway.
constexpr std::chrono::microseconds kGlance{500};

}  // namespace

BlockReader::BlockReader(std::unique_ptr<Storage> storage, BlockSink& sink, const Config& config)
    : storage_(std::move(storage)), sink_(sink), config_(config), ring_(config.most_waiting + 1) {
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
    thread_ = std::thread([this] { work(); });
}

BlockReader::~BlockReader() {
    stop_ = true;
    go();
    thread_.join();
}

void BlockReader::want(const BlockWanted& block) {
    const uint64_t at = wanted_.load(std::memory_order_relaxed);
    ring_[at % ring_.size()] = block;
    wanted_.store(at + 1, std::memory_order_release);
}

void BlockReader::go() {
    bell_.fetch_add(1, std::memory_order_release);
    bell_.notify_one();
}

Error BlockReader::error() const {
    const std::lock_guard lock(error_mutex_);
    return error_.value_or(Error{"io_error", "reading failed"});
}

void BlockReader::fail(Error error) {
    {
        const std::lock_guard lock(error_mutex_);
        if (!error_) error_ = std::move(error);
    }
    failed_.store(true, std::memory_order_release);
}

ReaderCounts BlockReader::counts() const {
    return {.reads = reads_, .bytes = bytes_, .busy_ns = busy_ns_, .depth_sum = depth_sum_};
}

// Gives a buffer to as many of the waiting blocks as there are buffers for, in their order.
size_t BlockReader::take_wanted(std::vector<ReadRequest>& requests) {
    requests.clear();
    uint64_t taken = taken_.load(std::memory_order_relaxed);
    const uint64_t wanted = wanted_.load(std::memory_order_acquire);
    const size_t room = storage_->facts().depth - storage_->under_way();
    for (; taken < wanted && requests.size() < room; ++taken) {
        const BlockWanted& block = ring_[taken % ring_.size()];
        const bool large = block.into == nullptr && block.length > config_.small_bytes;
        std::vector<uint32_t>& free = large ? free_large_ : free_small_;
        if (free.empty()) break;
        Buffer& buffer = all_[free.back()];
        buffer.block = block;
        requests.push_back(
            {.offset = block.offset, .length = block.length, .buffer = buffer.data(), .tag = free.back()});
        free.pop_back();
    }
    taken_.store(taken, std::memory_order_release);
    return requests.size();
}

void BlockReader::hand_over(const ReadDone& done) {
    Buffer& buffer = all_[done.tag];
    if (done.error != 0) {
        fail({"io_error", "reading " + std::to_string(buffer.block.length) + " bytes at offset " +
                              std::to_string(buffer.block.offset) + " of the pack: " + std::strerror(done.error)});
    } else if (!failed()) {
        reads_.fetch_add(1, std::memory_order_relaxed);
        bytes_.fetch_add(buffer.block.length, std::memory_order_relaxed);
        if (Status status = sink_.arrived(buffer.block.tag, buffer.data()); !status) fail(status.error());
    }
    (buffer.large ? free_large_ : free_small_).push_back(static_cast<uint32_t>(done.tag));
}

void BlockReader::work() {
    // It needs little of a core, but at once: an answer that waits for a compute thread's slice to end is a read less
    // under way. Where that is not permitted, it goes without.
    ::setpriority(PRIO_PROCESS, 0, kPriority);
    if (pin_thread(config_.core)) {
        core_ = config_.core;
    } else {
        unpin_thread();
    }
    std::vector<ReadRequest> requests;
    requests.reserve(all_.size());
    std::vector<ReadDone> done(all_.size());
    auto last_answer = Clock::now(), recorded = last_answer;
    while (true) {
        const uint32_t bell = bell_.load(std::memory_order_acquire);
        if (take_wanted(requests) > 0) {
            if (storage_->under_way() == 0) last_answer = recorded = Clock::now();
            for (size_t sent = 0; sent < requests.size();) sent += storage_->submit(std::span(requests).subspan(sent));
        }
        if (storage_->under_way() == 0) {
            if (stop_) return;
            bell_.wait(bell, std::memory_order_acquire);
            continue;
        }
        const size_t under_way = storage_->under_way();
        const auto before = Clock::now();
        const size_t count = storage_->wait(done, kGlance);
        const auto now = Clock::now();
        busy_ns_.fetch_add(static_cast<uint64_t>((now - before).count()), std::memory_order_relaxed);
        depth_sum_.fetch_add(under_way * count, std::memory_order_relaxed);
        for (size_t i = 0; i < count; ++i) hand_over(done[i]);
        if (config_.timeline != nullptr && config_.timeline->on()) {
            const auto handed_over = Clock::now();
            config_.timeline->add(config_.timeline->io_row(), SpanKind::read, recorded, handed_over);
            recorded = handed_over;
        }
        if (count > 0) {
            last_answer = now;
        } else if (!failed() && now - last_answer > config_.patience) {
            fail({"io_error", "flash has not answered for " + std::to_string(config_.patience.count() / 1000) +
                                  " s; the run was given up (see the watchdog's limit)"});
        }
    }
}

}  // namespace phonon
