#pragma once
// What of a layer's FFN stays in memory while its neurons come and go.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kernels/aligned_buffer.h"
#include "kernels/matrix_kernels.h"
#include "model/firing_gates.h"
#include "pack/pack_file.h"
#include "predictor/predictor.h"

namespace phonon {

inline constexpr int64_t kHeatBins = 256;
// Fewer where a layer has fewer neurons, or a model so many layers that its map would be long.
int64_t heat_bins(int64_t layers, int64_t neurons);

struct ClusterLayer {
    BundleLayout bundle;
    uint64_t bundles_at = 0;                           // offset in the pack
    std::vector<int32_t> position;                     // [neuron] its bundle's place in order of hotness
    std::vector<int32_t> order;                        // [position] neuron
    std::vector<uint8_t> heat_bin;                     // [neuron] of kHeatBins at most, see HeatMap
    std::vector<uint32_t> checksums;                   // [position]
    std::vector<float> gate_bias, up_bias, down_bias;  // empty: none
    std::vector<float> estimate_bias;                  // [neuron] Gate's bias and what estimates lack
    AlignedBuffer scales;                              // of Down
    ColumnsView columns;                               // of Down; `codes` and `column_bytes` are for the user to set
    std::unique_ptr<Predictor> predictor;
    uint64_t predictor_bytes = 0;
    Thresholds thresholds;
    bool silu_scores = false;  // estimates are compared by silu_score()
    FiringGates firing;        // the exact gates that count

    uint64_t resident_bytes() const;
    // Compares the bundle at a place in order of hotness with its checksum. Errors: pack_corrupt.
    Status check_bundle(int64_t layer_index, int64_t place, const std::byte* data) const;
    // The block that holds a neuron's bundle.
    uint64_t block_of(int32_t neuron) const {
        return bundles_at + static_cast<uint64_t>(bundle.block_at(position[static_cast<size_t>(neuron)]));
    }
};

// Copies what is needed out of the pack. Throws std::bad_alloc. Errors: out_of_memory.
Result<ClusterLayer> make_cluster_layer(const PackLayer& pack, const Hyperparameters& hp, const Kernels& kernels,
                                        TaskPool& pool);

}  // namespace phonon
