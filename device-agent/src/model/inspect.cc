#include "model/inspect.h"

#include <algorithm>
#include <map>

#include "ggml.h"
#include "model/hyperparameters.h"
#include "model/model_tensors.h"

namespace phonon {
namespace {

void add_tensor(std::map<int, QuantShare>& shares, ModelInfo& info, int type, uint64_t elements, uint64_t bytes) {
    QuantShare& share = shares[type];
    share.type = tensor_type_name(type);
    ++share.tensors;
    share.bytes += bytes;
    info.parameters += elements;
}

// In a pack (pack/pack_file.h) neurons stand for the FFN's matrices, which are told of as the model has them.
bool stands_for_ffn(const std::string& name) {
    for (const char* part :
         {"bundles", "order", "checksums", "statistics", "frequency", "correction", "estimates", "overlaps",
          "activation_threshold", "predictor", "predictor_format", "predictor_costs", "down_scales"}) {
        if (name.ends_with(".ffn_" + std::string(part))) return true;
    }
    return name == "phonon.checksums";
}

void add_packed_ffns(std::map<int, QuantShare>& shares, ModelInfo& info, const GgufFile& gguf) {
    for (int64_t layer = 0; layer < info.layers; ++layer) {
        for (const char* matrix : {"gate", "up", "down"}) {
            const auto type = gguf.integer("phonon.pack." + std::string(matrix) + "_type." + std::to_string(layer));
            if (!type || *type < 0 || *type >= LM_GGML_TYPE_COUNT) continue;
            const bool down = matrix[0] == 'd';
            const auto row = lm_ggml_row_size(static_cast<lm_ggml_type>(*type), down ? info.ffn : info.embedding);
            const auto elements = static_cast<uint64_t>(info.embedding) * static_cast<uint64_t>(info.ffn);
            add_tensor(shares, info, static_cast<int>(*type), elements,
                       row * static_cast<uint64_t>(down ? info.embedding : info.ffn));
        }
    }
}

}  // namespace

Result<ModelInfo> read_model_info(const GgufFile& gguf) {
    auto read = read_hyperparameters(gguf);
    if (!read) return read.error();
    const Hyperparameters& hp = read.value();
    ModelInfo info;
    info.architecture = gguf.text("general.architecture").value_or("");
    info.name = gguf.text("general.name").value_or("");
    info.file_bytes = gguf.file().bytes().size();
    info.layers = hp.layers;
    info.embedding = hp.embedding;
    info.ffn = hp.ffn;
    info.heads = hp.heads;
    info.kv_heads = hp.kv_heads;
    info.head_dim = hp.head_dim;
    info.vocabulary = hp.vocabulary;
    info.context = hp.context;
    info.experts = hp.experts;
    info.experts_used = hp.experts_used;
    info.activation = hp.activation;
    std::map<int, QuantShare> shares;
    const bool packed = gguf.has("phonon.pack.version");
    for (const GgufTensor& tensor : gguf.tensors()) {
        if (packed && stands_for_ffn(tensor.name)) continue;
        uint64_t elements = 1;
        for (const int64_t size : tensor.shape) elements *= static_cast<uint64_t>(size);
        add_tensor(shares, info, tensor.type, elements, tensor.data.size());
    }
    if (packed) add_packed_ffns(shares, info, gguf);
    for (auto& [type, share] : shares) info.quants.push_back(std::move(share));
    std::stable_sort(info.quants.begin(), info.quants.end(), [](auto& a, auto& b) { return a.bytes > b.bytes; });
    if (!info.quants.empty()) info.quantisation = info.quants.front().type;
    return info;
}

Result<ModelInfo> inspect_model(const GgufFile& gguf) {
    auto hp = read_hyperparameters(gguf);
    if (!hp) return hp.error();
    auto tensors = read_tensors(gguf, hp.value());
    if (!tensors) return tensors.error();
    return read_model_info(gguf);
}

Result<ModelInfo> inspect_model(const std::string& path) {
    auto gguf = GgufFile::open(path);
    if (!gguf) return gguf.error();
    return inspect_model(*gguf.value());
}

}  // namespace phonon
