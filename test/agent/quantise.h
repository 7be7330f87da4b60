#pragma once
// The story model with its matrices in another type. (llama.rn ships llama.cpp without its quantising tool.)

#include <string>
#include <vector>

#include "ggml.h"
#include "gguf.h"

inline void quantise_story_model(const std::string& to, lm_ggml_type type) {
    lm_ggml_context* tensors = nullptr;
    lm_gguf_context* story = lm_gguf_init_from_file(PHONON_STORY_MODEL, {.no_alloc = false, .ctx = &tensors});
    lm_gguf_context* out = lm_gguf_init_empty();
    lm_gguf_set_kv(out, story);
    lm_ggml_context* made = lm_ggml_init({.mem_size = size_t{64} << 20, .mem_buffer = nullptr, .no_alloc = false});
    for (int64_t i = 0; i < lm_gguf_get_n_tensors(story); ++i) {
        lm_ggml_tensor* tensor = lm_ggml_get_tensor(tensors, lm_gguf_get_tensor_name(story, i));
        if (tensor->type == LM_GGML_TYPE_F16) {
            std::vector<float> values(static_cast<size_t>(lm_ggml_nelements(tensor)));
            lm_ggml_get_type_traits(LM_GGML_TYPE_F16)->to_float(tensor->data, values.data(), lm_ggml_nelements(tensor));
            lm_ggml_tensor* copy = lm_ggml_new_tensor(made, type, LM_GGML_MAX_DIMS, tensor->ne);
            lm_ggml_set_name(copy, tensor->name);
            lm_ggml_quantize_chunk(type, values.data(), copy->data, 0, lm_ggml_nrows(tensor), tensor->ne[0], nullptr);
            tensor = copy;
        }
        lm_gguf_add_tensor(out, tensor);
    }
    lm_gguf_write_to_file(out, to.c_str(), false);
    lm_gguf_free(out);
    lm_gguf_free(story);
    lm_ggml_free(made);
    lm_ggml_free(tensors);
}
