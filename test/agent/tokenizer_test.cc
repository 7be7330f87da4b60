// Tokens equal llama.cpp's on text of every kind, and pieces give the bytes back.

#include "phonon/tokenizer.h"

#include <doctest/doctest.h>

#include <thread>

#include "llama.h"

using namespace phonon;

namespace {

const std::vector<std::string>& corpus() {
    static const std::vector<std::string> texts = {
        "",
        " ",
        "\n\n\n",
        "Once upon a time there was a little fox who lived by the river.",
        "   leading and   inner    spaces   ",
        "Tabs\tand\r\nline ends\n",
        "It's we'll they've I'D can't",
        "1234567890 3.14159 1e-9 0x7fff",
        "\xF0\x9F\xA6\x8A\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7 "
        "\xE2\x9D\xA4\xEF\xB8\x8F",
        "\xE4\xBB\x8E\xE5\x89\x8D\xE6\x9C\x89\xE4\xB8\x80\xE5\x8F\xAA\xE7\x8B\x90\xE7\x8B\xB8\xE3\x80\x82"
        "\xE6\x98\x94\xE3\x80\x85\xEC\x98\x9B\xEB\x82\xA0",
        "Gr\xC3\xBC\xC3\x9F"
        "e, na\xC3\xAFve \xD0\xBF\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82",
        std::string("nul\0inside\0", 11),
        "\x01\x02\x07\x1B[0m\x7F",
        "\xC2\xA0\xE2\x80\x8B\xEF\xBB\xBF\xE2\x80\xAE",
        "<|endoftext|> is a word here",
        std::string(3000, 'a'),
        "a\xCC\x81\xCC\x82\xCC\x83 combining",
    };
    return texts;
}

const std::vector<std::string>& invalid_texts() {
    static const std::vector<std::string> texts = {
        "\xFF\xFE\xFD",      "cut \xE4\xBB",           "lone \x80\x80 continuation",
        "\xC0\xAF overlong", "\xED\xA0\x80 surrogate", "mixed \xF0\x9F\xA6 end",
    };
    return texts;
}

std::vector<int32_t> llama_tokens(const llama_vocab* vocab, const std::string& text, bool special) {
    std::vector<int32_t> tokens(text.size() + 8);
    const int32_t count = llama_tokenize(vocab, text.data(), static_cast<int32_t>(text.size()), tokens.data(),
                                         static_cast<int32_t>(tokens.size()), special, special);
    REQUIRE(count >= 0);
    tokens.resize(static_cast<size_t>(count));
    return tokens;
}

std::string joined(const Tokenizer& tokenizer, const std::vector<int32_t>& tokens) {
    std::string text;
    for (const int32_t token : tokens) text += tokenizer.piece(token);
    return text;
}

}  // namespace

TEST_CASE("tokenizer: encodes as llama.cpp does") {
    auto opened = Tokenizer::open(PHONON_STORY_MODEL);
    REQUIRE(opened.ok());
    llama_model_params params = llama_model_default_params();
    params.vocab_only = true;
    llama_model* model = llama_model_load_from_file(PHONON_STORY_MODEL, params);
    REQUIRE(model != nullptr);
    const llama_vocab* vocab = llama_model_get_vocab(model);
    CHECK(opened.value()->size() == llama_vocab_n_tokens(vocab));
    for (const auto* texts : {&corpus(), &invalid_texts()}) {
        for (const std::string& text : *texts) {
            for (const bool special : {false, true}) {
                CAPTURE(text);
                CHECK(opened.value()->encode(text, special) == llama_tokens(vocab, text, special));
            }
        }
    }
    llama_model_free(model);
}

TEST_CASE("tokenizer: pieces join to the text they came from") {
    auto opened = Tokenizer::open(PHONON_STORY_MODEL);
    REQUIRE(opened.ok());
    const Tokenizer& tokenizer = *opened.value();
    for (const std::string& text : corpus()) {
        CAPTURE(text);
        CHECK(joined(tokenizer, tokenizer.encode(text, false)) == text);
    }
    for (const std::string& text : invalid_texts()) {
        // llama.cpp puts U+FFFD for what is no UTF-8; nothing is lost around it.
        CAPTURE(text);
        CHECK(!tokenizer.encode(text, false).empty());
    }
    // Where llama.cpp would throw.
    CHECK(tokenizer.encode("\xF5\x80\x80\x80 too\xF4\x90\x80\x80 high", false) ==
          tokenizer.encode("\xEF\xBF\xBD too\xEF\xBF\xBD high", false));
    CHECK(joined(tokenizer, tokenizer.encode("\xF4\x8F\xBF\xBF", false)) == "\xF4\x8F\xBF\xBF");
}

TEST_CASE("tokenizer: special text becomes its token only when asked for") {
    auto opened = Tokenizer::open(PHONON_STORY_MODEL);
    REQUIRE(opened.ok());
    const Tokenizer& tokenizer = *opened.value();
    const auto special = tokenizer.encode("<|endoftext|>", true);
    REQUIRE(special.size() == 1);
    CHECK(tokenizer.is_end(special[0]));
    CHECK(tokenizer.piece(special[0]).empty());
    CHECK(tokenizer.encode("<|endoftext|>", false).size() > 1);
    CHECK_FALSE(tokenizer.is_end(-1));
    CHECK_FALSE(tokenizer.is_end(1 << 30));
    CHECK(tokenizer.piece(-1).empty());
    CHECK(tokenizer.piece(tokenizer.size()).empty());
}

TEST_CASE("tokenizer: may be used from several threads") {
    auto opened = Tokenizer::open(PHONON_STORY_MODEL);
    REQUIRE(opened.ok());
    const auto expected = opened.value()->encode(corpus()[3], false);
    std::vector<std::thread> threads;
    std::atomic<int> equal{0};
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 50; ++n) equal += opened.value()->encode(corpus()[3], false) == expected ? 1 : 0;
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(equal == 200);
}
