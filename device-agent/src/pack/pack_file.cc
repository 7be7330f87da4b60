#include "pack/pack_file.h"

#include <algorithm>
#include <cmath>

#include "base/crc32c.h"
#include "ggml.h"
#include "gguf.h"
#include "kernels/formats.h"
#include "kernels/prepare_columns.h"
#include "kernels/weights_data.h"
#include "pack/weight_types.h"
#include "predictor/two_bit_gate.h"

namespace phonon {
namespace {

constexpr const char* kVersionKey = "phonon.pack.version";
constexpr const char* kRequantisedKey = "phonon.pack.requantised";

// A tensor of a pack's own, of exactly this size.
Result<std::span<const std::byte>> find(const GgufFile& gguf, const std::string& name, int type, int64_t bytes) {
    const GgufTensor* tensor = gguf.find(name);
    if (tensor == nullptr) return gguf.invalid("tensor '" + name + "' is missing");
    if (tensor->type != type || static_cast<int64_t>(tensor->data.size()) != bytes) {
        return gguf.invalid("tensor '" + name + "' has " + std::to_string(tensor->data.size()) + " bytes of " +
                            tensor_type_name(tensor->type) + "; " + std::to_string(bytes) + " of " +
                            tensor_type_name(type) + " are wanted");
    }
    return tensor->data;
}

template <typename T>
Result<std::span<const T>> find_array(const GgufFile& gguf, const std::string& name, int type, int64_t count) {
    auto bytes = find(gguf, name, type, count * static_cast<int64_t>(sizeof(T)));
    if (!bytes) return bytes.error();
    return std::span<const T>(reinterpret_cast<const T*>(bytes.value().data()), static_cast<size_t>(count));
}

Result<WeightType> read_type(const GgufFile& gguf, int64_t layer, const char* matrix) {
    const std::string key = "phonon.pack." + std::string(matrix) + "_type." + std::to_string(layer);
    const auto stored = gguf.integer(key);
    if (!stored) return gguf.invalid("metadata key " + key + " is missing");
    const auto type = weight_type(static_cast<int>(*stored));
    if (!type) return Error{"unsupported_quantisation", gguf.path() + ": metadata key " + key + " names no type known"};
    return *type;
}

bool is_permutation(std::span<const int32_t> order) {
    std::vector<bool> seen(order.size());
    for (const int32_t neuron : order) {
        if (neuron < 0 || static_cast<size_t>(neuron) >= order.size() || seen[static_cast<size_t>(neuron)])
            return false;
        seen[static_cast<size_t>(neuron)] = true;
    }
    return true;
}

Status read_layout(const GgufFile& gguf, const Hyperparameters& hp, int64_t layer, bool transposed, PackLayer& out) {
    const auto gate = read_type(gguf, layer, "gate"), up = read_type(gguf, layer, "up"),
               down = read_type(gguf, layer, "down");
    for (const auto* type : {&gate, &up, &down}) {
        if (!*type) return type->error();
    }
    for (const WeightType type : {gate.value(), up.value()}) {
        if (hp.embedding % block_columns(type) != 0) {
            return gguf.invalid("rows of " + std::to_string(hp.embedding) + " weights do not divide into blocks");
        }
    }
    if (hp.ffn % block_columns(down.value()) != 0 || two_bit_group(hp.embedding) == 0) {
        return gguf.invalid("an FFN of " + std::to_string(hp.ffn) + " neurons does not divide into groups");
    }
    if (transposed && (!can_be_transposed(down.value()) || hp.embedding % kGroup != 0)) {
        return gguf.invalid("columns of Down have scales of their own, which this type or an embedding of " +
                            std::to_string(hp.embedding) + " does not allow");
    }
    out.bundle = bundle_layout(gate.value(), up.value(), down.value(), hp.embedding, transposed);
    return {};
}

// What the bytes of the predictor are, and how many of them it is.
Status read_predictor(const GgufFile& gguf, const Hyperparameters& hp, int64_t layer, PackLayer& out) {
    const std::string name = pack_tensor(layer, "predictor_format"), costs_name = pack_tensor(layer, "predictor_costs");
    if (gguf.find(costs_name) != nullptr) {
        const auto costs = find_array<float>(gguf, costs_name, LM_GGML_TYPE_F32, kPredictorCosts);
        if (!costs) return costs.error();
        out.predictor_costs = {.two_bit_us = costs.value()[0], .low_rank_us = costs.value()[1]};
    }
    if (gguf.find(name) == nullptr) return {};
    const auto stored = find_array<int32_t>(gguf, name, LM_GGML_TYPE_I32, kPredictorFormatFields);
    if (!stored) return stored.error();
    const std::span<const int32_t> fields = stored.value();
    if (fields[0] == static_cast<int32_t>(PredictorKind::two_bit)) return {};
    const auto type = weight_type(fields[1]);
    if (fields[0] != static_cast<int32_t>(PredictorKind::low_rank) || !type || fields[2] <= 0 ||
        input_kind(*type) != input_kind(kPredictorInput) || fields[2] % block_columns(*type) != 0 ||
        hp.embedding % block_columns(*type) != 0) {
        return gguf.invalid("tensor '" + name + "' describes no predictor known");
    }
    out.predictor_format = {.kind = PredictorKind::low_rank, .type = *type, .rank = fields[2]};
    const uint64_t bytes = predictor_bytes(out.predictor_format, hp.ffn, hp.embedding);
    if (bytes > out.predictor.size()) return gguf.invalid("tensor '" + name + "' describes more than there is");
    out.predictor = out.predictor.first(bytes);
    return {};
}

Result<PackLayer> read_layer(const GgufFile& gguf, const Hyperparameters& hp, int64_t layer, bool transposed) {
    PackLayer out;
    if (Status status = read_layout(gguf, hp, layer, transposed, out); !status) return status.error();
    const auto name = [&](const char* part) { return pack_tensor(layer, part); };
    const auto bundles = find(gguf, name("bundles"), LM_GGML_TYPE_I8, out.bundle.section_bytes(hp.ffn));
    const auto order = find_array<int32_t>(gguf, name("order"), LM_GGML_TYPE_I32, hp.ffn);
    const auto checksums = find_array<int32_t>(gguf, name("checksums"), LM_GGML_TYPE_I32, hp.ffn);
    const auto predictor =
        find(gguf, name("predictor"), LM_GGML_TYPE_I8, static_cast<int64_t>(two_bit_bytes(hp.ffn, hp.embedding)));
    const auto statistics = find_array<float>(gguf, name("statistics"), LM_GGML_TYPE_F32, kPackStatistics);
    const auto frequency = find_array<float>(gguf, name("frequency"), LM_GGML_TYPE_F32,
                                             static_cast<int64_t>(kProfiledBatches.size()) * hp.ffn);
    const auto correction = find_array<float>(gguf, name("correction"), LM_GGML_TYPE_F32, hp.ffn);
    const auto estimates = find(gguf, name("estimates"), LM_GGML_TYPE_F32,
                                kHeatSlices * kEstimateBins * static_cast<int64_t>(sizeof(EstimateBin)));
    const ColumnSizes sizes = column_sizes(out.bundle.down_type, hp.embedding, hp.ffn, transposed);
    const int64_t scale_bytes = sizes.scales + sizes.minima + sizes.subscales + sizes.subminima;
    if (scale_bytes > 0) {
        const auto scales = find(gguf, name("down_scales"), LM_GGML_TYPE_I8, scale_bytes);
        if (!scales) return scales.error();
        out.scales = scales.value();
    }
    if (!bundles) return bundles.error();
    if (!order) return order.error();
    if (!checksums) return checksums.error();
    if (!predictor) return predictor.error();
    out.predictor = predictor.value();
    if (Status status = read_predictor(gguf, hp, layer, out); !status) return status.error();
    if (!statistics) return statistics.error();
    if (!frequency) return frequency.error();
    if (!correction) return correction.error();
    if (!estimates) return estimates.error();
    if (!is_permutation(order.value())) return gguf.invalid("tensor '" + name("order") + "' is no permutation");
    if (gguf.find(name("activation_threshold")) != nullptr) {
        const auto threshold = find_array<float>(gguf, name("activation_threshold"), LM_GGML_TYPE_F32, 1);
        if (!threshold) return threshold.error();
        out.activation_threshold = threshold.value()[0];
    }
    if (gguf.find(name("overlaps")) != nullptr) {
        const auto overlaps = find_array<float>(gguf, name("overlaps"), LM_GGML_TYPE_F32, std::ssize(kOverlapLags));
        if (!overlaps) return overlaps.error();
        out.overlaps = overlaps.value();
    }
    out.bundles_at = static_cast<uint64_t>(bundles.value().data() - gguf.file().bytes().data());
    if (out.bundles_at % kPackAlignment != 0) return gguf.invalid("tensor '" + name("bundles") + "' is not aligned");
    out.order = order.value();
    out.checksums = checksums.value();
    out.frequency = frequency.value();
    out.correction = correction.value();
    out.estimates = {reinterpret_cast<const EstimateBin*>(estimates.value().data()),
                     static_cast<size_t>(kHeatSlices * kEstimateBins)};
    const std::span<const float> s = statistics.value();
    out.statistics = {.threshold = s[0],
                      .active = s[1],
                      .let_through = s[2],
                      .recall = s[3],
                      .energy = s[4],
                      .overlap = s[5],
                      .bin_width = s[6]};
    return out;
}

Status read_quality(const GgufFile& gguf, Pack& out) {
    if (gguf.has(kRequantisedKey)) {
        const auto what = parse_requantise(gguf.text(kRequantisedKey).value_or("?"));
        if (!what || *what == Requantise::none) {
            return gguf.invalid(std::string("metadata key ") + kRequantisedKey + " names nothing known");
        }
        out.requantised = *what;
    }
    const auto kl = gguf.number("phonon.pack.kl_mean"), agreement = gguf.number("phonon.pack.top1_agreement");
    if (!kl && !agreement) return {};
    if (!std::isfinite(kl.value_or(NAN)) || !(agreement.value_or(-1) >= 0 && *agreement <= 1)) {
        return gguf.invalid("phonon.pack.kl_mean and phonon.pack.top1_agreement are no quality");
    }
    out.quality = {.kl_mean = *kl, .top1_agreement = *agreement};
    return {};
}

}  // namespace

std::string pack_tensor(int64_t layer, const char* part) {
    return "blk." + std::to_string(layer) + ".ffn_" + part;
}

bool is_pack(const GgufFile& gguf) {
    return gguf.has(kVersionKey);
}

uint32_t source_checksum(const GgufFile& gguf) {
    const auto file = gguf.file().bytes();
    uint32_t crc = crc32c(file.first(lm_gguf_get_data_offset(&gguf.context())));
    for (const GgufTensor& tensor : gguf.tensors()) {
        crc = crc32c(tensor.data.first(std::min<size_t>(tensor.data.size(), kPackAlignment)), crc);
    }
    return crc;
}

Result<Pack> read_pack(const GgufFile& gguf, const Hyperparameters& hp) {
    const auto version = gguf.integer(kVersionKey);
    if (version != kPackVersion) {
        return Error{"pack_version", gguf.path() + ": is a pack of version " + std::to_string(version.value_or(0)) +
                                         ", and this engine reads version " + std::to_string(kPackVersion) +
                                         "; pack the model again"};
    }
    if (hp.experts > 1) return gguf.invalid("packs of models with several experts are not known");
    Pack pack;
    pack.source_bytes = static_cast<uint64_t>(gguf.integer("phonon.pack.source_bytes").value_or(0));
    pack.source_checksum = static_cast<uint32_t>(gguf.integer("phonon.pack.source_checksum").value_or(0));
    pack.energy_share = gguf.number("phonon.pack.energy_share").value_or(0);
    pack.profiled_tokens = gguf.integer("phonon.pack.profiled_tokens").value_or(0);
    pack.profile_source = gguf.text("phonon.pack.profile_source").value_or("");
    if (!(pack.energy_share > 0 && pack.energy_share <= 1)) {
        return gguf.invalid("phonon.pack.energy_share is " + std::to_string(pack.energy_share) + ", no share");
    }
    if (Status status = read_quality(gguf, pack); !status) return status.error();
    for (int64_t layer = 0; layer < hp.layers; ++layer) {
        auto read = read_layer(gguf, hp, layer, pack.requantised != Requantise::none);
        if (!read) return read.error();
        pack.layers.push_back(read.value());
        const float threshold = read.value().activation_threshold;
        if (!std::isfinite(threshold) || (threshold > 0) != pack.has_thresholds()) {
            return gguf.invalid("tensor '" + pack_tensor(layer, "activation_threshold") + "' holds no threshold");
        }
    }
    return pack;
}

Status verify_pack(const GgufFile& gguf, Verified what) {
    const auto count = static_cast<int64_t>(gguf.tensors().size());
    const auto stored = find_array<int32_t>(gguf, "phonon.checksums", LM_GGML_TYPE_I32, count);
    if (!stored) return stored.error();
    for (size_t i = 0; i < gguf.tensors().size(); ++i) {
        const GgufTensor& tensor = gguf.tensors()[i];
        if (tensor.name == "phonon.checksums") continue;
        if (what == Verified::resident && tensor.name.ends_with("bundles")) continue;
        if (crc32c(tensor.data) != static_cast<uint32_t>(stored.value()[i])) {
            return Error{"pack_corrupt", gguf.path() + ": tensor '" + tensor.name +
                                             "' does not match its checksum; delete the pack, it is made again"};
        }
    }
    return {};
}

}  // namespace phonon
