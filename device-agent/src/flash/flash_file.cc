#include "flash/flash_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "flash/direct_check.h"

namespace phonon {
namespace {

Error failed(const std::string& path, const char* what) {
    const char* code = errno == ENOENT || errno == ENOTDIR ? "file_missing" : "io_error";
    return {code, path + ": " + what + ": " + std::strerror(errno)};
}

}  // namespace

Result<FlashFile> FlashFile::open(const std::string& path, bool direct) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return failed(path, "open");
    FlashFile buffered(fd, 0);
    struct stat facts {};
    if (::fstat(fd, &facts) != 0) return failed(path, "fstat");
    if (!S_ISREG(facts.st_mode)) return Error{"file_invalid", path + ": is no regular file"};
    if (facts.st_size == 0) return Error{"file_invalid", path + ": is empty"};
    buffered.bytes_ = static_cast<uint64_t>(facts.st_size);
    if (!direct) {
        buffered.why_buffered_ = "not asked for";
        return buffered;
    }
    const int direct_fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECT);
    if (direct_fd < 0) {
        buffered.why_buffered_ = std::string("the filesystem refuses O_DIRECT: ") + std::strerror(errno);
        return buffered;
    }
    FlashFile unbuffered(direct_fd, buffered.bytes_);
    const auto refused = [&](size_t alignment) {
        return why_not_direct(unbuffered.fd_, buffered.fd_, buffered.bytes_, alignment);
    };
    buffered.why_buffered_ = refused(kDirectAlignment);
    if (!buffered.why_buffered_.empty()) return buffered;
    unbuffered.direct_ = true;
    unbuffered.alignment_ = refused(kFinestAlignment).empty() ? kFinestAlignment : kDirectAlignment;
    return unbuffered;
}

FlashFile::FlashFile(FlashFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      bytes_(other.bytes_),
      direct_(other.direct_),
      alignment_(other.alignment_),
      why_buffered_(std::move(other.why_buffered_)) {}

FlashFile::~FlashFile() {
    if (fd_ >= 0) ::close(fd_);
}

}  // namespace phonon
