#include "cache/hot_clusters.h"

#include <utility>

namespace phonon {

HotClusters::HotClusters(std::vector<int32_t> per_layer, int32_t frames, int32_t pinned)
    : per_layer_(std::move(per_layer)), held_(static_cast<size_t>(frames)), pinned_(pinned) {
    int32_t clusters = 0;
    for (const int32_t count : per_layer_) {
        first_.push_back(clusters);
        clusters += count;
    }
    frame_of_.assign(static_cast<size_t>(clusters), -1);
}

void HotClusters::use(int64_t layer) {
    ++now_;
    for (int32_t rank = 0; rank < count(layer); ++rank) {
        if (const int32_t frame = frame_of(layer, rank); frame >= 0) held_[static_cast<size_t>(frame)].used = now_;
    }
}

int32_t HotClusters::claim(int64_t layer, int32_t rank) {
    Held* oldest = nullptr;
    for (Held& held : held_) {
        if (held.pinned || held.used == now_) continue;
        if (oldest == nullptr || held.used < oldest->used) oldest = &held;
    }
    if (oldest == nullptr) return -1;
    const auto frame = static_cast<int32_t>(oldest - held_.data());
    const size_t cluster = index(layer, rank);
    if (oldest->cluster >= 0) frame_of_[static_cast<size_t>(oldest->cluster)] = -1;
    frame_of_[cluster] = frame;
    *oldest = {.cluster = static_cast<int32_t>(cluster), .pinned = rank < pinned_, .used = now_};
    return frame;
}

}  // namespace phonon
