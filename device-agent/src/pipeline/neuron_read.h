#pragma once
// What one read brings of a neuron.

#include <cstdint>

#include "pipeline/cluster_layer.h"

namespace phonon {

// `head` is Gate, up to the next place where a read may begin; `tail` what follows (PowerInfer-2, section 4.4).
enum class Part : uint8_t { whole, gate, up, down, head, tail };

// What is read before it is known whether the rest is wanted.
constexpr bool is_first_half(Part part) {
    return part == Part::gate || part == Part::head;
}

struct NeuronRead {
    int64_t in_bundle = 0, bytes = 0;  // of the part
    uint64_t offset = 0;               // in the pack, aligned, as is `length`
    uint32_t length = 0;
    uint64_t in_read = 0;  // where the part begins
    bool brings_only_it() const { return in_read == 0 && length == bytes; }
};

// `align`: what offsets and lengths are multiples of.
NeuronRead neuron_read(const ClusterLayer& layer, int32_t neuron, Part part, uint64_t align);

// Whether bundles have a head and a tail. Those that share a block have none: there is no place in them where a read
// may begin.
bool has_two_parts(const BundleLayout& bundle, uint64_t align);

}  // namespace phonon
