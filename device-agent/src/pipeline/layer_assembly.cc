#include "pipeline/layer_assembly.h"

#include <algorithm>
#include <cstring>

namespace phonon {

LayerAssembly::LayerAssembly(int64_t neurons, const std::vector<ClusterLayer>& layers, uint32_t large_bytes,
                             bool verify_reads)
    : neurons_(neurons), layers_(layers), large_bytes_(large_bytes), verify_reads_(verify_reads) {
    for (const ClusterLayer& layer : layers) layer_bytes_ = std::max(layer_bytes_, neurons * layer.bundle.bytes);
}

namespace {

void wait_for(const std::atomic<int64_t>& missing, const BlockReader& reader) {
    while (missing.load(std::memory_order_acquire) > 0 && !reader.failed()) {
        std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
}

}  // namespace

void LayerAssembly::use(std::byte* memory) {
    for (size_t i = 0; i < places_.size(); ++i) {
        places_[i].memory = memory + static_cast<int64_t>(i) * layer_bytes_;
        places_[i].layer = -1;
    }
}

void LayerAssembly::ask(int64_t layer, BlockReader& reader) {
    Place& place = places_[static_cast<size_t>(layer % 2)];
    if (place.layer == layer) return;
    wait_for(place.missing, reader);
    const ClusterLayer& l = layers_[static_cast<size_t>(layer)];
    const std::vector<Stretch> reads = stretches(l.bundle, 0, neurons_, large_bytes_);
    place.layer = layer;
    place.missing.store(static_cast<int64_t>(reads.size()), std::memory_order_release);
    for (const Stretch& read : reads) {
        reader.want(
            {.offset = l.bundles_at + static_cast<uint64_t>(read.at),
             .length = static_cast<uint32_t>(read.bytes),
             .tag = uint64_t{1} << 63 | static_cast<uint64_t>(layer) << 40 | static_cast<uint64_t>(read.first)});
    }
    reader.go();
}

Result<AssembledLayer> LayerAssembly::wait(int64_t layer, const BlockReader& reader) const {
    const Place& place = places_[static_cast<size_t>(layer % 2)];
    wait_for(place.missing, reader);
    if (reader.failed()) return reader.error();
    return parts(place);
}

void LayerAssembly::settle(const BlockReader& reader) const {
    for (const Place& place : places_) wait_for(place.missing, reader);
}

AssembledLayer LayerAssembly::parts(const Place& place) const {
    const BundleLayout& bundle = layers_[static_cast<size_t>(place.layer)].bundle;
    const std::byte* up = place.memory + neurons_ * bundle.gate_bytes;
    return {.gate = place.memory, .up = up, .down = up + neurons_ * bundle.up_bytes};
}

Status LayerAssembly::arrived(uint64_t tag, const std::byte* data) {
    const auto layer = static_cast<int64_t>(tag << 1 >> 41);
    const auto first = static_cast<int64_t>(tag & ((uint64_t{1} << 40) - 1));
    Place& place = places_[static_cast<size_t>(layer % 2)];
    const ClusterLayer& l = layers_[static_cast<size_t>(layer)];
    const BundleLayout& bundle = l.bundle;
    const AssembledLayer to = parts(place);
    const auto put = [](const std::byte* base, int64_t index, const std::byte* from, int64_t bytes) {
        std::memcpy(const_cast<std::byte*>(base) + index * bytes, from, static_cast<size_t>(bytes));
    };
    const Stretch read = stretch_from(bundle, first, neurons_, large_bytes_);
    for (int64_t position = read.first; position < read.end; ++position) {
        const int64_t neuron = l.order[static_cast<size_t>(position)];
        const std::byte* from = data + bundle.block_at(position) - read.at + bundle.in_block(position);
        if (verify_reads_) {
            if (Status status = l.check_bundle(layer, position, from); !status) return status;
        }
        put(to.gate, neuron, from, bundle.gate_bytes);
        put(to.up, neuron, from + bundle.up_at(), bundle.up_bytes);
        put(to.down, neuron, from + bundle.down_at(), bundle.down_bytes);
    }
    place.missing.fetch_sub(1, std::memory_order_release);
    return {};
}

}  // namespace phonon
