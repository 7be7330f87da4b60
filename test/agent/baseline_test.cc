// llama.cpp behind the Backend interface gives what its own API gives.
#include <doctest/doctest.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "baseline/llama_backend.h"
#include "generate/generate.h"
#include "generate/score.h"
#include "llama.h"

using namespace phonon;

namespace {

const std::atomic<bool> kNever = false;

LoadConfig story() {
    LoadConfig c;
    c.path = PHONON_STORY_MODEL;
    c.context = 256;
    c.threads = 1;  // ggml's threads spin while they wait for each other: slow where other programs want the cores
    return c;
}

std::unique_ptr<Backend> loaded(const LoadConfig& config, LoadReport* report = nullptr) {
    auto backend = make_llama_backend(PHONON_REFERENCE_LEVEL);
    const auto result = backend->load(config, kNever);
    REQUIRE_MESSAGE(result.ok(), result.error().message);
    if (report != nullptr) *report = result.value();
    return backend;
}

struct Ids : GenerateSink {
    void prefill(PrefillProgress) override {}
    void token(GeneratedToken t) override { ids.push_back(t.id); }
    void warning(Warning) override {}
    std::vector<int32_t> ids;
};

std::vector<int32_t> greedy(Backend& backend, const std::string& prompt, int tokens, int batch = 512) {
    GenerateConfig c;
    c.prompt = backend.tokenizer()->encode(prompt, true);
    c.max_tokens = tokens;
    c.sampler.temperature = 0;
    c.ignore_end = true;
    c.context = 256;
    c.batch = batch;
    Ids sink;
    CHECK(generate(backend, c, Clock::now(), sink, kNever).reason == "length");
    return sink.ids;
}

// The same through llama.h alone, with its simplest calls.
std::vector<int32_t> greedy_by_llama(const std::vector<int32_t>& prompt, int tokens) {
    llama_model* model = llama_model_load_from_file(PHONON_STORY_MODEL, llama_model_default_params());
    REQUIRE(model != nullptr);
    llama_context_params params = llama_context_default_params();
    params.n_ctx = 256;
    params.n_threads = params.n_threads_batch = 1;
    llama_context* context = llama_init_from_model(model, params);
    const llama_vocab* vocab = llama_model_get_vocab(model);
    std::vector<int32_t> ids, next = prompt;
    while (static_cast<int>(ids.size()) < tokens) {
        CHECK(llama_decode(context, llama_batch_get_one(next.data(), static_cast<int32_t>(next.size()))) == 0);
        float* logits = llama_get_logits_ith(context, -1);
        const int32_t n = llama_vocab_n_tokens(vocab);
        for (int32_t id = 0; id < n; id++) {
            if (llama_vocab_is_eog(vocab, id)) logits[id] = -1e30f;
        }
        next = {static_cast<int32_t>(std::max_element(logits, logits + n) - logits)};
        ids.push_back(next[0]);
    }
    llama_free(context);
    llama_model_free(model);
    return ids;
}

}  // namespace

TEST_CASE("baseline: reports what it loaded") {
    LoadReport report;
    const auto backend = loaded(story(), &report);
    CHECK(backend->name() == "llama.cpp");
    CHECK(backend->build().starts_with("b"));
    CHECK(report.model.architecture == "smallthinker");
    CHECK(report.model.quantisation == "F16");
    CHECK(report.model.layers == 6);
    CHECK(report.context == 256);
    CHECK(report.kernels == PHONON_REFERENCE_LEVEL);
    CHECK(report.cores.size() == 1);
    CHECK(report.kv_bytes == 2u * 6 * 4 * 32 * 2 * 256);
    CHECK(report.weight_bytes > 12'000'000);
    CHECK(report.load_ms > 0);
}

TEST_CASE("baseline: greedy tokens are those of llama.cpp's own API, whatever the batch") {
    const auto backend = loaded(story());
    const std::string prompt = "Once upon a time there was a bear who";
    const auto expected = greedy_by_llama(backend->tokenizer()->encode(prompt, true), 32);
    CHECK(greedy(*backend, prompt, 32) == expected);
    CHECK(greedy(*backend, prompt, 32, 3) == expected);
    for (const bool mmap : {true, false}) {
        for (const bool repack : {true, false}) {
            LoadConfig c = story();
            c.mmap = mmap;
            c.repack = repack;
            CHECK(greedy(*loaded(c), prompt, 32) == expected);
        }
    }
}

TEST_CASE("baseline: several sequences keep apart, and truncation takes back") {
    LoadConfig c = story();
    c.sequences = 2;
    c.context = 64;
    const auto backend = loaded(c);
    std::vector<float> together, alone, again;
    const std::vector<BatchToken> both = {{100, 0, 0, false}, {200, 0, 1, false}, {101, 1, 0, true}, {201, 1, 1, true}};
    REQUIRE(backend->eval(both, together, kNever).ok());
    const auto vocabulary = static_cast<size_t>(backend->tokenizer()->size());
    REQUIRE(together.size() == 2 * vocabulary);
    backend->truncate(0, 0);
    const std::vector<BatchToken> one = {{100, 0, 0, false}, {101, 1, 0, true}};
    REQUIRE(backend->eval(one, alone, kNever).ok());
    for (size_t i = 0; i < vocabulary; i++) CHECK(std::abs(alone[i] - together[i]) < 0.05f);
    backend->truncate(1, 1);
    const BatchToken last{201, 1, 1, true};
    REQUIRE(backend->eval({&last, 1}, again, kNever).ok());
    for (size_t i = 0; i < vocabulary; i++) CHECK(std::abs(again[i] - together[vocabulary + i]) < 0.05f);
}

TEST_CASE("baseline: cancel ends an eval, and the backend can go on") {
    const auto backend = loaded(story());
    std::vector<BatchToken> batch;
    for (int32_t i = 0; i < 250; i++) batch.push_back({i, i, 0, i == 249});
    std::vector<float> logits;
    const std::atomic<bool> cancelled = true;
    const auto result = backend->eval(batch, logits, cancelled);
    REQUIRE(!result.ok());
    CHECK(result.error().code == "cancelled");
    backend->truncate(0, 0);
    CHECK(backend->eval(batch, logits, kNever).ok());
}

TEST_CASE("baseline: a load that is cancelled loads nothing") {
    auto backend = make_llama_backend(PHONON_REFERENCE_LEVEL);
    const std::atomic<bool> cancelled = true;
    const auto result = backend->load(story(), cancelled);
    REQUIRE(!result.ok());
    CHECK(result.error().code == "cancelled");
    CHECK(backend->tokenizer() == nullptr);
    CHECK(backend->load(story(), kNever).ok());
}

TEST_CASE("baseline: what cannot be loaded is refused with a code and a name") {
    auto backend = make_llama_backend(PHONON_REFERENCE_LEVEL);
    const auto code = [&](const LoadConfig& c) {
        const auto result = backend->load(c, kNever);
        return result.ok() ? std::string("ok") : result.error().code;
    };
    LoadConfig c = story();
    c.path = "/nowhere/model.gguf";
    CHECK(code(c) == "file_missing");
    c.path = __FILE__;
    CHECK(code(c) == "file_invalid");
    c = story();
    c.kernels = "avx1024";
    CHECK(code(c) == "bad_request");
    c = story();
    c.context = 1 << 24;
    c.sequences = 256;
    CHECK(code(c) == "context_too_large");
    CHECK(code(story()) == "ok");
}

TEST_CASE("baseline: two threads give what one gives, and leave the one that called them its cores") {
    cpu_set_t before, after;
    REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
    LoadConfig c = story();
    const auto expected = greedy(*loaded(c), "Once", 1);
    c.threads = 2;
    {
        LoadReport report;
        const auto backend = loaded(c, &report);
        CHECK(report.cores.size() == 2);
        CHECK(greedy(*backend, "Once", 1) == expected);
    }
    REQUIRE(sched_getaffinity(0, sizeof after, &after) == 0);
    CHECK(CPU_EQUAL(&before, &after));
}

TEST_CASE("baseline: threads that cannot be pinned are said not to be") {
    LoadConfig c = story();
    c.cores = {0, 1000};
    LoadReport report;
    const auto backend = loaded(c, &report);
    CHECK(report.cores == std::vector<int>{-1, -1});
    REQUIRE(report.warnings.size() == 1);
    CHECK(report.warnings[0].find("core 1000") != std::string::npos);
    CHECK(greedy(*backend, "Once", 1).size() == 1);
}

TEST_CASE("baseline: llama.cpp and Phonon agree on a text") {
    const auto backend = loaded(story());
    const auto phonon = make_phonon_backend();
    REQUIRE(phonon->load(story(), kNever).ok());
    std::string text;
    for (const int32_t id : greedy(*backend, "Once upon a time", 140)) text += backend->tokenizer()->piece(id);
    const ScoreConfig config = score_config(*backend->tokenizer(), text, 64, 32);
    const auto result = score(
        *backend, phonon.get(), config, [](const ScoreProgress&) {}, kNever);
    REQUIRE(result.ok());
    CHECK(*result.value().kl_mean < 1e-3);
    CHECK(*result.value().top1_agreement > 0.95);
}

TEST_CASE("baseline: every level names the features that this CPU lacks") {
    CHECK(missing_features(PHONON_REFERENCE_LEVEL).empty());
#if defined(__x86_64__)
    CHECK(missing_features("i8mm").find("i8mm") != std::string::npos);
#else
    CHECK(missing_features("v3") == "avx2");
#endif
}
