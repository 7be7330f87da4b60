#pragma once
// A file without a name, full of bytes that no flash controller can compress, to measure reading with.

#include <atomic>
#include <cstdint>
#include <string>

#include "phonon/result.h"

namespace phonon {

class ProbeFile {
  public:
    // Of `bytes`, or of a quarter of the free space or what can be written in `seconds` if that is less, but not of
    // less than kLeastBytes; in whole MiB. Flushed to the disk; `written` counts what has been. Errors: no_space (for
    // kLeastBytes), io_error, cancelled.
    static Result<ProbeFile> create(const std::string& folder, uint64_t bytes, double seconds,
                                    const std::atomic<bool>& cancel, std::atomic<uint64_t>& written);
    ProbeFile(ProbeFile&& other) noexcept;
    ProbeFile& operator=(ProbeFile&&) = delete;
    ~ProbeFile();

    // A path under which this process can open it.
    std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }
    uint64_t bytes() const { return bytes_; }
    double write_bytes_per_s() const { return write_bytes_per_s_; }

    static constexpr uint64_t kLeastBytes = uint64_t{64} << 20;

  private:
    explicit ProbeFile(int fd) : fd_(fd) {}

    int fd_;
    uint64_t bytes_ = 0;
    double write_bytes_per_s_ = 0;
};

}  // namespace phonon
