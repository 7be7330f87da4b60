#pragma once
// The hot region of the neuron cache: clusters of neighbours in order of hotness, each in a frame of its own
// (PowerInfer-2, section 4.3).
//
// Rank r of a layer is its r-th hottest cluster. Where there are fewer frames than clusters the hottest are pinned, and
// the others pass through what frames are left: read in one piece while their layer's attention is computed, and
// evicted, the least recently used cluster first.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace phonon {

class HotClusters {
  public:
    HotClusters() = default;
    // `per_layer` clusters of each layer; ranks below `pinned` are never evicted.
    HotClusters(std::vector<int32_t> per_layer, int32_t frames, int32_t pinned);

    int32_t count(int64_t layer) const { return per_layer_.empty() ? 0 : per_layer_[static_cast<size_t>(layer)]; }
    int32_t frames() const { return static_cast<int32_t>(held_.size()); }
    // -1: not in memory.
    int32_t frame_of(int64_t layer, int32_t rank) const { return frame_of_[index(layer, rank)]; }

    // The layer's clusters are in use until the next call, those that are there and those that are claimed.
    void use(int64_t layer);

    // A frame for a cluster that has none, whatever lay there before; -1 when every frame is pinned or in use.
    int32_t claim(int64_t layer, int32_t rank);

  private:
    struct Held {
        int32_t cluster = -1;  // -1: empty
        bool pinned = false;
        uint64_t used = 0;
    };
    size_t index(int64_t layer, int32_t rank) const {
        return static_cast<size_t>(first_[static_cast<size_t>(layer)] + rank);
    }

    std::vector<int32_t> per_layer_, first_;  // [layer] clusters; the layer's first one
    std::vector<int32_t> frame_of_;           // [cluster]
    std::vector<Held> held_;                  // [frame]
    int32_t pinned_ = 0;
    uint64_t now_ = 1;
};

}  // namespace phonon
