// Synthetic models with a skew, run by the real engine, fire as the paper measures; and llama.cpp computes the same.

#include "tools/firing.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "engine_support.h"
#include "gguf_builder.h"
#include "synth/synth.h"
#include "temporary_folder.h"
#include "tools/firing_run.h"

using namespace phonon;

namespace {

SynthConfig small(Skew skew, lm_ggml_type type, const std::string& architecture = "smallthinker") {
    SynthConfig config;
    config.shape = {.name = "small",
                    .architecture = architecture,
                    .layers = 4,
                    .embedding = 512,
                    .ffn = 2048,
                    .heads = 16,
                    .kv_heads = 4,
                    .head_dim = 64,
                    .vocabulary = 2000};
    config.type = type;
    config.activation = Activation::relu;
    config.sparsity = 0.9;
    config.skew = skew;
    config.seed = 11;
    return config;
}

void write(const SynthConfig& config, const std::string& path) {
    REQUIRE(synthesise(
                config, path, true, 2, [](uint64_t, uint64_t) {}, kNeverCancelled)
                .ok());
}

FiringRun run(const SynthConfig& config, const FiringConfig& firing) {
    const TemporaryFolder folder;
    write(config, folder.file("m"));
    const auto result = run_firing(folder.file("m"), firing, kNeverCancelled);
    REQUIRE(result.ok());
    CHECK(result.value().finite);
    CHECK(result.value().logit_deviation == doctest::Approx(2.5).epsilon(0.1));
    REQUIRE(result.value().report.layers.size() == static_cast<size_t>(config.shape.layers));
    return result.value();
}

const FiringConfig kLong = {.tokens = 768, .sequences = 64};
const FiringConfig kShort = {.tokens = 40, .sequences = 2, .other_tokens = 4};  // where the sanitizers make it slow

std::vector<int32_t> some_tokens(size_t count) {
    std::mt19937 random(5);
    std::vector<int32_t> tokens(count);
    for (int32_t& token : tokens) token = static_cast<int32_t>(random() % 2000);
    return tokens;
}

}  // namespace

TEST_CASE("firing: an LRU cache misses what a list that is searched misses") {
    std::mt19937 random(1);
    for (const int64_t capacity : {1, 3, 20, 63, 64}) {
        std::vector<Fired> tokens(200);
        for (Fired& fired : tokens) {
            for (int32_t i = 0; i < 64; ++i) {
                if (random() % 64 < static_cast<uint32_t>(i % 13)) fired.push_back(i);
            }
        }
        std::vector<int32_t> list;  // most recently used first
        std::vector<int64_t> expected;
        for (const Fired& fired : tokens) {
            std::vector<int32_t> missed;
            for (const int32_t neuron : fired) {
                const auto at = std::find(list.begin(), list.end(), neuron);
                if (at == list.end()) {
                    missed.push_back(neuron);
                    continue;
                }
                list.erase(at);
                list.insert(list.begin(), neuron);
            }
            for (const int32_t neuron : missed) list.insert(list.begin(), neuron);
            if (static_cast<int64_t>(list.size()) > capacity) list.resize(static_cast<size_t>(capacity));
            expected.push_back(static_cast<int64_t>(missed.size()));
        }
        CHECK(lru_misses(tokens, 64, capacity) == expected);
    }
}

TEST_CASE("firing: shares, overlaps and unions are counted") {
    const std::vector<std::vector<Fired>> sequence = {{{0, 1}, {1, 2}, {1, 2, 3, 4}, {}}};
    const std::vector<std::vector<Fired>> others = {{{0, 1, 2, 3}, {2, 3}, {9}}};
    const FiringReport report = describe_firing(sequence, others, 10);
    REQUIRE(report.layers.size() == 1);
    CHECK(report.layers[0].active == doctest::Approx(0.2));
    CHECK(report.layers[0].overlap == doctest::Approx(3.0 / 6));
    CHECK(report.layers[0].unrelated == doctest::Approx(2.0 / 7));  // 2, 0 and 0 of 3, 2.5 and 1.5
    CHECK(report.layers[0].hot == doctest::Approx(0.2));            // 1 and 2, four of seven tokens
    REQUIRE(report.positions.size() == 1);
    CHECK(report.positions[0].end == 4);
    CHECK(report.positions[0].active == doctest::Approx(0.2));
    CHECK(report.shared50 == doctest::Approx(report.layers[0].hits50));
}

TEST_CASE("firing: bamboo fires as the paper measures, in every layer and quantisation, from the first tokens on") {
    for (const lm_ggml_type type : {LM_GGML_TYPE_Q4_0, LM_GGML_TYPE_Q8_0, LM_GGML_TYPE_F16}) {
        CAPTURE(lm_ggml_type_name(type));
        const FiringRun result = run(small(Skew::bamboo, type), kSanitized ? kShort : kLong);
        if (kSanitized) break;
        for (const LayerFiring& layer : result.report.layers) {
            CHECK(layer.active == doctest::Approx(0.1).epsilon(0.1));
            CHECK(layer.hot < 0.015);  // of 830 tokens, many of which overlap
            CHECK(layer.unrelated == doctest::Approx(0.2).epsilon(0.1));
            CHECK(layer.batch32 == doctest::Approx(0.75).epsilon(0.05));
            CHECK(layer.hits50 > 0.94);
            CHECK(layer.hits50 < 0.965);
            CHECK(layer.hits38 > 0.9);
        }
        CHECK(result.report.misses50_p99 < 0.15);
        CHECK(result.report.shared50 == doctest::Approx(0.953).epsilon(0.01));
        for (const PositionFiring& stretch : result.report.positions) {
            CAPTURE(stretch.begin);
            CHECK(stretch.active == doctest::Approx(0.1).epsilon(stretch.begin < 64 ? 0.2 : 0.1));
            if (stretch.begin >= 8) CHECK(stretch.overlap == doctest::Approx(0.65).epsilon(0.1));
            if (stretch.begin >= 64) CHECK(stretch.hits50 == doctest::Approx(0.953).epsilon(0.015));
        }
    }
}

TEST_CASE(
    "firing: in bamboo fewer than one neuron in a hundred is hot at batch 1, and three in four fire at batch 32") {
    if (kSanitized) return;
    // Of unrelated tokens: those of one sequence tell little of how often a neuron fires, as they overlap.
    const FiringRun result = run(small(Skew::bamboo, LM_GGML_TYPE_Q4_0), {.tokens = 64, .sequences = 384});
    for (const LayerFiring& layer : result.report.layers) {
        CHECK(layer.hot < 0.01);
        CHECK(layer.hot > 0);
        CHECK(layer.batch32 == doctest::Approx(0.75).epsilon(0.03));
    }
}

TEST_CASE("firing: independent has the same frequencies and no overlap in time") {
    if (kSanitized) return;
    for (const lm_ggml_type type : {LM_GGML_TYPE_Q4_0, LM_GGML_TYPE_F16}) {
        CAPTURE(lm_ggml_type_name(type));
        const FiringRun result = run(small(Skew::independent, type), kLong);
        for (const LayerFiring& layer : result.report.layers) {
            CHECK(layer.active == doctest::Approx(0.1).epsilon(0.1));
            CHECK(layer.hot < 0.01);
            CHECK(layer.batch32 == doctest::Approx(0.75).epsilon(0.05));
            CHECK(layer.overlap == doctest::Approx(layer.unrelated).epsilon(0.1));
            CHECK(layer.hits50 == doctest::Approx(0.77).epsilon(0.03));
            CHECK(layer.hits38 == doctest::Approx(0.64).epsilon(0.04));
        }
    }
}

TEST_CASE("firing: the mean follows the sparsity that was asked for") {
    if (kSanitized) return;
    for (const double sparsity : {0.8, 0.95}) {
        SynthConfig config = small(Skew::bamboo, LM_GGML_TYPE_Q8_0);
        config.sparsity = sparsity;
        for (const LayerFiring& layer : run(config, kLong).report.layers) {
            CHECK(layer.active == doctest::Approx(1 - sparsity).epsilon(0.1));
            CHECK(layer.hits50 > 0.94);
        }
    }
}

TEST_CASE("firing: llama.cpp computes what Phonon computes, and the llama file what the smallthinker file does") {
    const TemporaryFolder folder;
    const size_t count = kSanitized ? 12 : 96;
    const auto tokens = some_tokens(count);
    for (const Skew skew : {Skew::bamboo, Skew::independent}) {
        for (const lm_ggml_type type : {LM_GGML_TYPE_F16, LM_GGML_TYPE_Q4_0}) {
            CAPTURE(to_string(skew));
            CAPTURE(lm_ggml_type_name(type));
            write(small(skew, type), folder.file("m"));
            PhononEngine phonon({.path = folder.file("m"), .cores = {-1}, .context = 128, .batch = 128});
            LlamaEngine llama(folder.file("m"), 128);
            const auto ours = phonon.eval(tokens, true);
            const auto theirs = llama.eval(tokens, true);
            const double error = normalised_error(ours, theirs);
            MESSAGE(std::string(to_string(skew)), " ", std::string(lm_ggml_type_name(type)), ": error ", error);
            CHECK(error < (type == LM_GGML_TYPE_F16 ? 1e-5 : 2e-3));
            if (skew == Skew::independent) continue;
            write(small(skew, type, "llama"), folder.file("l"));
            PhononEngine twin({.path = folder.file("l"), .cores = {-1}, .context = 128, .batch = 128});
            CHECK(normalised_error(twin.eval(tokens, true), ours) < (type == LM_GGML_TYPE_F16 ? 1e-5 : 2e-3));
        }
    }
}

TEST_CASE("firing: a file with a skew depends on its seed and not on threads") {
    const TemporaryFolder folder;
    SynthConfig config = small(Skew::bamboo, LM_GGML_TYPE_Q4_0);
    const auto bytes = [&](int threads) {
        REQUIRE(synthesise(
                    config, folder.file("m"), true, threads, [](uint64_t, uint64_t) {}, kNeverCancelled)
                    .ok());
        return read_bytes(folder.file("m"));
    };
    const std::string one = bytes(1);
    CHECK(one == bytes(5));
    config.seed = 12;
    CHECK(one != bytes(2));
}
