#include "cache/neuron_cache.h"

#include <algorithm>
#include <new>
#include <utility>

namespace phonon {

NeuronCache::NeuronCache(const Shape& shape, std::unique_ptr<EvictionOrder> order, HotClusters hot)
    : shape_(shape),
      hot_(std::move(hot)),
      hot_slots_(static_cast<int32_t>(hot_.frames() * shape.cluster_neurons)),
      order_(std::move(order)),
      slot_of_(static_cast<size_t>(shape.layers * shape.neurons), kNoSlot),
      key_of_(static_cast<size_t>(shape.slots), kNoSlot),
      stamp_(static_cast<size_t>(shape.slots - hot_slots_), 0),
      counts_(static_cast<size_t>(shape.layers)) {
    if (!arena_.reserve(static_cast<size_t>(shape.slots * shape.slot_bytes))) throw std::bad_alloc();
    free_.reserve(stamp_.size());
    for (int64_t slot = shape.slots - 1; slot >= hot_slots_; --slot) free_.push_back(static_cast<int32_t>(slot));
}

void NeuronCache::next_token() {
    order_->next_token();
    for (int32_t at = order_->expired(); at != kNoSlot; at = order_->expired()) empty(at + hot_slots_);
}

int32_t NeuronCache::find(int64_t layer, int32_t neuron) {
    const int32_t slot = slot_of_[key(layer, neuron)];
    LayerCacheCounts& counts = counts_[static_cast<size_t>(layer)];
    if (slot == kNoSlot) {
        ++counts.misses;
        return kNoSlot;
    }
    ++counts.hits;
    if (is_hot(slot)) {
        ++counts.hot_hits;
        return slot;
    }
    stamp_[cold(slot)] = step_;
    order_->touched(slot - hot_slots_);
    return slot;
}

int32_t NeuronCache::claim(int64_t layer, int32_t neuron) {
    if (free_.empty()) {
        const int32_t victim = order_->choose(stamp_, step_);
        if (victim == kNoSlot) return kNoSlot;
        empty(victim + hot_slots_);
    }
    const int32_t slot = free_.back();
    free_.pop_back();
    key_of_[static_cast<size_t>(slot)] = static_cast<int32_t>(key(layer, neuron));
    slot_of_[key(layer, neuron)] = slot;
    stamp_[cold(slot)] = step_;
    order_->filled(slot - hot_slots_, static_cast<int32_t>(key(layer, neuron)));
    return slot;
}

void NeuronCache::empty(int32_t slot) {
    int32_t& key = key_of_[static_cast<size_t>(slot)];
    slot_of_[static_cast<size_t>(key)] = kNoSlot;
    key = kNoSlot;
    stamp_[cold(slot)] = 0;
    order_->emptied(slot - hot_slots_);
    free_.push_back(slot);
}

int32_t NeuronCache::claim_cluster(int64_t layer, int32_t rank, std::span<const int32_t> neurons) {
    const int32_t frame = hot_.claim(layer, rank);
    if (frame == kNoSlot) return kNoSlot;
    const auto first = static_cast<int32_t>(frame * shape_.cluster_neurons);
    for (int64_t i = 0; i < shape_.cluster_neurons; ++i) {
        int32_t& held = key_of_[static_cast<size_t>(first + i)];
        if (held != kNoSlot) slot_of_[static_cast<size_t>(held)] = kNoSlot;
        held = kNoSlot;
    }
    int32_t slot = first;
    for (const int32_t neuron : neurons) {
        if (const int32_t before = slot_of(layer, neuron); before != kNoSlot) empty(before);
        key_of_[static_cast<size_t>(slot)] = static_cast<int32_t>(key(layer, neuron));
        slot_of_[key(layer, neuron)] = slot++;
    }
    return first;
}

void NeuronCache::forget(int32_t slot) {
    if (key_of_[static_cast<size_t>(slot)] != kNoSlot) empty(slot);
}

void NeuronCache::forget_layer(int64_t layer) {
    for (int32_t neuron = 0; neuron < shape_.neurons; ++neuron) {
        if (const int32_t slot = slot_of(layer, neuron); slot != kNoSlot && !is_hot(slot)) empty(slot);
    }
}

std::byte* NeuronCache::lend(int64_t count) {
    const auto first = static_cast<int32_t>(shape_.slots - count);
    for (auto slot = first; slot < shape_.slots; ++slot) forget(slot);
    std::erase_if(free_, [&](int32_t slot) { return slot >= first; });
    lent_ = count;
    return bytes(first);
}

int64_t NeuronCache::take_back() {
    const int64_t kept = shape_.slots - std::exchange(lent_, 0);
    for (int64_t slot = shape_.slots - 1; slot >= kept; --slot) free_.push_back(static_cast<int32_t>(slot));
    return kept;
}

}  // namespace phonon
