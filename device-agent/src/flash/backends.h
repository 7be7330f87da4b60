#pragma once
// The kinds of Storage. Each takes the file over if it succeeds; `facts` come filled in but for the backend's name.

#include <memory>

#include "flash/flash_file.h"
#include "flash/storage.h"
#include "phonon/result.h"

namespace phonon {

// Errors: io_error, with what the system refused.
Result<std::unique_ptr<Storage>> open_io_uring(FlashFile&& file, FlashFacts facts);
Result<std::unique_ptr<Storage>> open_aio(FlashFile&& file, FlashFacts facts);
// Works everywhere: a few threads that call pread. Its depth is at most kMostReadThreads.
std::unique_ptr<Storage> open_read_threads(FlashFile&& file, FlashFacts facts);

inline constexpr size_t kMostReadThreads = 16;

}  // namespace phonon
