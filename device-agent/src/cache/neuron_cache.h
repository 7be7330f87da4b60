#pragma once
// Neurons in memory (PowerInfer-2, section 4.3): slots of one size in one arena, and which neuron lies in which.
//
// The first slots are the hot region, whose neurons come and go by cluster; the others are the cold one, neuron by
// neuron. (What is never evicted, the fixed region, is no neuron and lies elsewhere.) A neuron is looked up by find();
// one that is not there gets a slot by claim(), whose bytes the caller then reads from flash. Neurons used since
// begin_step() are never evicted, so what a layer computes with stays where it is.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "cache/eviction.h"
#include "cache/hot_clusters.h"
#include "kernels/aligned_buffer.h"

namespace phonon {

struct LayerCacheCounts {
    uint64_t hits = 0, misses = 0;
    uint64_t hot_hits = 0;  // of the hits
};

// Used by one thread at a time; no allocation and no lock after construction. Bytes of slots may be read and written by
// any thread.
class NeuronCache {
  public:
    struct Shape {
        int64_t layers = 0;
        int64_t neurons = 0;  // of a layer
        int64_t slot_bytes = 0;
        int64_t slots = 0;            // of both regions
        int64_t cluster_neurons = 0;  // of the hot region
    };

    // `order` is of the cold slots: all but hot.frames() * cluster_neurons. Throws std::bad_alloc.
    NeuronCache(const Shape& shape, std::unique_ptr<EvictionOrder> order, HotClusters hot = {});

    const Shape& shape() const { return shape_; }
    std::byte* arena() const { return arena_.as<std::byte>(); }
    std::byte* bytes(int32_t slot) const { return arena() + slot * shape_.slot_bytes; }

    // What was in use may be evicted again.
    void begin_step() { ++step_; }
    // The clusters of this layer are in use until the next call.
    void use_clusters(int64_t layer) { hot_.use(layer); }
    void next_token();

    // The slot of a neuron, which is in use from now on; -1: not in memory. Counts a hit or a miss.
    int32_t find(int64_t layer, int32_t neuron);
    // A cold slot for a neuron that find() missed, in use from now on; -1 when all slots are in use.
    int32_t claim(int64_t layer, int32_t neuron);
    // A cold slot whose bytes could not be read, or were not all.
    void forget(int32_t slot);
    void forget_layer(int64_t layer);

    // How many clusters a layer has, and whether one of them is in memory.
    int32_t clusters(int64_t layer) const { return hot_.count(layer); }
    bool has_cluster(int64_t layer, int32_t rank) const { return hot_.frame_of(layer, rank) >= 0; }
    // The first slot of a cluster that is not there; its `neurons`, at most cluster_neurons, take one slot each in
    // their order. -1 when all frames are pinned or in use. REQUIRES none of the neurons in use.
    int32_t claim_cluster(int64_t layer, int32_t rank, std::span<const int32_t> neurons);

    // Without counting or using it; -1: not in memory.
    int32_t slot_of(int64_t layer, int32_t neuron) const { return slot_of_[key(layer, neuron)]; }
    bool is_hot(int32_t slot) const { return slot < hot_slots_; }
    // Brings what find() will look at into the core's cache.
    void prefetch(int32_t slot) const {
        if (slot < hot_slots_) return;
        __builtin_prefetch(&stamp_[cold(slot)]);
        order_->prefetch(slot - hot_slots_);
    }
    bool has_empty() const { return !free_.empty(); }
    // Of the cold region.
    int64_t filled() const { return shape_.slots - hot_slots_ - static_cast<int64_t>(free_.size()) - lent_; }
    const std::vector<LayerCacheCounts>& counts() const { return counts_; }

    // Empties the last slots and hands out their bytes, until take_back(). REQUIRES count <= cold slots, nothing lent.
    std::byte* lend(int64_t count);
    // Returns the slots that were not lent.
    int64_t take_back();
    bool has_lent() const { return lent_ > 0; }

  private:
    size_t key(int64_t layer, int32_t neuron) const { return static_cast<size_t>(layer * shape_.neurons + neuron); }
    size_t cold(int32_t slot) const { return static_cast<size_t>(slot - hot_slots_); }
    void empty(int32_t slot);

    const Shape shape_;
    HotClusters hot_;
    const int32_t hot_slots_;
    std::unique_ptr<EvictionOrder> order_;
    AlignedBuffer arena_;
    std::vector<int32_t> slot_of_;  // [layer][neuron], -1: not in memory
    std::vector<int32_t> key_of_;   // [slot], -1: empty
    std::vector<uint32_t> stamp_;   // [cold slot] the step that used it last
    std::vector<int32_t> free_;     // empty cold slots that are not lent
    int64_t lent_ = 0;
    uint32_t step_ = 1;
    std::vector<LayerCacheCounts> counts_;  // [layer]
};

}  // namespace phonon
