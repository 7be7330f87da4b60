#pragma once
// Small GGUFs with random weights, of any architecture, with the story model's tokeniser. Written with llama.cpp's own
// writer, so that llama.cpp takes them.

#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "ggml.h"
#include "gguf.h"
#include "gguf_builder.h"

class TinyModel {
  public:
    explicit TinyModel(const std::string& architecture, uint64_t seed = 1)
        : prefix_(architecture + "."), random_(seed), gguf_(lm_gguf_init_empty()) {
        lm_gguf_context* story = lm_gguf_init_from_file(PHONON_STORY_MODEL, {.no_alloc = true, .ctx = nullptr});
        lm_gguf_set_kv(gguf_, story);
        lm_gguf_free(story);
        lm_gguf_set_val_str(gguf_, "general.architecture", architecture.c_str());
        context_ = lm_ggml_init({.mem_size = size_t{256} << 20, .mem_buffer = nullptr, .no_alloc = false});
    }
    ~TinyModel() {
        lm_gguf_free(gguf_);
        lm_ggml_free(context_);
    }
    TinyModel(const TinyModel&) = delete;
    TinyModel& operator=(const TinyModel&) = delete;

    TinyModel& u32(const std::string& key, uint32_t value) {
        lm_gguf_set_val_u32(gguf_, (prefix_ + key).c_str(), value);
        return *this;
    }
    TinyModel& f32(const std::string& key, float value) {
        lm_gguf_set_val_f32(gguf_, (prefix_ + key).c_str(), value);
        return *this;
    }
    TinyModel& text(const std::string& key, const std::string& value) {
        lm_gguf_set_val_str(gguf_, (prefix_ + key).c_str(), value.c_str());
        return *this;
    }

    // Normal with standard deviation gain / sqrt(cols), so that a product keeps its input's size.
    void matrix(const std::string& name, int64_t rows, int64_t cols, lm_ggml_type type, float gain = 1) {
        const int64_t shape[2] = {cols, rows};
        fill(lm_ggml_new_tensor(context_, type, 2, shape), name, 0, gain / std::sqrt(static_cast<float>(cols)));
    }
    void experts(const std::string& name, int64_t rows, int64_t cols, lm_ggml_type type, int64_t count) {
        const int64_t shape[3] = {cols, rows, count};
        fill(lm_ggml_new_tensor(context_, type, 3, shape), name, 0, 1 / std::sqrt(static_cast<float>(cols)));
    }
    void vector(const std::string& name, int64_t width, float mean, float deviation) {
        fill(lm_ggml_new_tensor(context_, LM_GGML_TYPE_F32, 1, &width), name, mean, deviation);
    }
    void write(const std::string& path) const { lm_gguf_write_to_file(gguf_, path.c_str(), false); }

  private:
    void fill(lm_ggml_tensor* tensor, const std::string& name, float mean, float deviation) {
        lm_ggml_set_name(tensor, name.c_str());
        std::normal_distribution<float> normal(mean, deviation);
        std::vector<float> values(static_cast<size_t>(lm_ggml_nelements(tensor)));
        for (float& value : values) value = normal(random_);
        lm_ggml_quantize_chunk(tensor->type, values.data(), tensor->data, 0, lm_ggml_nrows(tensor), tensor->ne[0],
                               nullptr);
        lm_gguf_add_tensor(gguf_, tensor);
    }

    std::string prefix_;
    std::mt19937_64 random_;
    lm_gguf_context* gguf_;
    lm_ggml_context* context_;
};

struct TinyShape {
    int64_t layers = 2;
    int64_t embedding = 256;
    int64_t ffn = 512;
    int64_t heads = 8;
    int64_t kv_heads = 2;
    int64_t experts = 0;  // 0: dense
    lm_ggml_type type = LM_GGML_TYPE_F16;
    std::vector<lm_ggml_type> down_types = {};  // [layer] of dense FFNs, where they differ from `type`
};

// All tensors and keys that the architecture needs; what varies is added by the caller.
inline void add_transformer(TinyModel& model, const TinyShape& s) {
    constexpr int64_t kVocabulary = 2048;
    const int64_t kv_width = s.embedding / s.heads * s.kv_heads;
    model.u32("context_length", 8192).u32("embedding_length", static_cast<uint32_t>(s.embedding));
    model.u32("block_count", static_cast<uint32_t>(s.layers)).u32("feed_forward_length", static_cast<uint32_t>(s.ffn));
    model.u32("attention.head_count", static_cast<uint32_t>(s.heads));
    model.u32("attention.head_count_kv", static_cast<uint32_t>(s.kv_heads));
    model.u32("rope.dimension_count", static_cast<uint32_t>(s.embedding / s.heads));
    model.f32("attention.layer_norm_rms_epsilon", 1e-5f).f32("rope.freq_base", 10000.0f);
    model.matrix("token_embd.weight", kVocabulary, s.embedding, s.type, 16);
    model.vector("output_norm.weight", s.embedding, 1, 0.1f);
    for (int64_t i = 0; i < s.layers; ++i) {
        const std::string block = "blk." + std::to_string(i) + ".";
        model.vector(block + "attn_norm.weight", s.embedding, 1, 0.1f);
        model.matrix(block + "attn_q.weight", s.embedding, s.embedding, s.type);
        model.matrix(block + "attn_k.weight", kv_width, s.embedding, s.type);
        model.matrix(block + "attn_v.weight", kv_width, s.embedding, s.type);
        model.matrix(block + "attn_output.weight", s.embedding, s.embedding, s.type);
        model.vector(block + "ffn_norm.weight", s.embedding, 1, 0.1f);
        if (s.experts == 0) {
            model.matrix(block + "ffn_gate.weight", s.ffn, s.embedding, s.type);
            model.matrix(block + "ffn_up.weight", s.ffn, s.embedding, s.type);
            const lm_ggml_type down = s.down_types.empty() ? s.type : s.down_types[static_cast<size_t>(i)];
            model.matrix(block + "ffn_down.weight", s.embedding, s.ffn, down);
        } else {
            model.matrix(block + "ffn_gate_inp.weight", s.experts, s.embedding, LM_GGML_TYPE_F32, 4);
            model.experts(block + "ffn_gate_exps.weight", s.ffn, s.embedding, s.type, s.experts);
            model.experts(block + "ffn_up_exps.weight", s.ffn, s.embedding, s.type, s.experts);
            model.experts(block + "ffn_down_exps.weight", s.embedding, s.ffn, s.type, s.experts);
        }
    }
}
