#include "model/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "base/system_error.h"

namespace phonon {

Result<std::unique_ptr<MappedFile>> MappedFile::open(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a pipe would wait for its other end
    if (fd < 0) {
        const int error = errno;
        if (error == ENOENT || error == ENOTDIR) return Error{"file_missing", path + ": there is no such file"};
        return system_error(path + ": cannot be opened", error);
    }
    struct stat info {};
    const bool known = fstat(fd, &info) == 0;
    if (!known || !S_ISREG(info.st_mode) || info.st_size == 0) {
        close(fd);
        if (known && S_ISREG(info.st_mode)) return Error{"file_invalid", path + ": the file is empty"};
        return Error{"file_invalid", path + ": not a regular file"};
    }
    const auto size = static_cast<size_t>(info.st_size);
    void* data = mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
    const int error = errno;
    close(fd);
    if (data == MAP_FAILED) return system_error(path + ": cannot be mapped", error);
    return std::unique_ptr<MappedFile>(new MappedFile({static_cast<const std::byte*>(data), size}));
}

MappedFile::~MappedFile() {
    munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

namespace {

// For the pages that lie wholly in `part`.
void advise(std::span<const std::byte> part, int advice) {
    const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    const uintptr_t begin = (reinterpret_cast<uintptr_t>(part.data()) + page - 1) / page * page;
    const uintptr_t end = reinterpret_cast<uintptr_t>(part.data() + part.size()) / page * page;
    if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, advice);
}

}  // namespace

void MappedFile::release(std::span<const std::byte> part) const {
    advise(part, MADV_DONTNEED);
}

void MappedFile::expect_scattered(std::span<const std::byte> part) const {
    advise(part, MADV_RANDOM);
}

}  // namespace phonon
