#include "base/part_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/system_error.h"

namespace phonon {

namespace {

Error exists(const std::string& path) {
    return {"file_exists", path + " exists; give --force to replace it"};
}

}  // namespace

Result<PartFile> PartFile::create(const std::string& path, uint64_t bytes, bool replace) {
    PartFile file(path, replace);
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0) {
        if (!S_ISREG(info.st_mode)) return Error{"io_error", path + " is not a regular file"};
        if (!replace) return exists(path);
    }
    if (Status status = file.open(O_CREAT); !status) return status.error();
    if (::ftruncate(file.fd_, 0) != 0) return system_error(file.part_, errno);
    if (Status space = file.reserve(bytes); !space) return space.error();
    return file;
}

Result<PartFile> PartFile::reopen(const std::string& path) {
    PartFile file(path, true);
    if (Status status = file.open(0); !status) return status.error();
    return file;
}

Status PartFile::open(int flags) {
    const int fd = ::open(part_.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0644);
    if (fd < 0 && errno == ENOENT && (flags & O_CREAT) == 0) return Error{"file_missing", part_ + " does not exist"};
    if (fd < 0) return system_error(part_, errno);
    // The lock ends with this process, however it ends: what an interrupted one left behind can be written over.
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        ::close(fd);
        return Error{"busy", part_ + " is being written by another process"};
    }
    fd_ = fd;
    return {};
}

PartFile::PartFile(PartFile&& other) noexcept
    : path_(std::move(other.path_)),
      part_(std::move(other.part_)),
      replace_(other.replace_),
      fd_(std::exchange(other.fd_, -1)) {}

PartFile::~PartFile() {
    if (fd_ < 0) return;
    ::unlink(part_.c_str());
    ::close(fd_);
}

void PartFile::leave() {
    ::close(std::exchange(fd_, -1));
}

Status PartFile::reserve(uint64_t bytes) const {
    if (bytes == 0) return {};
    struct statvfs disk {};
    if (::fstatvfs(fd_, &disk) != 0) return system_error(part_, errno);
    const uint64_t free = static_cast<uint64_t>(disk.f_bavail) * disk.f_frsize;
    if (bytes > free) {
        return Error{"no_space", path_ + " needs " + std::to_string(bytes) + " bytes; " + std::to_string(free) +
                                     " are free in its folder"};
    }
    if (::fallocate(fd_, 0, 0, static_cast<off_t>(bytes)) == 0 || errno == EOPNOTSUPP || errno == ENOSYS) return {};
    return system_error("reserving " + std::to_string(bytes) + " bytes for " + part_, errno);
}

Status PartFile::write(uint64_t offset, std::span<const std::byte> bytes) const {
    while (!bytes.empty()) {
        const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return system_error("writing " + part_ + " at " + std::to_string(offset), errno);
        bytes = bytes.subspan(static_cast<size_t>(n));
        offset += static_cast<uint64_t>(n);
    }
    return {};
}

Status PartFile::read(uint64_t offset, std::span<std::byte> bytes) const {
    while (!bytes.empty()) {
        const ssize_t n = ::pread(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return system_error("reading " + part_ + " at " + std::to_string(offset), errno);
        if (n == 0) return Error{"io_error", part_ + " ends at " + std::to_string(offset)};
        bytes = bytes.subspan(static_cast<size_t>(n));
        offset += static_cast<uint64_t>(n);
    }
    return {};
}

Status PartFile::flush() const {
    if (::fdatasync(fd_) != 0) return system_error("flushing " + part_, errno);
    return {};
}

Status PartFile::settle(uint64_t offset, uint64_t bytes) const {
    if (Status status = flush(); !status) return status;
    ::posix_fadvise(fd_, static_cast<off_t>(offset), static_cast<off_t>(bytes), POSIX_FADV_DONTNEED);
    return {};
}

Status PartFile::commit() {
    // Without `replace`, a file that appeared meanwhile is kept; filesystems that cannot rename so get a plain rename.
    if (replace_ || ::renameat2(AT_FDCWD, part_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) != 0) {
        if (!replace_ && errno == EEXIST) return exists(path_);
        if (::rename(part_.c_str(), path_.c_str()) != 0) return system_error("renaming " + part_, errno);
    }
    ::close(std::exchange(fd_, -1));
    return {};
}

}  // namespace phonon
