#include "kernels/aligned_buffer.h"

#include <sys/mman.h>

#include <cstdlib>

namespace phonon {

void AlignedBuffer::Free::operator()(std::byte* p) const {
    free(p);
}

bool AlignedBuffer::reserve(size_t bytes) {
    if (bytes <= size_) return true;
    data_.reset();
    size_ = 0;
    // Weights are streamed once per token: with 4 KiB pages the walk of the page table shows in the bandwidth.
    constexpr size_t kHuge = size_t{2} << 20;
    const size_t alignment = bytes >= kHuge ? kHuge : 64;
    void* p = nullptr;
    if (posix_memalign(&p, alignment, bytes) != 0) return false;
    if (bytes >= kHuge) madvise(p, bytes, MADV_HUGEPAGE);
    data_.reset(static_cast<std::byte*>(p));
    size_ = bytes;
    return true;
}

}  // namespace phonon
