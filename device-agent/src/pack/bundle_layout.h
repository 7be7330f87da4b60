#pragma once
// How a layer's neurons lie on flash and in memory (PowerInfer-2, section 4.4).
//
// Neuron i's bundle is row i of Gate | row i of Up | column i of Down: its codes, whose group scales stay in memory,
// or, requantised, a row of Down transposed with scales of its own. On flash bundles lie in order of hotness and no
// bundle crosses a block of direct I/O that it need not: several small ones share a block, a large one begins a block.

#include <cstdint>
#include <vector>

#include "kernels/weights.h"

namespace phonon {

struct BundleLayout {
    WeightType gate_type = WeightType::f32, up_type = WeightType::f32, down_type = WeightType::f32;
    bool transposed = false;  // Down: see ColumnsView
    int64_t gate_bytes = 0, up_bytes = 0, down_bytes = 0;
    int64_t bytes = 0;        // of a bundle
    int64_t per_block = 1;    // bundles that share a block
    int64_t block_bytes = 0;  // a multiple of kDirectAlignment

    bool operator==(const BundleLayout&) const = default;

    int64_t up_at() const { return gate_bytes; }
    int64_t down_at() const { return gate_bytes + up_bytes; }
    // Bytes that a bundle takes in memory: a multiple of a cache line.
    int64_t slot_bytes() const { return (bytes + 63) / 64 * 64; }
    // Where the bundle at `position` begins, from the section's start, and the block that it lies in.
    int64_t block_at(int64_t position) const { return position / per_block * block_bytes; }
    int64_t in_block(int64_t position) const { return position % per_block * bytes; }
    int64_t section_bytes(int64_t neurons) const { return (neurons + per_block - 1) / per_block * block_bytes; }
};

BundleLayout bundle_layout(WeightType gate, WeightType up, WeightType down, int64_t embedding, bool transposed = false);

// Whole blocks that lie one after the other: positions [first, end) of a layer.
struct Stretch {
    int64_t first = 0, end = 0;
    int64_t at = 0, bytes = 0;  // from the section's start
};
// From `position`, which begins a block, at most `most_bytes` long and not beyond position `end`.
Stretch stretch_from(const BundleLayout& layout, int64_t position, int64_t end, int64_t most_bytes);
// Those that hold positions [first, end), one after the other.
std::vector<Stretch> stretches(const BundleLayout& layout, int64_t first, int64_t end, int64_t most_bytes);

}  // namespace phonon
