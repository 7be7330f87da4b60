#pragma once
// Reading a file on flash, many reads under way at once.
//
// A phone's flash has one command queue, and several cores issuing reads disturb each other (PowerInfer-2, section 2.3:
// up to 40 % slower), so one thread owns a Storage and issues everything; whoever wants data asks that thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace phonon {

// `length` bytes at `offset` of the file, into `buffer`, which is the caller's and must stay until the read is done.
// With direct I/O offset, length and buffer are multiples of FlashFacts::alignment.
struct ReadRequest {
    uint64_t offset = 0;
    uint32_t length = 0;
    std::byte* buffer = nullptr;
    uint64_t tag = 0;  // the caller's, handed back
};

struct ReadDone {
    uint64_t tag = 0;
    int error = 0;  // 0: the whole length was read; else an errno, ENODATA where the file ended first
};

// What is really used, not what was asked for.
struct FlashFacts {
    std::string backend;  // "io_uring", "aio", "threads"
    bool direct = false;  // past the page cache
    std::string note;     // why not direct, or why not another backend; "" when nothing was refused
    size_t alignment = 1;
    size_t depth = 0;  // reads under way at once
    uint64_t file_bytes = 0;
    std::string path = {};  // of the file
};

// Used by one thread at a time. Destroying it waits for the reads that are under way.
class Storage {
  public:
    virtual ~Storage() = default;

    // Takes requests in their order while there is room in the queue, and returns how many.
    virtual size_t submit(std::span<const ReadRequest> requests) = 0;

    // Waits until at least one read is done, but no longer than `patience`, and writes what is done to `out`, in no
    // order. Returns how many; 0 when nothing is under way or patience ran out.
    virtual size_t wait(std::span<ReadDone> out, std::chrono::nanoseconds patience) = 0;

    virtual size_t under_way() const = 0;
    virtual const FlashFacts& facts() const = 0;
};

}  // namespace phonon
