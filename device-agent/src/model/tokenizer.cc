#include "phonon/tokenizer.h"

#include <algorithm>
#include <climits>
#include <exception>

#include "llama.h"
#include "model/gguf_file.h"
#include "model/llama_log.h"
#include "model/vocabulary_check.h"

namespace phonon {
namespace {

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// llama.cpp replaces bytes that are no UTF-8 by U+FFFD itself, but throws on a well-formed character above U+10FFFF.
std::string without_impossible_characters(std::string_view text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const bool four = lead >= 0xF4 && lead <= 0xF7 && i + 3 < text.size() && is_continuation(text[i + 1]) &&
                          is_continuation(text[i + 2]) && is_continuation(text[i + 3]);
        if (four && (lead > 0xF4 || static_cast<unsigned char>(text[i + 1]) >= 0x90)) {
            out += "\xEF\xBF\xBD";
            i += 3;
        } else {
            out += text[i];
        }
    }
    return out;
}

class LlamaTokenizer : public Tokenizer {
  public:
    explicit LlamaTokenizer(llama_model* model) : model_(model), vocab_(llama_model_get_vocab(model)) {}
    ~LlamaTokenizer() override { llama_model_free(model_); }

    int32_t size() const override { return llama_vocab_n_tokens(vocab_); }

    std::vector<int32_t> encode(std::string_view any_text, bool special) const override {
        if (any_text.size() > INT32_MAX / 2) return {};
        const std::string text = without_impossible_characters(any_text);
        const auto length = static_cast<int32_t>(text.size());
        std::vector<int32_t> tokens(text.size() + 8);
        try {
            int32_t count = llama_tokenize(vocab_, text.data(), length, tokens.data(),
                                           static_cast<int32_t>(tokens.size()), special, special);
            if (count < 0 && count != INT32_MIN) {
                tokens.resize(static_cast<size_t>(-count));
                count = llama_tokenize(vocab_, text.data(), length, tokens.data(), -count, special, special);
            }
            tokens.resize(static_cast<size_t>(std::max(count, 0)));
        } catch (const std::exception&) {
            // A SentencePiece vocabulary without byte tokens cannot say every text.
            return {};
        }
        return tokens;
    }

    std::string piece(int32_t token) const override {
        if (token < 0 || token >= size()) return {};
        std::string bytes(32, '\0');
        try {
            int32_t length =
                llama_token_to_piece(vocab_, token, bytes.data(), static_cast<int32_t>(bytes.size()), 0, false);
            if (length < 0) {
                bytes.resize(static_cast<size_t>(-length));
                length = llama_token_to_piece(vocab_, token, bytes.data(), -length, 0, false);
            }
            bytes.resize(static_cast<size_t>(std::max(length, 0)));
        } catch (const std::exception&) {
            return {};
        }
        return bytes;
    }

    bool is_end(int32_t token) const override {
        return token >= 0 && token < size() && llama_vocab_is_eog(vocab_, token);
    }

  private:
    llama_model* model_;
    const llama_vocab* vocab_;
};

}  // namespace

Result<std::unique_ptr<Tokenizer>> Tokenizer::open(const std::string& path) {
    {
        auto gguf = GgufFile::open(path);
        if (!gguf) return gguf.error();
        if (gguf.value()->integer("split.count").value_or(1) > 1) {
            return Error{"unsupported_architecture",
                         path + ": one part of a split model; join the parts with llama-gguf-split --merge"};
        }
        if (Status checked = check_vocabulary(*gguf.value()); !checked) return checked.error();
    }
    llama_model_params params = llama_model_default_params();
    params.vocab_only = true;
    take_llama_error();
    llama_model* model = llama_model_load_from_file(path.c_str(), params);
    if (model == nullptr) {
        return Error{"file_invalid", path + ": llama.cpp does not take its vocabulary: " + take_llama_error()};
    }
    auto tokenizer = std::make_unique<LlamaTokenizer>(model);
    // llama.cpp aborts when it shall add a token that the vocabulary does not have.
    const llama_vocab* vocab = llama_model_get_vocab(model);
    if ((llama_vocab_get_add_bos(vocab) && llama_vocab_bos(vocab) == LLAMA_TOKEN_NULL) ||
        (llama_vocab_get_add_eos(vocab) && llama_vocab_eos(vocab) == LLAMA_TOKEN_NULL)) {
        return Error{"file_invalid", path +
                                         ": tokenizer.ggml.add_bos_token or add_eos_token is set, but that token's id "
                                         "is missing or outside of the vocabulary"};
    }
    return std::unique_ptr<Tokenizer>(std::move(tokenizer));
}

}  // namespace phonon
