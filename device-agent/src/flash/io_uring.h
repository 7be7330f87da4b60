#pragma once
// One io_uring by its raw system calls: Debian's and Android's C libraries know none of them.

#include <linux/io_uring.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "phonon/result.h"

namespace phonon {

// Single-threaded.
class IoUring {
  public:
    // At least `depth` reads under way. Errors: io_error, where the kernel has none, forbids it, or is older than 5.11.
    static Result<std::unique_ptr<IoUring>> open(unsigned depth);
    ~IoUring();
    IoUring(const IoUring&) = delete;
    IoUring& operator=(const IoUring&) = delete;

    // A read to be handed over by the next submit() or wait(). False when the queue is full.
    bool queue_read(int fd, uint64_t offset, uint32_t length, void* buffer, uint64_t tag);
    void submit();
    struct Completion {
        uint64_t tag = 0;
        int32_t result = 0;  // bytes, or a negative errno
    };
    // One that has come already.
    std::optional<Completion> next();
    // Hands over what is queued and waits until one comes, or patience runs out.
    void wait(unsigned answers, std::chrono::nanoseconds patience);

  private:
    struct Mapping {
        void* data = nullptr;
        size_t bytes = 0;
    };

    explicit IoUring(int fd) : fd_(fd) {}
    bool map(const io_uring_params& params);
    void* map_part(Mapping& part, size_t bytes, int64_t offset);
    template <typename T>
    static T* at(void* base, uint32_t offset) {
        return reinterpret_cast<T*>(static_cast<char*>(base) + offset);
    }

    const int fd_;
    Mapping rings_, entries_;
    // Submission ring: the kernel moves its head, we move its tail. `array_` holds indices into sqes_.
    uint32_t *sq_head_ = nullptr, *sq_tail_ = nullptr, *array_ = nullptr;
    uint32_t sq_mask_ = 0, sq_entries_ = 0;
    io_uring_sqe* sqes_ = nullptr;
    // Completion ring: the kernel moves its tail, we move its head.
    uint32_t *cq_head_ = nullptr, *cq_tail_ = nullptr;
    uint32_t cq_mask_ = 0;
    io_uring_cqe* cqes_ = nullptr;
};

}  // namespace phonon
