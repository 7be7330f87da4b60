#pragma once
// A file opened for direct reads, and the proof that they are direct.

#include <cstdint>
#include <string>

#include "phonon/result.h"

namespace phonon {

// What offsets, lengths and buffers of direct reads are multiples of everywhere: the largest logical block of disks in
// use, and the page of every phone whose pages are not larger. Many disks take the finer ones, too.
inline constexpr size_t kDirectAlignment = 4096, kFinestAlignment = 512;

class FlashFile {
  public:
    // With `direct` the file is opened past the page cache if that can be shown to work: some of its pages are dropped
    // from memory and read directly into buffers filled with something else; they must hold what a buffered read gives
    // and must not have come to memory. Otherwise it is opened for buffered reads, and why_buffered() says why: phones
    // have paths (FUSE) where O_DIRECT succeeds and reads nothing, or is ignored.
    // Errors: file_missing, file_invalid (empty, or no regular file), io_error.
    static Result<FlashFile> open(const std::string& path, bool direct);
    FlashFile(FlashFile&& other) noexcept;
    FlashFile& operator=(FlashFile&&) = delete;
    ~FlashFile();

    int fd() const { return fd_; }
    uint64_t bytes() const { return bytes_; }
    bool direct() const { return direct_; }
    const std::string& why_buffered() const { return why_buffered_; }
    // What offsets, lengths and buffers must be multiples of, as tried on this very file.
    size_t alignment() const { return alignment_; }

  private:
    FlashFile(int fd, uint64_t bytes) : fd_(fd), bytes_(bytes) {}

    int fd_;
    uint64_t bytes_;
    bool direct_ = false;
    size_t alignment_ = 1;
    std::string why_buffered_;
};

}  // namespace phonon
