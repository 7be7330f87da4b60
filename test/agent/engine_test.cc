// The engine's own promises: batches, threads, truncation, cancel, limits.

#include <sys/resource.h>

#include "base/cores.h"
#include "engine/available_memory.h"
#include "engine_support.h"
#include "gguf_builder.h"
#include "kernels/kernels.h"

using namespace phonon;

namespace {

std::vector<int32_t> story_tokens(PhononEngine& engine, const std::string& text) {
    return engine.backend().tokenizer()->encode(text, false);
}

const char* kText = "Once upon a time there was a little girl who lived in a wood, and she had a red cap.";

Error load_error(const LoadConfig& config) {
    auto backend = make_phonon_backend();
    auto loaded = backend->load(config, kNeverCancelled);
    REQUIRE(!loaded.ok());
    CHECK(backend->tokenizer() == nullptr);
    return loaded.error();
}

}  // namespace

TEST_CASE("engine: sequences decoded together equal sequences decoded alone") {
    PhononEngine together({.path = PHONON_STORY_MODEL, .threads = 2, .context = 128, .sequences = 4});
    PhononEngine alone({.path = PHONON_STORY_MODEL, .threads = 2, .context = 128});
    const std::vector<std::string> texts = {"The king", "A fox and a crow sat", "\"Come in,\" said",
                                            "Winter came, and the little bird"};
    std::vector<std::vector<int32_t>> next;
    for (int32_t s = 0; s < 4; ++s) {
        next.push_back(story_tokens(together, texts[static_cast<size_t>(s)]));
    }
    // One batch holds all prompts, of different lengths; later batches one token of each sequence.
    std::vector<int32_t> position(4, 0);
    std::vector<std::vector<int32_t>> said(4);
    std::vector<std::vector<float>> rows(4);
    for (int step = 0; step < 24; ++step) {
        std::vector<BatchToken> batch;
        for (int32_t s = 0; s < 4; ++s) {
            for (const int32_t token : next[static_cast<size_t>(s)]) {
                batch.push_back({token, position[static_cast<size_t>(s)]++, s, false});
            }
            batch.back().logits = true;
        }
        const auto logits = together.eval(batch);
        const auto vocabulary = static_cast<size_t>(together.vocabulary());
        for (size_t s = 0; s < 4; ++s) {
            rows[s].insert(rows[s].end(), logits.begin() + static_cast<int64_t>(s * vocabulary),
                           logits.begin() + static_cast<int64_t>((s + 1) * vocabulary));
            const int32_t token = best(logits.data() + s * vocabulary, together.vocabulary());
            said[s].push_back(token);
            next[s] = {token};
        }
    }
    for (size_t s = 0; s < 4; ++s) {
        alone.clear();
        std::vector<int32_t> input = story_tokens(alone, texts[s]);
        std::vector<float> expected;
        for (const int32_t token : said[s]) {
            const auto logits = alone.eval(input, false);
            expected.insert(expected.end(), logits.begin(), logits.end());
            CHECK(best(logits.data(), alone.vocabulary()) == token);
            input = {token};
        }
        CHECK(normalised_error(rows[s], expected) < 1e-6);
    }
}

TEST_CASE("engine: tokens of sequences may be mixed in any order in a batch") {
    PhononEngine mixed({.path = PHONON_STORY_MODEL, .threads = 2, .context = 64, .sequences = 2});
    PhononEngine alone({.path = PHONON_STORY_MODEL, .threads = 2, .context = 64});
    const auto first = story_tokens(mixed, "The wolf went to the door and knocked");
    const auto second = story_tokens(mixed, "The sun was shining on the sea, so");
    std::vector<BatchToken> batch;
    const size_t count = std::min(first.size(), second.size());
    for (size_t i = 0; i < count; ++i) {
        batch.push_back({first[i], static_cast<int32_t>(i), 0, i + 1 == count});
        batch.push_back({second[i], static_cast<int32_t>(i), 1, i + 1 == count});
    }
    const auto logits = mixed.eval(batch);
    const auto expected = alone.eval({second.begin(), second.begin() + static_cast<int64_t>(count)}, false);
    CHECK(normalised_error({logits.begin() + mixed.vocabulary(), logits.end()}, expected) < 1e-6);
}

TEST_CASE("engine: the number of threads does not change the output") {
    std::vector<float> reference;
    for (const int threads : {1, 2, 3, 5}) {
        PhononEngine engine({.path = PHONON_STORY_MODEL, .threads = threads, .context = 64});
        CHECK(engine.report.cores.size() == static_cast<size_t>(threads));
        auto logits = engine.eval(story_tokens(engine, kText), true);
        for (int i = 0; i < 4; ++i) {
            const auto step = engine.eval({best(logits.data() + logits.size() - 2048, 2048)}, true);
            logits.insert(logits.end(), step.begin(), step.end());
        }
        if (reference.empty()) reference = logits;
        CHECK(logits == reference);
    }
}

TEST_CASE("engine: every level of kernels that this CPU has computes the same function") {
    std::vector<float> reference;
    for (const Kernels* level : available_kernels()) {
        CAPTURE(level->name);
        PhononEngine engine({.path = PHONON_STORY_MODEL, .threads = 2, .context = 64, .kernels = level->name});
        CHECK(engine.report.kernels == level->name);
        auto logits = engine.eval(story_tokens(engine, kText), true);
        const auto step = engine.eval({100}, true);
        logits.insert(logits.end(), step.begin(), step.end());
        if (reference.empty()) reference = logits;
        CHECK(normalised_error(logits, reference) < 1e-6);
    }
}

TEST_CASE("engine: a prompt in pieces and a truncated one give what the whole gives") {
    PhononEngine engine({.path = PHONON_STORY_MODEL, .threads = 2, .context = 64});
    const auto tokens = story_tokens(engine, kText);
    const auto whole = engine.eval(tokens, false);
    engine.clear();
    for (size_t i = 0; i < tokens.size(); i += 5) {
        const auto end = std::min(tokens.size(), i + 5);
        const auto logits =
            engine.eval({tokens.begin() + static_cast<int64_t>(i), tokens.begin() + static_cast<int64_t>(end)}, false);
        if (end == tokens.size()) CHECK(normalised_error(logits, whole) < 1e-6);
    }
    engine.eval({7, 8, 9}, false);
    engine.clear(0, static_cast<int32_t>(tokens.size()) - 2);
    const auto again = engine.eval({tokens.end() - 2, tokens.end()}, false);
    CHECK(normalised_error(again, whole) < 1e-6);
}

TEST_CASE("engine: a ReLU model computes few neurons in decode and all in prefill") {
    PhononEngine engine({.path = PHONON_STORY_MODEL, .threads = 2, .context = 64});
    engine.eval(story_tokens(engine, kText), true);
    CHECK(engine.last.active == std::vector<int32_t>(6, 1024));
    engine.eval({100}, true);
    for (const int32_t active : engine.last.active) {
        CHECK(active > 0);
        CHECK(active < 600);
    }
    CHECK(engine.last.ffn_ms > 0);
    CHECK(engine.last.attention_ms > 0);
}

TEST_CASE("engine: an override of the activation is used and reported") {
    PhononEngine relu({.path = PHONON_STORY_MODEL, .threads = 2, .context = 64});
    for (const char* name : {"silu", "drelu", "relu2"}) {
        CAPTURE(name);
        PhononEngine other({.path = PHONON_STORY_MODEL, .threads = 2, .context = 64, .activation = name});
        CHECK(std::string(to_string(other.report.model.activation)) == name);
        const auto tokens = story_tokens(other, kText);
        const auto prefilled = other.eval(tokens, false);
        relu.clear();
        CHECK(normalised_error(prefilled, relu.eval(tokens, false)) > 1e-4);
        // By neuron, token by token, it is the same function as dense.
        other.clear();
        std::vector<float> decoded;
        for (const int32_t token : tokens) decoded = other.eval({token}, false);
        CHECK(normalised_error(decoded, prefilled) < 1e-6);
    }
    CHECK(load_error({.path = PHONON_STORY_MODEL, .activation = "gelu"}).code == "bad_request");
}

TEST_CASE("engine: cancel ends loading and evaluating") {
    const std::atomic<bool> cancelled{true};
    auto backend = make_phonon_backend();
    auto loaded = backend->load({.path = PHONON_STORY_MODEL}, cancelled);
    REQUIRE(!loaded.ok());
    CHECK(loaded.error().code == "cancelled");
    PhononEngine engine({.path = PHONON_STORY_MODEL, .threads = 2, .context = 64});
    std::vector<float> logits;
    const std::vector<BatchToken> batch = {{1, 0, 0, true}};
    auto step = engine.backend().eval(batch, logits, cancelled);
    REQUIRE(!step.ok());
    CHECK(step.error().code == "cancelled");
    // Nothing was appended: the same position is still next.
    CHECK(engine.backend().eval(batch, logits, kNeverCancelled).ok());
}

TEST_CASE("engine: batches that cannot be are refused and change nothing") {
    PhononEngine engine({.path = PHONON_STORY_MODEL, .threads = 2, .context = 8, .batch = 16});
    auto refused = [&](const std::vector<BatchToken>& batch) {
        std::vector<float> logits;
        auto step = engine.backend().eval(batch, logits, kNeverCancelled);
        REQUIRE(!step.ok());
        return step.error().code;
    };
    CHECK(refused({}) == "bad_request");
    CHECK(refused({{-1, 0, 0, true}}) == "bad_request");
    CHECK(refused({{2048, 0, 0, true}}) == "bad_request");
    CHECK(refused({{1, 1, 0, true}}) == "bad_request");
    CHECK(refused({{1, 0, 1, true}}) == "bad_request");
    CHECK(refused({{1, 0, 0, true}, {1, 0, 0, true}}) == "bad_request");
    CHECK(refused(std::vector<BatchToken>(17, BatchToken{1, 0, 0, true})) == "bad_request");
    std::vector<BatchToken> long_batch;
    for (int32_t i = 0; i < 9; ++i) long_batch.push_back({1, i, 0, false});
    CHECK(refused(long_batch) == "prompt_too_long");
    CHECK(engine.eval({1, 2, 3, 4, 5, 6, 7, 8}, false).size() == 2048);
}

TEST_CASE("engine: configurations that cannot be are refused with what could be") {
    CHECK(load_error({.path = "/nonexistent.gguf"}).code == "file_missing");
    CHECK(load_error({.path = PHONON_STORY_MODEL, .threads = -1}).code == "bad_request");
    CHECK(load_error({.path = PHONON_STORY_MODEL, .threads = 3, .cores = {0, 1}}).code == "bad_request");
    CHECK(load_error({.path = PHONON_STORY_MODEL, .context = -5}).code == "bad_request");
    CHECK(load_error({.path = PHONON_STORY_MODEL, .sequences = 0}).code == "bad_request");
    CHECK(load_error({.path = PHONON_STORY_MODEL, .batch = 0}).code == "bad_request");
    const Error kernels = load_error({.path = PHONON_STORY_MODEL, .kernels = "mmx"});
    CHECK(kernels.code == "bad_request");
    CHECK(kernels.message.find("scalar") != std::string::npos);
    auto backend = make_phonon_backend();
    std::vector<float> logits;
    const std::vector<BatchToken> batch = {{1, 0, 0, true}};
    CHECK(backend->eval(batch, logits, kNeverCancelled).error().code == "not_loaded");
}

TEST_CASE("engine: a context longer than memory names the longest that fits") {
    const Error error = load_error({.path = PHONON_STORY_MODEL, .context = int64_t{1} << 30});
    CHECK(error.code == "context_too_large");
    const size_t at = error.message.rfind("fits is ");
    REQUIRE(at != std::string::npos);
    const long long fits = std::stoll(error.message.substr(at + 8));
    CHECK(fits > 1000);
    // Half of it, because memory may have become scarcer since.
    auto backend = make_phonon_backend();
    auto loaded = backend->load({.path = PHONON_STORY_MODEL, .context = fits / 2}, kNeverCancelled);
    REQUIRE(loaded.ok());
    CHECK(loaded.value().kv_bytes == static_cast<uint64_t>(fits / 2) * 6 * 4 * 32 * 2 * 2);
    CHECK(!loaded.value().warnings.empty());  // longer than it was trained for
}

TEST_CASE("engine: no context, or one the model was trained for, is the default") {
    PhononEngine engine({.path = PHONON_STORY_MODEL});
    CHECK(engine.report.context == 1024);
    CHECK(engine.report.warnings.empty());
    CHECK(engine.report.weight_bytes > 12000000);
    CHECK(engine.report.load_ms > 0);
}

TEST_CASE("engine: fast cores are chosen, unless more are asked for") {
    const std::vector<Core> phone = {{7, 3300000}, {4, 3150000}, {5, 3150000},
                                     {6, 2960000}, {0, 2270000}, {1, 2270000}};
    CHECK(choose_cores(0, phone) == std::vector<int>{7, 4, 5, 6});
    CHECK(choose_cores(2, phone) == std::vector<int>{7, 4});
    CHECK(choose_cores(5, phone) == std::vector<int>{7, 4, 5, 6, 0});
    CHECK(choose_cores(3, {{0, 0}, {1, 0}}) == std::vector<int>{0, 1, -1});
    CHECK(choose_cores(0, {{0, 0}, {1, 0}}) == std::vector<int>{0, 1});
    CHECK(!usable_cores().empty());
}
