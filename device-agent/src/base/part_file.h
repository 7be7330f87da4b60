#pragma once
// A file that appears under its name only when it is whole: written as NAME.part in the same folder, renamed by
// commit().

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "phonon/result.h"

namespace phonon {

class PartFile {
  public:
    // Reserves `bytes` on the disk where the filesystem can. Errors: file_exists (unless `replace`), no_space, busy
    // (another process is writing the same file), io_error.
    static Result<PartFile> create(const std::string& path, uint64_t bytes, bool replace);
    // Goes on with the .part that a process left which could not remove it. What is in it is to be doubted. Errors:
    // file_missing, busy, io_error.
    static Result<PartFile> reopen(const std::string& path);
    PartFile(PartFile&& other) noexcept;
    PartFile& operator=(PartFile&&) = delete;
    ~PartFile();  // removes the .part unless committed or left
    // The .part stays, for reopen().
    void leave();

    // Any thread. Errors: no_space, io_error.
    Status write(uint64_t offset, std::span<const std::byte> bytes) const;
    // Errors: io_error, also where the file ends before.
    Status read(uint64_t offset, std::span<std::byte> bytes) const;
    Status flush() const;
    // Brings what was written of a range to the disk and gives its memory back. Errors: no_space, io_error.
    Status settle(uint64_t offset, uint64_t bytes) const;
    // Gives the file its name; flush() first.
    Status commit();

  private:
    PartFile(std::string path, bool replace) : path_(std::move(path)), part_(path_ + ".part"), replace_(replace) {}
    Status open(int flags);
    Status reserve(uint64_t bytes) const;

    std::string path_;
    std::string part_;
    bool replace_;
    int fd_ = -1;
};

}  // namespace phonon
