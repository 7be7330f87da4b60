#include "pack/bundle_layout.h"

#include <algorithm>

#include "kernels/formats.h"
#include "kernels/prepare_columns.h"
#include "pack/pack_file.h"

namespace phonon {

BundleLayout bundle_layout(WeightType gate, WeightType up, WeightType down, int64_t embedding, bool transposed) {
    BundleLayout layout;
    layout.gate_type = gate;
    layout.up_type = up;
    layout.down_type = down;
    layout.transposed = transposed;
    layout.gate_bytes = row_size_of(gate, embedding);
    layout.up_bytes = row_size_of(up, embedding);
    layout.down_bytes = column_sizes(down, embedding, kGroup, transposed).column;
    layout.bytes = layout.gate_bytes + layout.up_bytes + layout.down_bytes;
    layout.per_block = std::max<int64_t>(1, kPackAlignment / layout.bytes);
    layout.block_bytes = round_up(layout.bytes * layout.per_block, kPackAlignment);
    return layout;
}

Stretch stretch_from(const BundleLayout& layout, int64_t position, int64_t end, int64_t most_bytes) {
    const int64_t at = layout.block_at(position);
    const int64_t stop = std::min(end, position + most_bytes / layout.block_bytes * layout.per_block);
    return {.first = position, .end = stop, .at = at, .bytes = layout.section_bytes(stop) - at};
}

std::vector<Stretch> stretches(const BundleLayout& layout, int64_t first, int64_t end, int64_t most_bytes) {
    std::vector<Stretch> all;
    for (int64_t p = first / layout.per_block * layout.per_block; p < end; p = all.back().end) {
        all.push_back(stretch_from(layout, p, end, most_bytes));
    }
    return all;
}

}  // namespace phonon
