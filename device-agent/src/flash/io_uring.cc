#include "flash/io_uring.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "base/system_error.h"

namespace phonon {
namespace {

// Single mapping, waiting with a time-out, and no completion that is dropped when its ring is full.
constexpr uint32_t kNeeded = IORING_FEAT_SINGLE_MMAP | IORING_FEAT_EXT_ARG | IORING_FEAT_NODROP;

uint32_t load_acquire(const uint32_t* p) {
    return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}
void store_release(uint32_t* p, uint32_t value) {
    __atomic_store_n(p, value, __ATOMIC_RELEASE);
}

}  // namespace

Result<std::unique_ptr<IoUring>> IoUring::open(unsigned depth) {
    // Answers wait until the thread enters the kernel, as it does to wait for them: no interrupt stops it to run them.
    io_uring_params params{};
    params.flags = IORING_SETUP_COOP_TASKRUN;
    auto fd = static_cast<int>(::syscall(SYS_io_uring_setup, depth, &params));
    if (fd < 0 && errno == EINVAL) {  // before 5.19
        params = {};
        fd = static_cast<int>(::syscall(SYS_io_uring_setup, depth, &params));
    }
    if (fd < 0) return system_error("io_uring: io_uring_setup");
    std::unique_ptr<IoUring> ring(new IoUring(fd));
    if ((params.features & kNeeded) != kNeeded) return Error{"io_error", "io_uring: the kernel is older than 5.11"};
    if (!ring->map(params)) return system_error("io_uring: mmap");
    return ring;
}

IoUring::~IoUring() {
    if (entries_.data != nullptr) ::munmap(entries_.data, entries_.bytes);
    if (rings_.data != nullptr) ::munmap(rings_.data, rings_.bytes);
    ::close(fd_);
}

void* IoUring::map_part(Mapping& part, size_t bytes, int64_t offset) {
    void* data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd_, offset);
    if (data == MAP_FAILED) return nullptr;
    part = {data, bytes};
    return data;
}

bool IoUring::map(const io_uring_params& p) {
    const size_t sq_bytes = p.sq_off.array + p.sq_entries * sizeof(uint32_t);
    const size_t cq_bytes = p.cq_off.cqes + p.cq_entries * sizeof(io_uring_cqe);
    void* rings = map_part(rings_, std::max(sq_bytes, cq_bytes), IORING_OFF_SQ_RING);
    void* entries = map_part(entries_, p.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES);
    if (rings == nullptr || entries == nullptr) return false;
    sq_head_ = at<uint32_t>(rings, p.sq_off.head);
    sq_tail_ = at<uint32_t>(rings, p.sq_off.tail);
    array_ = at<uint32_t>(rings, p.sq_off.array);
    sq_mask_ = *at<uint32_t>(rings, p.sq_off.ring_mask);
    sq_entries_ = p.sq_entries;
    sqes_ = static_cast<io_uring_sqe*>(entries);
    cq_head_ = at<uint32_t>(rings, p.cq_off.head);
    cq_tail_ = at<uint32_t>(rings, p.cq_off.tail);
    cq_mask_ = *at<uint32_t>(rings, p.cq_off.ring_mask);
    cqes_ = at<io_uring_cqe>(rings, p.cq_off.cqes);
    return true;
}

bool IoUring::queue_read(int fd, uint64_t offset, uint32_t length, void* buffer, uint64_t tag) {
    const uint32_t tail = *sq_tail_;  // only we move it
    if (tail - load_acquire(sq_head_) == sq_entries_) return false;
    const uint32_t index = tail & sq_mask_;
    io_uring_sqe& entry = sqes_[index];
    std::memset(&entry, 0, sizeof entry);
    entry.opcode = IORING_OP_READ;
    entry.fd = fd;
    entry.off = offset;
    entry.addr = reinterpret_cast<uintptr_t>(buffer);
    entry.len = length;
    entry.user_data = tag;
    array_[index] = index;
    store_release(sq_tail_, tail + 1);
    return true;
}

void IoUring::submit() {
    const uint32_t queued = *sq_tail_ - load_acquire(sq_head_);
    // What the kernel does not take now stays in the ring for the next call.
    if (queued > 0) ::syscall(SYS_io_uring_enter, fd_, queued, 0U, 0U, nullptr, size_t{0});
}

std::optional<IoUring::Completion> IoUring::next() {
    const uint32_t head = *cq_head_;  // only we move it
    if (head == load_acquire(cq_tail_)) return std::nullopt;
    const io_uring_cqe& entry = cqes_[head & cq_mask_];
    const Completion completion{entry.user_data, entry.res};
    store_release(cq_head_, head + 1);
    return completion;
}

void IoUring::wait(unsigned answers, std::chrono::nanoseconds patience) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(patience);
    __kernel_timespec limit{.tv_sec = seconds.count(), .tv_nsec = (patience - seconds).count()};
    io_uring_getevents_arg arg{};
    arg.ts = reinterpret_cast<uintptr_t>(&limit);
    const uint32_t queued = *sq_tail_ - load_acquire(sq_head_);
    // Whatever it answers (time is up, interrupted, busy): the completion ring says what has come.
    ::syscall(SYS_io_uring_enter, fd_, queued, answers, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &arg,
              sizeof arg);
}

}  // namespace phonon
