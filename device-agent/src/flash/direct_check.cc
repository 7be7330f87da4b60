#include "flash/direct_check.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "flash/flash_file.h"
#include "flash/page_cache.h"

namespace phonon {
namespace {

constexpr std::byte kPoison{0xA5};
struct Free {
    void operator()(std::byte* p) const { std::free(p); }
};
using Block = std::unique_ptr<std::byte, Free>;

Block poisoned(size_t bytes) {
    void* p = nullptr;
    if (posix_memalign(&p, bytes, bytes) != 0) return nullptr;
    std::memset(p, static_cast<int>(kPoison), bytes);
    return Block(static_cast<std::byte*>(p));
}

// `block` bytes at a multiple of it.
std::string check_block(int direct_fd, int buffered_fd, uint64_t offset, size_t block) {
    const Block direct = poisoned(block), buffered = poisoned(block);
    if (!direct || !buffered) return "no memory to check it";
    const bool may_know = may_know_residency(buffered_fd);
    if (may_know) {
        const Status dropped = drop_from_page_cache(buffered_fd, offset, block);
        if (!dropped) return dropped.error().message;
    }
    const ssize_t bytes = ::pread(direct_fd, direct.get(), block, static_cast<off_t>(offset));
    if (bytes < 0) return std::string("a direct read fails: ") + std::strerror(errno);
    if (may_know) {
        const auto resident = resident_pages(buffered_fd, offset, block);
        if (!resident) return resident.error().message;
        if (resident.value() > 0) return "the filesystem keeps what is read directly in the page cache";
    }
    if (::pread(buffered_fd, buffered.get(), block, static_cast<off_t>(offset)) != bytes) {
        return "a direct read is shorter or longer than a buffered one";
    }
    const bool same = std::memcmp(direct.get(), buffered.get(), static_cast<size_t>(bytes)) == 0;
    return same ? "" : "a direct read brings other bytes than a buffered one";
}

}  // namespace

std::string why_not_direct(int direct_fd, int buffered_fd, uint64_t bytes, size_t alignment) {
    const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
    const size_t block = alignment < kDirectAlignment ? alignment : std::max(page, alignment);
    const uint64_t blocks = bytes / block;
    if (blocks == 0) return "the file is smaller than a block";
    // Pages may lie in memory in large pieces, which go only as a whole; and reading ahead would bring them back.
    if (may_know_residency(buffered_fd)) (void)drop_from_page_cache(buffered_fd, 0, bytes);
    ::posix_fadvise(buffered_fd, 0, 0, POSIX_FADV_RANDOM);
    for (const uint64_t some : {blocks / 3, blocks / 2, blocks - 1}) {
        const uint64_t i = (some | 1) < blocks ? some | 1 : some;  // odd: its offset is a multiple of nothing coarser
        const std::string why = check_block(direct_fd, buffered_fd, i * block, block);
        if (!why.empty()) return why;
    }
    return "";
}

}  // namespace phonon
