#include "flash/page_cache.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/system_error.h"

namespace phonon {
namespace {

struct Range {
    uint64_t begin = 0, end = 0;
};
Range whole_pages(uint64_t offset, uint64_t bytes) {
    const auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
    return {offset / page * page, (offset + bytes + page - 1) / page * page};
}

}  // namespace

bool may_know_residency(int fd) {
    struct stat facts {};
    if (::fstat(fd, &facts) != 0) return false;
    return facts.st_uid == ::geteuid() || ::geteuid() == 0 ||
           ::access(("/proc/self/fd/" + std::to_string(fd)).c_str(), W_OK) == 0;
}

Result<uint64_t> resident_pages(int fd, uint64_t offset, uint64_t bytes) {
    if (!may_know_residency(fd)) {
        return Error{"io_error", "which pages are in memory is told only to who owns the file or may write it"};
    }
    const auto [begin, end] = whole_pages(offset, bytes);
    void* mapping = ::mmap(nullptr, end - begin, PROT_READ, MAP_SHARED, fd, static_cast<off_t>(begin));
    if (mapping == MAP_FAILED) return system_error("mmap");
    std::vector<unsigned char> pages((end - begin) / static_cast<uint64_t>(::sysconf(_SC_PAGESIZE)));
    const int status = ::mincore(mapping, end - begin, pages.data());
    ::munmap(mapping, end - begin);
    if (status != 0) return system_error("mincore");
    return static_cast<uint64_t>(std::count_if(pages.begin(), pages.end(), [](unsigned char p) { return p & 1; }));
}

Status drop_from_page_cache(int fd, uint64_t offset, uint64_t bytes) {
    // Pages that were written and are not on the disk yet cannot be dropped; not every filesystem syncs read-only
    // files.
    ::fdatasync(fd);
    const auto [begin, end] = whole_pages(offset, bytes);  // of pages a part is not dropped
    const int error =
        ::posix_fadvise(fd, static_cast<off_t>(begin), static_cast<off_t>(end - begin), POSIX_FADV_DONTNEED);
    if (error != 0) return system_error("posix_fadvise", error);
    const auto resident = resident_pages(fd, offset, bytes);
    if (!resident) return resident.error();
    if (resident.value() == 0) return {};
    return Error{"io_error", std::to_string(resident.value()) + " of its pages cannot be dropped from memory"};
}

}  // namespace phonon
