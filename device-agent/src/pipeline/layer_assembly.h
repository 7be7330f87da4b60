#pragma once
// Whole layers read ahead of prefill (PowerInfer-2, section 4.1): over a prompt's tokens nearly every neuron fires, so
// a layer is read in its order on flash with large reads while the one before it is computed, and put together as plain
// matrices.

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "pipeline/block_reader.h"
#include "pipeline/cluster_layer.h"

namespace phonon {

// The matrices of a layer in one piece of memory.
struct AssembledLayer {
    const std::byte* gate = nullptr;  // rows of the file's format, in the neurons' own order
    const std::byte* up = nullptr;    // likewise
    const std::byte* down = nullptr;  // columns of codes
};

// ask(), wait() and use() from one thread; arrived() from the I/O thread.
class LayerAssembly {
  public:
    // `verify_reads`: compares every bundle with its checksum.
    LayerAssembly(int64_t neurons, const std::vector<ClusterLayer>& layers, uint32_t large_bytes, bool verify_reads);

    // Bytes of one layer's matrices, of the largest layer.
    int64_t layer_bytes() const { return layer_bytes_; }

    // Memory for two layers, layer_bytes() each. Whatever was put together before is gone.
    void use(std::byte* memory);
    // Begins to read a layer into the place that layer - 2 had, unless it is there already.
    void ask(int64_t layer, BlockReader& reader);
    // Waits for what was asked for and is on its way, whether somebody still wants it or not: a prompt may have been
    // cancelled. The memory is then nobody's.
    void settle(const BlockReader& reader) const;
    // Waits until a layer that was asked for is there. Errors: io_error.
    Result<AssembledLayer> wait(int64_t layer, const BlockReader& reader) const;

    static bool owns(uint64_t tag) { return tag >> 63 != 0; }
    // Errors: pack_corrupt.
    Status arrived(uint64_t tag, const std::byte* data);

  private:
    struct Place {
        std::byte* memory = nullptr;
        int64_t layer = -1;
        std::atomic<int64_t> missing = 0;  // blocks
    };
    AssembledLayer parts(const Place& place) const;

    const int64_t neurons_;
    const std::vector<ClusterLayer>& layers_;
    const uint32_t large_bytes_;
    const bool verify_reads_;
    int64_t layer_bytes_ = 0;
    std::array<Place, 2> places_;
};

}  // namespace phonon
