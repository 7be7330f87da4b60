#include "planner/model_sizes.h"

#include <algorithm>

#include "kernels/formats.h"
#include "kernels/prepare_columns.h"
#include "model/model_tensors.h"
#include "pack/pack_file.h"
#include "pack/weight_types.h"
#include "planner/cost_constants.h"
#include "predictor/two_bit_gate.h"

namespace phonon {
namespace {

Result<WeightType> type_of(const GgufFile& gguf, const TensorView& view) {
    if (const auto type = weight_type(view.type)) return *type;
    return Error{"unsupported_quantisation", gguf.path() + ": tensor '" + view.name + "' is " +
                                                 tensor_type_name(view.type) + ", which the engine does not compute"};
}

int64_t laid_out_bytes(WeightType type, int64_t rows, int64_t cols) {
    return (rows + kTileRows - 1) / kTileRows * tile_bytes(type, cols);
}

Status add(const GgufFile& gguf, const TensorView& view, DenseWeights& to) {
    const auto type = type_of(gguf, view);
    if (!type) return type.error();
    to.type = type.value();
    to.weights += view.rows * view.cols;
    to.bytes += laid_out_bytes(type.value(), view.rows, view.cols);
    return {};
}

Status add_attention(const GgufFile& gguf, const LayerTensors& layer, std::vector<DenseWeights>& out) {
    for (const TensorView* view : {&layer.query, &layer.key, &layer.value, &layer.output}) {
        const auto type = type_of(gguf, *view);
        if (!type) return type.error();
        auto same = std::find_if(out.begin(), out.end(), [&](const DenseWeights& d) { return d.type == type.value(); });
        if (same == out.end()) same = out.insert(out.end(), DenseWeights{.type = type.value()});
        if (Status status = add(gguf, *view, *same); !status) return status;
    }
    return {};
}

void add(const BundleLayout& bundle, std::vector<LayerKind>& kinds) {
    const auto alike = [&](const LayerKind& kind) { return kind.bundle == bundle; };
    const auto same = std::find_if(kinds.begin(), kinds.end(), alike);
    if (same != kinds.end()) ++same->layers;
    if (same == kinds.end()) kinds.push_back({bundle, 1});
}

// What a layer's FFN is in a pack.
struct PackedFfn {
    BundleLayout bundle;
    uint64_t predictor_bytes = 0;
    PredictorKind predictor = PredictorKind::two_bit;
};

// A model that is not packed yet gets two-bit predictors; packing takes another kind only where it is cheaper.
Result<std::vector<PackedFfn>> packed_ffns(const GgufFile& gguf, const Hyperparameters& hp,
                                           const ModelTensors& tensors) {
    std::vector<PackedFfn> ffns;
    if (is_pack(gguf)) {
        const auto pack = read_pack(gguf, hp);
        if (!pack) return pack.error();
        for (const PackLayer& layer : pack.value().layers) {
            ffns.push_back({layer.bundle, layer.predictor.size(), layer.predictor_format.kind});
        }
        return ffns;
    }
    const uint64_t two_bit = predictor_bytes({}, hp.ffn, hp.embedding);
    for (const LayerTensors& layer : tensors.layers) {
        const FfnTensors& ffn = layer.ffn.front();
        const auto gate = type_of(gguf, ffn.gate), up = type_of(gguf, ffn.up), down = type_of(gguf, ffn.down);
        for (const auto* type : {&gate, &up, &down}) {
            if (!*type) return type->error();
        }
        ffns.push_back({bundle_layout(gate.value(), up.value(), down.value(), hp.embedding), two_bit});
    }
    return ffns;
}

}  // namespace

uint64_t ModelSizes::kv_bytes(int64_t tokens) const {
    return static_cast<uint64_t>(hp.layers * hp.kv_heads * hp.head_dim * 2) * sizeof(uint16_t) *
           static_cast<uint64_t>(tokens);
}

uint64_t ModelSizes::held_bytes() const {
    int64_t weights = head.bytes + resident_bytes;
    for (const DenseWeights& dense : attention) weights += dense.bytes;
    return static_cast<uint64_t>(weights) +
           static_cast<uint64_t>(kProcessBytes + kVocabularyBytes * static_cast<double>(hp.vocabulary));
}

MemoryUse ModelSizes::memory(int64_t context, int64_t batch) const {
    return memory_use(hp, {.held_bytes = held_bytes(),
                           .kv_bytes = kv_bytes(context),
                           .tokens = context,
                           .sequences = 1,
                           .batch = batch,
                           .embedding_bytes = embedding_bytes,
                           .largest_block = bundle.block_bytes});
}

Result<ModelSizes> read_shape(const GgufFile& gguf, const std::string& activation) {
    auto hp = read_hyperparameters(gguf);
    if (!hp) return hp.error();
    ModelSizes shape;
    shape.name = gguf.path();
    shape.hp = hp.value();
    if (!activation.empty() && !parse_activation(activation, shape.hp.activation)) {
        return Error{"bad_request", "activation '" + activation + "' is not known; silu, relu, drelu and relu2 are"};
    }
    const auto cannot = [&](const std::string& why) {
        return Error{"unsupported_model", gguf.path() + " cannot be packed, so nothing is planned: " + why};
    };
    if (shape.hp.experts > 1) return cannot("its layers have " + std::to_string(shape.hp.experts) + " experts");
    if (two_bit_group(shape.hp.embedding) == 0) return cannot("its embedding does not divide into groups of 32");
    const auto tensors = read_tensors(gguf, shape.hp);
    if (!tensors) return tensors.error();
    const ModelTensors& t = tensors.value();
    shape.embedding_bytes = t.embedding.bytes;
    if (Status status = add(gguf, t.output ? t.output : t.embedding, shape.head); !status) return status.error();
    for (const LayerTensors& layer : t.layers) {
        if (Status status = add_attention(gguf, layer, shape.attention); !status) return status.error();
    }
    const auto ffns = packed_ffns(gguf, shape.hp, t);
    if (!ffns) return ffns.error();
    const auto tables = 3 * shape.hp.ffn * static_cast<int64_t>(sizeof(int32_t));
    for (const auto& [bundle, predictor_bytes, kind] : ffns.value()) {
        add(bundle, shape.kinds);
        if (bundle.slot_bytes() > shape.bundle.slot_bytes()) shape.bundle = bundle;
        const ColumnSizes sizes = column_sizes(bundle.down_type, shape.hp.embedding, shape.hp.ffn, bundle.transposed);
        const auto predictor = static_cast<int64_t>(predictor_bytes);
        shape.predictor_bytes += predictor;
        if (kind == PredictorKind::low_rank) {
            ++shape.low_rank_layers;
            shape.low_rank_bytes += predictor;
        }
        shape.resident_bytes += predictor + tables + sizes.scales + sizes.minima + sizes.subscales + sizes.subminima;
    }
    return shape;
}

}  // namespace phonon
