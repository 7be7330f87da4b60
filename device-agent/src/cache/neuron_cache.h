#pragma once
// Neurons in memory (PowerInfer-2, section 4.3): slots of one size in one arena, and which neuron lies in which.
//
// A neuron is looked up by find(); one that is not there gets a slot by claim(), whose bytes the caller then reads from
// flash. Neurons used since begin_step() are never evicted, so what a layer computes with stays where it is.

#include <cstdint>
#include <memory>
#include <vector>

#include "cache/eviction.h"
#include "kernels/aligned_buffer.h"

namespace phonon {

struct LayerCacheCounts {
    uint64_t hits = 0, misses = 0;
};

// Used by one thread at a time; no allocation and no lock after construction. Bytes of slots may be read and written by
// any thread.
class NeuronCache {
  public:
    struct Shape {
        int64_t layers = 0;
        int64_t neurons = 0;  // of a layer
        int64_t slot_bytes = 0;
        int64_t slots = 0;
    };

    // Throws std::bad_alloc.
    NeuronCache(const Shape& shape, std::unique_ptr<EvictionOrder> order);

    const Shape& shape() const { return shape_; }
    std::byte* arena() const { return arena_.as<std::byte>(); }
    std::byte* bytes(int32_t slot) const { return arena() + slot * shape_.slot_bytes; }

    // What was in use may be evicted again.
    void begin_step() { ++step_; }
    void next_token();

    // The slot of a neuron, which is in use from now on; -1: not in memory. Counts a hit or a miss.
    int32_t find(int64_t layer, int32_t neuron);
    // A slot for a neuron that find() missed, in use from now on; -1 when all slots are in use.
    int32_t claim(int64_t layer, int32_t neuron);
    // Its bytes could not be read.
    void forget(int32_t slot);
    void forget_layer(int64_t layer);

    // Without counting or using it; -1: not in memory.
    int32_t slot_of(int64_t layer, int32_t neuron) const { return slot_of_[key(layer, neuron)]; }
    int64_t filled() const { return shape_.slots - static_cast<int64_t>(free_.size()) - lent_; }
    const std::vector<LayerCacheCounts>& counts() const { return counts_; }

    // Empties the last slots and hands out their bytes, until take_back(). REQUIRES count <= slots, nothing lent.
    std::byte* lend(int64_t count);
    // Returns the slots that were not lent.
    int64_t take_back();
    bool has_lent() const { return lent_ > 0; }

  private:
    size_t key(int64_t layer, int32_t neuron) const { return static_cast<size_t>(layer * shape_.neurons + neuron); }
    void empty(int32_t slot);

    const Shape shape_;
    std::unique_ptr<EvictionOrder> order_;
    AlignedBuffer arena_;
    std::vector<int32_t> slot_of_;  // [layer][neuron], -1: not in memory
    std::vector<int32_t> key_of_;   // [slot], -1: empty
    std::vector<uint32_t> stamp_;   // [slot] the step that used it last
    std::vector<int32_t> free_;     // empty slots that are not lent
    int64_t lent_ = 0;
    uint32_t step_ = 1;
    std::vector<LayerCacheCounts> counts_;  // [layer]
};

}  // namespace phonon
