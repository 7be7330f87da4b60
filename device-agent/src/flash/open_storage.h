#pragma once
// The best way of reading a file that this system has, found by trying.

#include <memory>
#include <string>

#include "flash/storage.h"
#include "phonon/result.h"

namespace phonon {

// Reads under way at once, at most; the probe measures no deeper queue.
inline constexpr size_t kMostQueueDepth = 64;

struct StorageOptions {
    std::string backend = {};  // "io_uring", "aio", "threads"; "": the first of these that works
    bool direct = true;
    size_t depth = kMostQueueDepth;
};

// What was refused on the way is in facts().note. Errors: those of FlashFile::open; bad_request (no such backend);
// io_error (the backend that was named is refused).
Result<std::unique_ptr<Storage>> open_storage(const std::string& path, const StorageOptions& options);

}  // namespace phonon
