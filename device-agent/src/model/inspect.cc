#include "model/inspect.h"

#include <algorithm>
#include <map>

#include "model/hyperparameters.h"
#include "model/model_tensors.h"

namespace phonon {

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
    for (const GgufTensor& tensor : gguf.tensors()) {
        QuantShare& share = shares[tensor.type];
        share.type = tensor_type_name(tensor.type);
        ++share.tensors;
        share.bytes += tensor.data.size();
        uint64_t elements = 1;
        for (const int64_t size : tensor.shape) elements *= static_cast<uint64_t>(size);
        info.parameters += elements;
    }
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
