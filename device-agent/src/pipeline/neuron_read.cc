#include "pipeline/neuron_read.h"

#include "kernels/formats.h"

namespace phonon {

bool has_two_parts(const BundleLayout& bundle, uint64_t align) {
    return bundle.per_block == 1 && round_up(bundle.gate_bytes, static_cast<int64_t>(align)) < bundle.bytes;
}

NeuronRead neuron_read(const ClusterLayer& layer, int32_t neuron, Part part, uint64_t align) {
    const BundleLayout& bundle = layer.bundle;
    const uint64_t start =
        layer.block_of(neuron) + static_cast<uint64_t>(bundle.in_block(layer.position[static_cast<size_t>(neuron)]));
    const int64_t head = round_up(bundle.gate_bytes, static_cast<int64_t>(align));
    NeuronRead read;
    switch (part) {
        case Part::whole:
            read = {.in_bundle = 0, .bytes = bundle.bytes};
            break;
        case Part::gate:
            read = {.in_bundle = 0, .bytes = bundle.gate_bytes};
            break;
        case Part::up:
            read = {.in_bundle = bundle.up_at(), .bytes = bundle.up_bytes};
            break;
        case Part::down:
            read = {.in_bundle = bundle.down_at(), .bytes = bundle.down_bytes};
            break;
        case Part::head:
            read = {.in_bundle = 0, .bytes = head};
            break;
        case Part::tail:
            read = {.in_bundle = head, .bytes = bundle.bytes - head};
            break;
    }
    const uint64_t at = start + static_cast<uint64_t>(read.in_bundle), end = at + static_cast<uint64_t>(read.bytes);
    read.offset = at / align * align;
    read.length = static_cast<uint32_t>((end + align - 1) / align * align - read.offset);
    read.in_read = at - read.offset;
    return read;
}

}  // namespace phonon
