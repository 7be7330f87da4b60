#pragma once
// Which neurons are hot: read and evicted by the cluster instead of one by one (PowerInfer-2, sections 4.1 and 4.3).

#include <cstdint>

#include "cache/hot_clusters.h"
#include "pack/pack_file.h"

namespace phonon {

struct HotSet {
    HotClusters clusters;
    int64_t cluster_neurons = 0;  // whole blocks of flash
    int64_t neurons = 0;          // of all layers, in clusters
};

// Of each layer the clusters whose every neuron fired for more than `frequency` of the profile's tokens, in at most
// most_hot_slots() of `slots` (memory_budget.h). Where they are more than that the hottest are pinned, a few of each
// layer's next ones pass through, and the rest are not hot.
HotSet choose_hot_set(const Pack& pack, double frequency, int64_t slots);

}  // namespace phonon
