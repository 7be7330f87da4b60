#include "limits/cold_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "flash/page_cache.h"
#include "limits/bytes_text.h"

namespace phonon {
namespace {

class OpenFile {
  public:
    explicit OpenFile(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
        struct stat facts {};
        if (fd_ >= 0 && ::fstat(fd_, &facts) == 0) size_ = static_cast<uint64_t>(facts.st_size);
    }
    ~OpenFile() {
        if (fd_ >= 0) ::close(fd_);
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;

    int fd() const { return fd_; }
    uint64_t size() const { return size_; }

  private:
    const int fd_;
    uint64_t size_ = 0;
};

// False where only root may.
bool drop_all() {
    const int fd = ::open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    ::sync();  // pages that are not on the disk yet cannot be dropped
    const bool done = ::write(fd, "3", 1) == 1;
    ::close(fd);
    return done;
}

std::optional<uint64_t> resident(const OpenFile& file) {
    if (file.fd() < 0 || file.size() == 0) return std::nullopt;
    const auto pages = resident_pages(file.fd(), 0, file.size());
    if (!pages) return std::nullopt;
    return pages.value() * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

ColdCache drop_model_pages(const std::string& path, bool whole_device) {
    const OpenFile file(path);
    if (file.fd() < 0) return {"failed", path + ": " + std::strerror(errno)};
    if (file.size() == 0) return {"posix_fadvise", ""};
    const bool all = whole_device && drop_all();
    if (all && resident(file) == 0u) return {"drop_caches", ""};
    const Status dropped = drop_from_page_cache(file.fd(), 0, file.size());
    if (dropped) return {all ? "drop_caches" : "posix_fadvise", ""};
    const auto left = resident(file);
    return {"failed",
            left ? bytes_text(*left) +
                       " of the model's file stay in memory, because another program uses them or the file lives there"
                 : dropped.error().message};
}

std::optional<uint64_t> resident_bytes(const std::string& path) {
    return resident(OpenFile(path));
}

}  // namespace phonon
