#pragma once
// A file in memory, read-only, loaded page by page when touched.

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "phonon/result.h"

namespace phonon {

class MappedFile {
  public:
    // Errors: file_missing, file_invalid (empty, or no regular file), io_error.
    static Result<std::unique_ptr<MappedFile>> open(const std::string& path);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    std::span<const std::byte> bytes() const { return bytes_; }
    // Gives back the memory of the pages that lie wholly in `part`, for parts that were copied elsewhere. They are
    // read from the file again if touched again.
    void release(std::span<const std::byte> part) const;
    // Single rows of `part` will be read, and nothing around them is worth reading with them.
    void expect_scattered(std::span<const std::byte> part) const;

  private:
    explicit MappedFile(std::span<const std::byte> bytes) : bytes_(bytes) {}
    std::span<const std::byte> bytes_;
};

}  // namespace phonon
