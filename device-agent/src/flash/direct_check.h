#pragma once
// Whether reads past the page cache do what they promise.

#include <cstddef>
#include <cstdint>
#include <string>

namespace phonon {

// "" when direct reads of the file bring what buffered ones bring, and nothing into the page cache (as far as this
// process may know); else what they do. Offsets, lengths and buffers are multiples of `alignment`, a power of two. Both
// descriptors are of the same file, the first one with O_DIRECT.
std::string why_not_direct(int direct_fd, int buffered_fd, uint64_t bytes, size_t alignment);

}  // namespace phonon
