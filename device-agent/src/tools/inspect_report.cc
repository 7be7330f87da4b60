#include "tools/inspect_report.h"

#include <algorithm>

#include "gguf.h"
#include "model/gguf_file.h"
#include "model/inspect.h"
#include "pack/packed_predictor.h"

namespace phonon {

namespace {

constexpr size_t kTextBytes = 200;  // of a key or a text in the excerpt
constexpr int64_t kExcerptKeys = 256;

// Cut where a UTF-8 character begins; what is not UTF-8 at all is replaced when the JSON is written.
std::string excerpt(std::string text) {
    if (text.size() <= kTextBytes) return text;
    size_t end = kTextBytes;
    while (end > kTextBytes - 4 && (text[end] & 0xc0) == 0x80) --end;
    return text.substr(0, end) + "…";
}

nlohmann::json value_of(const lm_gguf_context& gguf, int64_t key) {
    switch (lm_gguf_get_kv_type(&gguf, key)) {
        case LM_GGUF_TYPE_UINT8:
            return lm_gguf_get_val_u8(&gguf, key);
        case LM_GGUF_TYPE_INT8:
            return lm_gguf_get_val_i8(&gguf, key);
        case LM_GGUF_TYPE_UINT16:
            return lm_gguf_get_val_u16(&gguf, key);
        case LM_GGUF_TYPE_INT16:
            return lm_gguf_get_val_i16(&gguf, key);
        case LM_GGUF_TYPE_UINT32:
            return lm_gguf_get_val_u32(&gguf, key);
        case LM_GGUF_TYPE_INT32:
            return lm_gguf_get_val_i32(&gguf, key);
        case LM_GGUF_TYPE_FLOAT32:
            return lm_gguf_get_val_f32(&gguf, key);
        case LM_GGUF_TYPE_UINT64:
            return lm_gguf_get_val_u64(&gguf, key);
        case LM_GGUF_TYPE_INT64:
            return lm_gguf_get_val_i64(&gguf, key);
        case LM_GGUF_TYPE_FLOAT64:
            return lm_gguf_get_val_f64(&gguf, key);
        case LM_GGUF_TYPE_BOOL:
            return lm_gguf_get_val_bool(&gguf, key);
        case LM_GGUF_TYPE_STRING:
            return excerpt(lm_gguf_get_val_str(&gguf, key));
        case LM_GGUF_TYPE_ARRAY:
            return {{"array_of", lm_gguf_type_name(lm_gguf_get_arr_type(&gguf, key))},
                    {"count", lm_gguf_get_arr_n(&gguf, key)}};
        default:
            return nullptr;
    }
}

nlohmann::json metadata(const lm_gguf_context& gguf) {
    auto out = nlohmann::json::object();
    const int64_t keys = std::min(lm_gguf_get_n_kv(&gguf), kExcerptKeys);
    for (int64_t key = 0; key < keys; ++key) out[excerpt(lm_gguf_get_key(&gguf, key))] = value_of(gguf, key);
    return out;
}

// Of a pack, layer by layer; nothing where it cannot be read as one.
nlohmann::json predictors_of(const GgufFile& gguf) {
    const auto hp = read_hyperparameters(gguf);
    if (!hp) return nullptr;
    const auto pack = read_pack(gguf, hp.value());
    if (!pack) return nullptr;
    auto out = nlohmann::json::array();
    for (const PackLayer& layer : pack.value().layers) {
        out.push_back(to_json<nlohmann::json>(packed_predictor(layer).described(), [](double value) { return value; }));
    }
    return out;
}

nlohmann::json quants_of(const ModelInfo& info) {
    auto out = nlohmann::json::array();
    for (const QuantShare& share : info.quants) {
        out.push_back({{"type", share.type}, {"tensors", share.tensors}, {"bytes", share.bytes}});
    }
    return out;
}

}  // namespace

Result<nlohmann::json> inspect_report(const std::string& path) {
    auto opened = GgufFile::open(path);
    if (!opened) return opened.error();
    const GgufFile& gguf = *opened.value();
    auto inspected = inspect_model(gguf);
    if (!inspected) return inspected.error();
    const ModelInfo& info = inspected.value();
    const auto file_type = gguf.integer("general.file_type");
    nlohmann::json report{{"path", path},
                          {"architecture", excerpt(info.architecture)},
                          {"name", excerpt(info.name)},
                          {"quantisation", info.quantisation},
                          {"file_bytes", info.file_bytes},
                          {"parameters", info.parameters},
                          {"layers", info.layers},
                          {"embedding", info.embedding},
                          {"ffn", info.ffn},
                          {"heads", info.heads},
                          {"kv_heads", info.kv_heads},
                          {"head_dim", info.head_dim},
                          {"vocabulary", info.vocabulary},
                          {"context", info.context},
                          {"experts", info.experts},
                          {"experts_used", info.experts_used},
                          {"activation", to_string(info.activation)},
                          {"quants", quants_of(info)},
                          {"tensors", gguf.tensors().size()},
                          {"file_type", file_type ? nlohmann::json(*file_type) : nlohmann::json()},
                          {"metadata_keys", lm_gguf_get_n_kv(&gguf.context())},
                          {"metadata", metadata(gguf.context())}};
    if (is_pack(gguf)) report["predictors"] = predictors_of(gguf);
    return report;
}

}  // namespace phonon
