#pragma once
// Keys and values of all tokens seen, in F16.
//
// A head's keys lie position after position, so that one query reads them as a stream:
//   [layer][sequence][keys, values][kv_head][position][head_dim]

#include <cstddef>
#include <cstdint>
#include <vector>

#include "phonon/result.h"

namespace phonon {

struct KvShape {
    int64_t layers = 0;
    int64_t sequences = 0;
    int64_t context = 0;  // positions per sequence
    int64_t kv_heads = 0;
    int64_t head_dim = 0;
    uint64_t bytes_per_position() const;  // of one sequence, all layers
    uint64_t bytes() const;
};

// Not thread-safe, except that different heads and positions may be written at once.
class KvCache {
  public:
    KvCache() = default;
    ~KvCache();
    KvCache(const KvCache&) = delete;
    KvCache& operator=(const KvCache&) = delete;

    // Pages are taken from the system when first written. Error: context_too_large.
    Status allocate(const KvShape& shape);
    void free();
    // Whoever goes through a model layer by layer needs no more than one: from now on the first of the shape's layers
    // is this one.
    void begin_layer(int64_t layer) { first_layer_ = layer; }

    const KvShape& shape() const { return shape_; }
    uint16_t* keys(int64_t layer, int64_t sequence, int64_t kv_head) const;    // [context][head_dim]
    uint16_t* values(int64_t layer, int64_t sequence, int64_t kv_head) const;  // [context][head_dim]

    int64_t length(int64_t sequence) const { return lengths_[static_cast<size_t>(sequence)]; }
    void set_length(int64_t sequence, int64_t length) { lengths_[static_cast<size_t>(sequence)] = length; }

  private:
    KvShape shape_;
    uint16_t* data_ = nullptr;
    int64_t first_layer_ = 0;
    std::vector<int64_t> lengths_;  // [sequence] positions held
};

}  // namespace phonon
