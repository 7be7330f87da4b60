#include "engine/kv_cache.h"

#include <sys/mman.h>

#include <string>

namespace phonon {

uint64_t KvShape::bytes_per_position() const {
    return static_cast<uint64_t>(layers) * static_cast<uint64_t>(kv_heads) * static_cast<uint64_t>(head_dim) * 2 *
           sizeof(uint16_t);
}

uint64_t KvShape::bytes() const {
    return bytes_per_position() * static_cast<uint64_t>(sequences) * static_cast<uint64_t>(context);
}

KvCache::~KvCache() {
    free();
}

void KvCache::free() {
    if (data_ != nullptr) munmap(data_, shape_.bytes());
    data_ = nullptr;
    lengths_.clear();
}

Status KvCache::allocate(const KvShape& shape) {
    free();
    void* data =
        mmap(nullptr, shape.bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (data == MAP_FAILED) {
        return Error{"context_too_large", "the system refuses " + std::to_string(shape.bytes() >> 20) +
                                              " MiB for the KV cache of " + std::to_string(shape.sequences) + " x " +
                                              std::to_string(shape.context) + " tokens; ask for a smaller context"};
    }
    madvise(data, shape.bytes(), MADV_HUGEPAGE);
    data_ = static_cast<uint16_t*>(data);
    shape_ = shape;
    first_layer_ = 0;
    lengths_.assign(static_cast<size_t>(shape.sequences), 0);
    return {};
}

uint16_t* KvCache::keys(int64_t layer, int64_t sequence, int64_t kv_head) const {
    const int64_t head = (((layer - first_layer_) * shape_.sequences + sequence) * 2) * shape_.kv_heads + kv_head;
    return data_ + head * shape_.context * shape_.head_dim;
}

uint16_t* KvCache::values(int64_t layer, int64_t sequence, int64_t kv_head) const {
    return keys(layer, sequence, kv_head) + shape_.kv_heads * shape_.context * shape_.head_dim;
}

}  // namespace phonon
