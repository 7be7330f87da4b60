#pragma once
// What of a file is in memory.

#include <cstdint>

#include "phonon/result.h"

namespace phonon {

// Linux tells the truth only to who owns the file or may write it; to others every page seems to be there.
bool may_know_residency(int fd);

// How many of the pages of a part of a file are in memory. Errors: io_error, also where this process may not know.
Result<uint64_t> resident_pages(int fd, uint64_t offset, uint64_t bytes);

// Drops the pages that hold a part of a file from memory. Errors: io_error, also where pages stay (others use them, or
// the file lives in memory) or where this process may not know.
Status drop_from_page_cache(int fd, uint64_t offset, uint64_t bytes);

}  // namespace phonon
