#include "pipeline/cluster_layer.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "base/crc32c.h"
#include "kernels/prepare_columns.h"

namespace phonon {
namespace {

void copy(std::span<const std::byte> from, AlignedBuffer& to) {
    if (from.empty()) return;
    if (!to.reserve(from.size())) throw std::bad_alloc();
    std::memcpy(to.as<std::byte>(), from.data(), from.size());
}

}  // namespace

int64_t heat_bins(int64_t layers, int64_t neurons) {
    constexpr int64_t kMostNumbers = 1 << 17;  // of a map: half of what a line of the protocol holds
    return std::clamp<int64_t>(std::min(neurons, kMostNumbers / std::max<int64_t>(1, layers)), 1, kHeatBins);
}

uint64_t ClusterLayer::resident_bytes() const {
    return scales.size() + predictor_bytes +
           (position.size() + order.size() + checksums.size() + estimate_bias.size()) * 4 + heat_bin.size();
}

Status ClusterLayer::check_bundle(int64_t layer_index, int64_t place, const std::byte* data) const {
    const auto at = static_cast<size_t>(place);
    if (crc32c({data, static_cast<size_t>(bundle.bytes)}) == checksums[at]) return {};
    return Error{"pack_corrupt", "neuron " + std::to_string(order[at]) + " of layer " + std::to_string(layer_index) +
                                     " does not match its checksum; delete the pack, it is made again"};
}

Result<ClusterLayer> make_cluster_layer(const PackLayer& pack, const Hyperparameters& hp, const Kernels& kernels,
                                        TaskPool& pool) {
    ClusterLayer layer;
    layer.bundle = pack.bundle;
    layer.bundles_at = pack.bundles_at;
    layer.order.assign(pack.order.begin(), pack.order.end());
    layer.position.resize(pack.order.size());
    layer.heat_bin.resize(pack.order.size());
    const int64_t bins = heat_bins(hp.layers, hp.ffn);
    for (size_t p = 0; p < pack.order.size(); ++p) {
        const auto neuron = static_cast<size_t>(pack.order[p]);
        layer.position[neuron] = static_cast<int32_t>(p);
        layer.heat_bin[neuron] = static_cast<uint8_t>(static_cast<int64_t>(p) * bins / hp.ffn);
    }
    layer.checksums.assign(pack.checksums.begin(), pack.checksums.end());
    copy(pack.scales, layer.scales);
    auto predictor = make_predictor(pack.predictor_format, pack.predictor, hp.ffn, hp.embedding, kernels, pool);
    if (!predictor) return predictor.error();
    layer.predictor = std::move(predictor).value();
    layer.predictor_bytes = pack.predictor.size();
    layer.estimate_bias.assign(pack.correction.begin(), pack.correction.end());
    layer.silu_scores = hp.activation == Activation::silu;
    layer.firing = firing_gates(hp.activation, pack.activation_threshold);

    const ColumnSizes sizes = column_sizes(pack.bundle.down_type, hp.embedding, hp.ffn, pack.bundle.transposed);
    ColumnsView& view = layer.columns;
    view.padded_rows = sizes.padded_rows;
    view.transposed = pack.bundle.transposed;
    const auto at = [&](int64_t offset) { return static_cast<size_t>(offset); };
    view.scales = layer.scales.as<uint16_t>();
    view.minima = layer.scales.as<uint16_t>(at(sizes.scales));
    view.subscales = layer.scales.as<uint8_t>(at(sizes.scales + sizes.minima));
    view.subminima = layer.scales.as<uint8_t>(at(sizes.scales + sizes.minima + sizes.subscales));
    return layer;
}

}  // namespace phonon
