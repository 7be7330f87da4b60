#include "model/vocabulary_check.h"

#include <string_view>
#include <unordered_set>

#include "gguf.h"

namespace phonon {
namespace {

Status check_array(const GgufFile& gguf, const char* key, lm_gguf_type type, const char* type_name, uint64_t at_least,
                   bool required) {
    const int64_t id = lm_gguf_find_key(&gguf.context(), key);
    if (id < 0) {
        if (!required) return {};
        return gguf.invalid(std::string("metadata key '") + key + "' is missing: the file holds no tokeniser");
    }
    if (lm_gguf_get_kv_type(&gguf.context(), id) != LM_GGUF_TYPE_ARRAY ||
        lm_gguf_get_arr_type(&gguf.context(), id) != type || lm_gguf_get_arr_n(&gguf.context(), id) < at_least) {
        return gguf.invalid(std::string("metadata key '") + key + "' must be an array of at least " +
                            std::to_string(at_least) + " values of type " + type_name);
    }
    return {};
}

Status check_unique(const GgufFile& gguf, int64_t tokens_id, uint64_t count) {
    std::unordered_set<std::string> seen;
    seen.reserve(count);
    for (uint64_t i = 0; i < count; ++i) {
        // As llama.cpp reads it: up to the first NUL, and with a name for empty tokens.
        std::string token = lm_gguf_get_arr_str(&gguf.context(), tokens_id, i);
        if (token.empty()) token = "[EMPTY_" + std::to_string(i) + "]";
        if (!seen.insert(std::move(token)).second) {
            return gguf.invalid("tokenizer.ggml.tokens holds the same token twice (the second is number " +
                                std::to_string(i) + ")");
        }
    }
    return {};
}

}  // namespace

Status check_vocabulary(const GgufFile& gguf) {
    const auto model = gguf.text("tokenizer.ggml.model");
    if (!model) return gguf.invalid("metadata key 'tokenizer.ggml.model' is missing or no text");
    if (*model != "gpt2" && *model != "llama") {
        return Error{"unsupported_architecture",
                     gguf.path() + ": tokeniser '" + model->substr(0, 40) + "' is not supported (gpt2 and llama are)"};
    }
    if (Status status = check_array(gguf, "tokenizer.ggml.tokens", LM_GGUF_TYPE_STRING, "str", 1, true); !status) {
        return status;
    }
    const int64_t tokens = lm_gguf_find_key(&gguf.context(), "tokenizer.ggml.tokens");
    const uint64_t count = lm_gguf_get_arr_n(&gguf.context(), tokens);
    for (const auto& [key, type, name, at_least, required] :
         {std::tuple{"tokenizer.ggml.scores", LM_GGUF_TYPE_FLOAT32, "f32", count, false},
          std::tuple{"tokenizer.ggml.token_type", LM_GGUF_TYPE_INT32, "i32", count, false},
          std::tuple{"tokenizer.ggml.merges", LM_GGUF_TYPE_STRING, "str", uint64_t{0}, *model == "gpt2"}}) {
        if (Status status = check_array(gguf, key, type, name, at_least, required); !status) return status;
    }
    return check_unique(gguf, tokens, count);
}

}  // namespace phonon
