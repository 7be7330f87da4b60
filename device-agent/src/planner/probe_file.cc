#include "planner/probe_file.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/system_error.h"

namespace phonon {
namespace {

constexpr uint64_t kChunk = uint64_t{1} << 20;
constexpr uint64_t kFlushed = 16 * kChunk;  // at a time, so that what is written is known to be so

// Never the same block twice, and no block that packs: xorshift64*.
class Noise {
  public:
    void fill(std::vector<uint64_t>& words) {
        for (uint64_t& word : words) {
            state_ ^= state_ >> 12;
            state_ ^= state_ << 25;
            state_ ^= state_ >> 27;
            word = state_ * 0x2545F4914F6CDD1DU;
        }
    }

  private:
    uint64_t state_ = 0x9E3779B97F4A7C15U;
};

Status write_all(int fd, const void* data, size_t bytes, const std::string& folder) {
    const auto* at = static_cast<const char*>(data);
    while (bytes > 0) {
        const ssize_t written = ::write(fd, at, bytes);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return system_error(folder + ": write");
        at += written;
        bytes -= static_cast<size_t>(written);
    }
    return {};
}

}  // namespace

Result<ProbeFile> ProbeFile::create(const std::string& folder, uint64_t bytes, double seconds,
                                    const std::atomic<bool>& cancel, std::atomic<uint64_t>& written) {
    struct statvfs space {};
    if (::statvfs(folder.c_str(), &space) != 0) return system_error(folder + ": statvfs");
    const uint64_t free = uint64_t{space.f_bavail} * space.f_frsize;
    bytes = std::min(bytes, free / 4) / kChunk * kChunk;
    if (bytes < kLeastBytes) {
        return Error{"no_space", folder + ": has " + std::to_string(free >> 20) +
                                     " MiB free; measuring it takes at least " + std::to_string(4 * kLeastBytes >> 20) +
                                     " MiB, of which a quarter is written and removed again"};
    }
    std::string name = folder + "/probe-XXXXXX";
    const int fd = ::mkostemp(name.data(), O_CLOEXEC);
    if (fd < 0) return system_error(folder + ": mkostemp");
    ProbeFile file(fd);
    ::unlink(name.c_str());
    const auto began = Clock::now();
    Noise noise;
    std::vector<uint64_t> chunk(kChunk / sizeof(uint64_t));
    while (file.bytes_ < bytes) {
        if (cancel) return Error{"cancelled", "measuring was cancelled"};
        noise.fill(chunk);
        const Status status = write_all(fd, chunk.data(), kChunk, folder);
        if (!status) return status.error();
        file.bytes_ += kChunk;
        if (file.bytes_ % kFlushed != 0 && file.bytes_ < bytes) continue;
        if (::fdatasync(fd) != 0) return system_error(folder + ": fdatasync");
        written = file.bytes_;
        if (file.bytes_ >= kLeastBytes && milliseconds_since(began) > 1e3 * seconds) break;
    }
    file.write_bytes_per_s_ = static_cast<double>(file.bytes_) / (1e-3 * milliseconds_since(began));
    return file;
}

ProbeFile::ProbeFile(ProbeFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), bytes_(other.bytes_), write_bytes_per_s_(other.write_bytes_per_s_) {}

ProbeFile::~ProbeFile() {
    if (fd_ >= 0) ::close(fd_);
}

}  // namespace phonon
