// Phonon says what llama.cpp says: token for token on the story model, and nearly so for quantised weights.

#include <fstream>

#include "engine_support.h"
#include "gguf_builder.h"
#include "model/gguf_file.h"
#include "quantise.h"

using namespace phonon;

namespace {

const std::vector<std::string>& prompts() {
    static const std::vector<std::string> texts = {
        "Once upon a time there was a king who had three daughters.",
        "In the middle of the forest stood a little house, and in the house",
        "The old fox looked at the crow and said,",
        "\"I will not go,\" said the boy, \"for my mother is waiting for me at home, and she",
        "When winter came, the snow lay deep upon the fields, and all the animals of the wood were cold and hungry.",
        "There was once a tailor who had nothing in the world but a needle and a song.",
        "Mother Wolf lay with her big gray nose dropped across her four tumbling cubs, and",
        "The princess took the golden ball in her hand and",
        "A lion was sleeping in his den when a mouse",
        "\"Who are you?\" asked the bear. \"I am",
        "Far out in the sea, where the water is as blue as the flowers, there lived",
        "The children had been told never to open the door; but one day, when their father was away, they heard a "
        "knock, "
        "and the youngest of them ran to the window and looked out into the rain.",
        "One morning the miller said to his son:",
        "Then the wind began to blow and the ship was driven upon the rocks, so that all",
        "Peter flew over the roofs of the town, and Wendy",
        "And so they lived happily until",
        "The ass, the dog and the cat went along the road together. In the evening they came to a great tree, and "
        "there "
        "they lay down to rest; but the cock flew to the very top.",
        "She wept so long that the stones themselves",
        "Buster was very fond of berries, and",
        "It was getting dark, and the wolves were",
    };
    return texts;
}

std::string sample_text() {
    std::ifstream file(PHONON_TEST_FIXTURES "/story_sample.txt");
    std::string text((std::istreambuf_iterator<char>(file)), {});
    REQUIRE(text.size() > 4000);
    return text;
}

struct Comparison {
    double kl_mean = 0;
    double kl_max = 0;
    double phonon_perplexity = 0;
    double llama_perplexity = 0;
};

// Both engines read the text in pieces of `length` tokens and predict every next token.
Comparison compare(PhononEngine& phonon, LlamaEngine& llama, const std::vector<int32_t>& tokens, size_t length,
                   size_t pieces) {
    Comparison sum;
    double phonon_nll = 0;
    double llama_nll = 0;
    size_t count = 0;
    for (size_t piece = 0; piece < pieces && (piece + 1) * length <= tokens.size(); ++piece) {
        const std::vector<int32_t> part(tokens.begin() + static_cast<int64_t>(piece * length),
                                        tokens.begin() + static_cast<int64_t>((piece + 1) * length));
        phonon.clear();
        llama.clear();
        const auto ours = phonon.eval(part, true);
        const auto theirs = llama.eval(part, true);
        REQUIRE(ours.size() == theirs.size());
        for (size_t i = 0; i + 1 < length; ++i) {
            const size_t row = i * static_cast<size_t>(phonon.vocabulary());
            const auto p = log_softmax(theirs.data() + row, phonon.vocabulary());
            const auto q = log_softmax(ours.data() + row, phonon.vocabulary());
            double kl = 0;
            for (size_t v = 0; v < p.size(); ++v) kl += std::exp(p[v]) * (p[v] - q[v]);
            sum.kl_mean += kl;
            sum.kl_max = std::max(sum.kl_max, kl);
            phonon_nll -= q[static_cast<size_t>(part[i + 1])];
            llama_nll -= p[static_cast<size_t>(part[i + 1])];
            ++count;
        }
    }
    REQUIRE(count > 0);
    sum.kl_mean /= static_cast<double>(count);
    sum.phonon_perplexity = std::exp(phonon_nll / static_cast<double>(count));
    sum.llama_perplexity = std::exp(llama_nll / static_cast<double>(count));
    return sum;
}

}  // namespace

TEST_CASE("fidelity: greedy tokens of the story model are llama.cpp's") {
    const size_t prompt_count = kSanitized ? 2 : prompts().size();
    const int length = kSanitized ? 24 : 256;
    PhononEngine phonon({.path = PHONON_STORY_MODEL, .cores = {-1}, .context = 512});
    LlamaEngine llama(PHONON_STORY_MODEL, 512);
    for (size_t n = 0; n < prompt_count; ++n) {
        CAPTURE(prompts()[n]);
        std::vector<int32_t> next = phonon.backend().tokenizer()->encode(prompts()[n], false);
        CHECK(next.size() >= 5);
        CHECK(next.size() <= 64);
        phonon.clear();
        llama.clear();
        for (int i = 0; i < length; ++i) {
            const auto ours = phonon.eval(next, false);
            auto theirs = llama.eval(next, false);
            const int32_t mine = best(ours.data(), phonon.vocabulary());
            const int32_t reference = best(theirs.data(), phonon.vocabulary());
            if (mine != reference) {
                std::vector<float> sorted = theirs;
                std::partial_sort(sorted.begin(), sorted.begin() + 2, sorted.end(), std::greater<>());
                MESSAGE("prompt ", n, ", token ", i, ": ", mine, " for ", reference,
                        "; llama.cpp's two best differ by ", sorted[0] - sorted[1]);
                CHECK(sorted[0] - sorted[1] < 1e-3f);
            }
            next = {reference};
        }
    }
}

TEST_CASE("fidelity: quantised weights give llama.cpp's distribution") {
    for (const lm_ggml_type type : {LM_GGML_TYPE_F32, LM_GGML_TYPE_F16, LM_GGML_TYPE_BF16, LM_GGML_TYPE_Q8_0,
                                    LM_GGML_TYPE_Q4_0, LM_GGML_TYPE_Q4_K, LM_GGML_TYPE_Q6_K}) {
        const std::string name = tensor_type_name(type);
        CAPTURE(name);
        const TemporaryFile file;
        quantise_story_model(file.path(), type);
        PhononEngine phonon({.path = file.path(), .cores = {-1}, .context = 256});
        CHECK(phonon.report.model.quantisation == name);
        CHECK(phonon.report.warnings.empty());
        LlamaEngine llama(file.path(), 256);
        const auto tokens = phonon.backend().tokenizer()->encode(sample_text(), false);
        const Comparison result = compare(phonon, llama, tokens, kSanitized ? 32 : 256, kSanitized ? 1 : 8);
        MESSAGE(name, ": mean KL ", result.kl_mean, ", largest ", result.kl_max, ", perplexity ",
                result.phonon_perplexity, " for llama.cpp's ", result.llama_perplexity);
        CHECK(result.kl_mean < 1e-3);
        CHECK(std::abs(result.phonon_perplexity / result.llama_perplexity - 1) < 0.005);
    }
}
