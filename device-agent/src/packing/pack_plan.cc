#include "packing/pack_plan.h"

#include <memory>

#include "ggml.h"
#include "gguf.h"
#include "kernels/formats.h"
#include "kernels/prepare_columns.h"
#include "model/model_tensors.h"
#include "pack/weight_types.h"
#include "predictor/two_bit_gate.h"

namespace phonon {
namespace {

struct GgufFree {
    void operator()(lm_gguf_context* gguf) const { lm_gguf_free(gguf); }
};
struct GgmlFree {
    void operator()(lm_ggml_context* ggml) const { lm_ggml_free(ggml); }
};
using GgufContext = std::unique_ptr<lm_gguf_context, GgufFree>;

// Alignment is set by reading it: the writer has no other way.
GgufContext aligned_context() {
    const GgufContext empty(lm_gguf_init_empty());
    lm_gguf_set_val_u32(empty.get(), "general.alignment", static_cast<uint32_t>(kPackAlignment));
    std::vector<std::byte> bytes(lm_gguf_get_meta_size(empty.get()));
    lm_gguf_get_meta_data(empty.get(), bytes.data());
    return GgufContext(lm_gguf_init_from_buffer(bytes.data(), bytes.size(), {.no_alloc = true, .ctx = nullptr}));
}

bool is_ffn_matrix(const std::string& name) {
    for (const char* matrix : {"ffn_gate", "ffn_up", "ffn_down"}) {
        for (const char* kind : {".weight", "_exps.weight"}) {
            if (name.ends_with("." + std::string(matrix) + kind)) return true;
        }
    }
    return false;
}

struct Wanted {
    std::string name;
    int type;
    std::vector<int64_t> shape;
    const GgufTensor* copied = nullptr;
};

void add_layer(std::vector<Wanted>& out, const BundleLayout& bundle, const Hyperparameters& hp, int64_t layer,
               bool thresholds) {
    const ColumnSizes sizes = column_sizes(bundle.down_type, hp.embedding, hp.ffn, bundle.transposed);
    const int64_t scales = sizes.scales + sizes.minima + sizes.subscales + sizes.subminima;
    const auto predictor = static_cast<int64_t>(two_bit_bytes(hp.ffn, hp.embedding));
    const auto batches = static_cast<int64_t>(kProfiledBatches.size());
    out.push_back({pack_tensor(layer, "order"), LM_GGML_TYPE_I32, {hp.ffn}});
    out.push_back({pack_tensor(layer, "checksums"), LM_GGML_TYPE_I32, {hp.ffn}});
    out.push_back({pack_tensor(layer, "statistics"), LM_GGML_TYPE_F32, {kPackStatistics}});
    out.push_back({pack_tensor(layer, "overlaps"), LM_GGML_TYPE_F32, {std::ssize(kOverlapLags)}});
    out.push_back({pack_tensor(layer, "frequency"), LM_GGML_TYPE_F32, {hp.ffn, batches}});
    out.push_back({pack_tensor(layer, "correction"), LM_GGML_TYPE_F32, {hp.ffn}});
    out.push_back({pack_tensor(layer, "estimates"), LM_GGML_TYPE_F32, {2, kEstimateBins, kHeatSlices}});
    out.push_back({pack_tensor(layer, "predictor"), LM_GGML_TYPE_I8, {predictor}});
    out.push_back({pack_tensor(layer, "predictor_format"), LM_GGML_TYPE_I32, {kPredictorFormatFields}});
    out.push_back({pack_tensor(layer, "predictor_costs"), LM_GGML_TYPE_F32, {kPredictorCosts}});
    if (thresholds) out.push_back({pack_tensor(layer, "activation_threshold"), LM_GGML_TYPE_F32, {1}});
    if (scales > 0) out.push_back({pack_tensor(layer, "down_scales"), LM_GGML_TYPE_I8, {scales}});
}

// What stays in memory comes first, in the order in which it is loaded; then the layers' bundles.
std::vector<Wanted> list_tensors(const GgufFile& gguf, const Hyperparameters& hp, const PackPlan& plan,
                                 const PackPlanOptions& options) {
    std::vector<Wanted> out;
    for (const GgufTensor& tensor : gguf.tensors()) {
        if (is_ffn_matrix(tensor.name)) continue;
        std::vector<int64_t> shape(tensor.shape.begin(), tensor.shape.end());
        while (shape.size() > 1 && shape.back() == 1) shape.pop_back();
        out.push_back({tensor.name, tensor.type, shape, &tensor});
    }
    for (int64_t layer = 0; layer < hp.layers; ++layer) {
        add_layer(out, plan.bundles[static_cast<size_t>(layer)], hp, layer, options.thresholds);
    }
    const auto count = static_cast<int64_t>(out.size()) + 1 + hp.layers;
    out.push_back({"phonon.checksums", LM_GGML_TYPE_I32, {count}});
    for (int64_t layer = 0; layer < hp.layers; ++layer) {
        const int64_t bytes = plan.bundles[static_cast<size_t>(layer)].section_bytes(hp.ffn);
        out.push_back({pack_tensor(layer, "bundles"), LM_GGML_TYPE_I8, {bytes}});
    }
    return out;
}

void add_tensors(lm_gguf_context* gguf, const std::vector<Wanted>& wanted) {
    const std::unique_ptr<lm_ggml_context, GgmlFree> ggml(lm_ggml_init(
        {.mem_size = lm_ggml_tensor_overhead() * (wanted.size() + 1), .mem_buffer = nullptr, .no_alloc = true}));
    for (const Wanted& w : wanted) {
        lm_ggml_tensor* tensor = lm_ggml_new_tensor(ggml.get(), static_cast<lm_ggml_type>(w.type),
                                                    static_cast<int>(w.shape.size()), w.shape.data());
        lm_ggml_set_name(tensor, w.name.c_str());
        lm_gguf_add_tensor(gguf, tensor);
    }
}

Status choose_bundles(const GgufFile& gguf, const Hyperparameters& hp, Requantise requantise, PackPlan& plan) {
    const auto unsupported = [&](const std::string& why) {
        return Error{"unsupported_model", gguf.path() + " cannot be packed: " + why};
    };
    if (hp.experts > 1) return unsupported("its layers have " + std::to_string(hp.experts) + " experts");
    if (two_bit_group(hp.embedding) == 0) {
        return unsupported("its embedding of " + std::to_string(hp.embedding) + " does not divide into groups of 32");
    }
    auto tensors = read_tensors(gguf, hp);
    if (!tensors) return tensors.error();
    for (const LayerTensors& layer : tensors.value().layers) {
        const FfnTensors& ffn = layer.ffn.front();
        for (const TensorView* view : {&ffn.gate, &ffn.up, &ffn.down}) {
            if (!weight_type(view->type)) {
                return Error{"unsupported_quantisation",
                             gguf.path() + ": tensor '" + view->name + "' is " + tensor_type_name(view->type)};
            }
        }
        const WeightType gate = *weight_type(ffn.gate.type), up = *weight_type(ffn.up.type);
        if (requantise == Requantise::none) {
            plan.bundles.push_back(bundle_layout(gate, up, *weight_type(ffn.down.type), hp.embedding));
        } else {
            plan.bundles.push_back(bundle_layout(requantised_rows(requantise, gate), requantised_rows(requantise, up),
                                                 requantised_down(requantise), hp.embedding, true));
        }
    }
    return {};
}

void set_metadata(lm_gguf_context* out, const GgufFile& gguf, const PackPlan& plan, const PackPlanOptions& options) {
    lm_gguf_set_kv(out, &gguf.context());
    lm_gguf_set_val_u32(out, "general.alignment", static_cast<uint32_t>(kPackAlignment));
    lm_gguf_set_val_u32(out, "phonon.pack.version", static_cast<uint32_t>(kPackVersion));
    lm_gguf_set_val_u64(out, "phonon.pack.source_bytes", gguf.file().bytes().size());
    lm_gguf_set_val_u32(out, "phonon.pack.source_checksum", source_checksum(gguf));
    lm_gguf_set_val_u32(out, "phonon.pack.profiled_tokens", static_cast<uint32_t>(options.profiled_tokens));
    lm_gguf_set_val_str(out, "phonon.pack.profile_source", options.profile_source.c_str());
    lm_gguf_set_val_f32(out, "phonon.pack.energy_share", static_cast<float>(options.energy_share));
    if (options.requantise != Requantise::none) {
        lm_gguf_set_val_str(out, "phonon.pack.requantised", to_string(options.requantise).c_str());
    }
    if (options.lossy()) {
        lm_gguf_set_val_f32(out, "phonon.pack.kl_mean", static_cast<float>(options.quality.kl_mean));
        lm_gguf_set_val_f32(out, "phonon.pack.top1_agreement", static_cast<float>(options.quality.top1_agreement));
    }
    for (size_t layer = 0; layer < plan.bundles.size(); ++layer) {
        const BundleLayout& bundle = plan.bundles[layer];
        const std::string end = "_type." + std::to_string(layer);
        lm_gguf_set_val_u32(out, ("phonon.pack.gate" + end).c_str(),
                            static_cast<uint32_t>(ggml_type(bundle.gate_type)));
        lm_gguf_set_val_u32(out, ("phonon.pack.up" + end).c_str(), static_cast<uint32_t>(ggml_type(bundle.up_type)));
        lm_gguf_set_val_u32(out, ("phonon.pack.down" + end).c_str(),
                            static_cast<uint32_t>(ggml_type(bundle.down_type)));
    }
}

}  // namespace

Result<PackPlan> plan_pack(const GgufFile& gguf, const Hyperparameters& hp, const PackPlanOptions& options) {
    PackPlan plan;
    if (Status status = choose_bundles(gguf, hp, options.requantise, plan); !status) return status.error();
    const std::vector<Wanted> wanted = list_tensors(gguf, hp, plan, options);
    const GgufContext out = aligned_context();
    set_metadata(out.get(), gguf, plan, options);
    add_tensors(out.get(), wanted);
    plan.header.resize(lm_gguf_get_meta_size(out.get()));
    lm_gguf_get_meta_data(out.get(), plan.header.data());
    for (size_t i = 0; i < wanted.size(); ++i) {
        const auto id = static_cast<int64_t>(i);
        plan.sections.push_back({.name = wanted[i].name,
                                 .at = plan.header.size() + lm_gguf_get_tensor_offset(out.get(), id),
                                 .bytes = lm_gguf_get_tensor_size(out.get(), id),
                                 .copied = wanted[i].copied});
        plan.by_name.emplace(wanted[i].name, i);
    }
    const PackPlan::Section& last = plan.sections.back();
    plan.file_bytes = last.at + static_cast<uint64_t>(round_up(static_cast<int64_t>(last.bytes), kPackAlignment));
    return plan;
}

}  // namespace phonon
