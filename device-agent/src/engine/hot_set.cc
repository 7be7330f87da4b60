#include "engine/hot_set.h"

#include <algorithm>
#include <numeric>

#include "pack/memory_budget.h"

namespace phonon {
namespace {

constexpr int64_t kClusterNeurons = 64;  // 512 KiB of a 7B in Q4_0: near the best that flash does
// Of a layer, that pass through: read anew for every token, while attention is computed. 2 MB of a 7B, which its flash
// reads in that time.
constexpr int64_t kPassing = 4;

int32_t hot_clusters(const PackLayer& layer, int64_t cluster_neurons, double frequency) {
    const auto fires = [&](size_t position) {
        return layer.frequency[static_cast<size_t>(layer.order[position])] > frequency;
    };
    int32_t count = 0;
    for (auto end = static_cast<size_t>(cluster_neurons); end <= layer.order.size();
         end += static_cast<size_t>(cluster_neurons)) {
        if (!fires(end - 1)) break;  // positions are in order of frequency
        ++count;
    }
    return count;
}

}  // namespace

HotSet choose_hot_set(const Pack& pack, double frequency, int64_t slots) {
    HotSet set;
    int64_t per_block = 1;
    for (const PackLayer& layer : pack.layers) per_block = std::lcm(per_block, layer.bundle.per_block);
    set.cluster_neurons = (kClusterNeurons + per_block - 1) / per_block * per_block;
    std::vector<int32_t> counts;
    for (const PackLayer& layer : pack.layers) {
        counts.push_back(hot_clusters(layer, set.cluster_neurons, frequency));
    }
    const auto neurons = static_cast<int64_t>(pack.layers.front().order.size());
    const int64_t room = most_hot_slots(neurons, slots) / set.cluster_neurons;
    const auto layers = static_cast<int64_t>(counts.size());
    int64_t all = std::accumulate(counts.begin(), counts.end(), int64_t{0});
    int64_t pinned = *std::max_element(counts.begin(), counts.end());
    if (all > room) {
        // What passes through takes the frames of two layers.
        const int64_t passing = std::min(kPassing, room / 2);
        pinned = std::max<int64_t>(0, room - 2 * passing) / layers;
        for (int32_t& count : counts) count = static_cast<int32_t>(std::min<int64_t>(count, pinned + passing));
        all = std::min(std::accumulate(counts.begin(), counts.end(), int64_t{0}), room);
    }
    for (const int32_t count : counts) set.neurons += count * set.cluster_neurons;
    set.clusters = HotClusters(std::move(counts), static_cast<int32_t>(all), static_cast<int32_t>(pinned));
    return set;
}

}  // namespace phonon
