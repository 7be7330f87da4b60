#include "synth/header.h"

#include <memory>
#include <string>

#include "gguf.h"
#include "synth/vocabulary.h"

namespace phonon {

namespace {

constexpr int32_t kNormalToken = 1;  // llama.cpp's token types
constexpr int32_t kControlToken = 3;

struct GgufFree {
    void operator()(lm_gguf_context* gguf) const { lm_gguf_free(gguf); }
};
struct GgmlFree {
    void operator()(lm_ggml_context* ggml) const { lm_ggml_free(ggml); }
};

void set_general(lm_gguf_context* gguf, const SynthConfig& config) {
    const std::string name = "Synthetic " + config.shape.name;
    lm_gguf_set_val_str(gguf, "general.architecture", config.shape.architecture.c_str());
    lm_gguf_set_val_str(gguf, "general.name", name.c_str());
    lm_gguf_set_val_str(gguf, "general.description", "Random weights in a real model's shape, for measuring speed");
    lm_gguf_set_val_u32(gguf, "general.file_type", file_type(config.type));
    lm_gguf_set_val_u32(gguf, "general.quantization_version", 2);
    lm_gguf_set_val_str(gguf, "phonon.activation", to_string(config.activation));
    lm_gguf_set_val_u64(gguf, "phonon.synth.seed", config.seed);
    lm_gguf_set_val_f32(gguf, "phonon.synth.sparsity", static_cast<float>(config.sparsity));
    if (config.skew != Skew::none) lm_gguf_set_val_str(gguf, "phonon.synth.skew", to_string(config.skew));
}

void set_shape(lm_gguf_context* gguf, const ModelShape& s) {
    auto u32 = [&](const char* key, int64_t value) {
        lm_gguf_set_val_u32(gguf, (s.architecture + "." + key).c_str(), static_cast<uint32_t>(value));
    };
    auto f32 = [&](const char* key, double value) {
        lm_gguf_set_val_f32(gguf, (s.architecture + "." + key).c_str(), static_cast<float>(value));
    };
    u32("context_length", s.context);
    u32("embedding_length", s.embedding);
    u32("block_count", s.layers);
    u32("feed_forward_length", s.ffn);
    u32("vocab_size", s.vocabulary);
    u32("attention.head_count", s.heads);
    u32("attention.head_count_kv", s.kv_heads);
    u32("attention.key_length", s.head_dim);
    u32("attention.value_length", s.head_dim);
    f32("attention.layer_norm_rms_epsilon", s.norm_epsilon);
    u32("rope.dimension_count", s.head_dim);
    f32("rope.freq_base", s.rope_base);
    if (s.architecture == "smallthinker" || s.experts > 1) {
        u32("expert_count", s.experts);
        u32("expert_used_count", s.experts_used);
    }
    if (s.architecture == "smallthinker") {
        u32("expert_feed_forward_length", s.ffn);
        u32("expert_gating_func", s.sigmoid_router ? 2 : 1);
    }
}

void set_tokeniser(lm_gguf_context* gguf, int64_t vocabulary) {
    std::vector<std::string> tokens;
    std::vector<const char*> pointers;
    std::vector<int32_t> types(static_cast<size_t>(vocabulary), kNormalToken);
    for (int64_t id = 0; id < vocabulary; ++id) tokens.push_back(synthetic_token(id));
    for (const std::string& token : tokens) pointers.push_back(token.c_str());
    types[kEndToken] = kControlToken;
    lm_gguf_set_val_str(gguf, "tokenizer.ggml.model", "gpt2");
    lm_gguf_set_val_str(gguf, "tokenizer.ggml.pre", "gpt-2");
    lm_gguf_set_arr_str(gguf, "tokenizer.ggml.tokens", pointers.data(), pointers.size());
    lm_gguf_set_arr_data(gguf, "tokenizer.ggml.token_type", LM_GGUF_TYPE_INT32, types.data(), types.size());
    lm_gguf_set_arr_str(gguf, "tokenizer.ggml.merges", nullptr, 0);
    for (const char* role : {"bos", "eos", "padding"}) {
        const std::string key = "tokenizer.ggml." + std::string(role) + "_token_id";
        lm_gguf_set_val_u32(gguf, key.c_str(), static_cast<uint32_t>(kEndToken));
    }
    lm_gguf_set_val_bool(gguf, "tokenizer.ggml.add_bos_token", false);
}

void add_tensors(lm_gguf_context* gguf, const std::vector<TensorPlan>& tensors) {
    const lm_ggml_init_params params = {
        .mem_size = lm_ggml_tensor_overhead() * (tensors.size() + 1), .mem_buffer = nullptr, .no_alloc = true};
    const std::unique_ptr<lm_ggml_context, GgmlFree> ggml(lm_ggml_init(params));
    for (const TensorPlan& plan : tensors) {
        lm_ggml_tensor* tensor =
            lm_ggml_new_tensor(ggml.get(), plan.type, static_cast<int>(plan.dims.size()), plan.dims.data());
        lm_ggml_set_name(tensor, plan.name.c_str());
        lm_gguf_add_tensor(gguf, tensor);
    }
}

}  // namespace

GgufHeader make_header(const SynthConfig& config, const std::vector<TensorPlan>& tensors) {
    const std::unique_ptr<lm_gguf_context, GgufFree> gguf(lm_gguf_init_empty());
    set_general(gguf.get(), config);
    set_shape(gguf.get(), config.shape);
    set_tokeniser(gguf.get(), config.shape.vocabulary);
    add_tensors(gguf.get(), tensors);

    GgufHeader header;
    header.bytes.resize(lm_gguf_get_meta_size(gguf.get()));
    lm_gguf_get_meta_data(gguf.get(), header.bytes.data());
    header.file_bytes = header.bytes.size();
    for (size_t i = 0; i < tensors.size(); ++i) {
        const size_t at = lm_gguf_get_tensor_offset(gguf.get(), static_cast<int64_t>(i));
        const size_t padded = LM_GGML_PAD(tensors[i].bytes(), lm_gguf_get_alignment(gguf.get()));
        header.offsets.push_back(header.bytes.size() + at);
        header.file_bytes = header.offsets.back() + padded;
    }
    return header;
}

}  // namespace phonon
