// SiLU models whose small activations count as nothing.

#include <cmath>

#include "model/firing_gates.h"
#include "pack/pack_file.h"
#include "predictor/silu_score.h"
#include "streaming_support.h"

using namespace phonon;
using namespace phonon::streaming_test;

namespace {

float silu(float x) {
    return x / (1 + std::exp(-x));
}

std::string silu_model(const TemporaryFolder& folder, lm_ggml_type type = LM_GGML_TYPE_Q8_0) {
    TinyModel model("llama");
    add_transformer(model, {.layers = 3, .ffn = 1024, .type = type});
    const std::string path = folder.file(std::string("silu-") + lm_ggml_type_name(type) + ".gguf");
    model.write(path);
    return path;
}

// A token's neurons by the last of some tokens that are all the same.
StreamStep step_of(const std::string& packed, const StreamConfig& stream) {
    const Loaded streamed = load({.path = packed, .stream = stream});
    std::vector<float> logits;
    StreamStep step;
    for (int i = 0; i < 3; ++i) {
        const BatchToken token{.token = 100 + i, .position = i, .logits = true};
        step = streamed.backend->eval({&token, 1}, logits, kGoOn).value().stream.value();
    }
    return step;
}

}  // namespace

TEST_CASE("silu: the gates that fire are those with an activation of at least the threshold") {
    for (const float threshold : {1e-4f, 0.01f, 0.1f, 0.2f, 0.2784f, 0.2786f, 0.5f, 3.0f}) {
        CAPTURE(threshold);
        const FiringGates gates = firing_gates(Activation::silu, threshold);
        for (float x = -20; x < 20; x += 0.003f) {
            const float size = std::abs(silu(x));
            if (std::abs(size - threshold) > 1e-5f * threshold) CHECK(gates.contains(x) == (size > threshold));
        }
    }
    CHECK(firing_gates(Activation::silu, 0).contains(-1e-20f));
    for (const Activation kind : {Activation::relu, Activation::drelu, Activation::relu2}) {
        CHECK(firing_gates(kind, 0.3f).contains(1e-20f));
        CHECK_FALSE(firing_gates(kind, 0.3f).contains(0));
        CHECK_FALSE(firing_gates(kind, 0.3f).contains(-1));
    }
}

TEST_CASE("silu: the threshold leaves the share below it that was asked for") {
    std::vector<float> gates(200'000);
    std::mt19937 random(4);
    std::normal_distribution<float> normal(-0.3f, 1.2f);
    for (float& gate : gates) gate = normal(random);
    for (const double share : {0.1, 0.5, 0.9}) {
        const float threshold = silu_threshold(gates.data(), static_cast<int64_t>(gates.size()), share);
        const FiringGates firing = firing_gates(Activation::silu, threshold);
        const auto fire = std::count_if(gates.begin(), gates.end(), [&](float gate) { return firing.contains(gate); });
        CHECK(1 - static_cast<double>(fire) / 200'000 == doctest::Approx(share).epsilon(0.002));
    }
}

TEST_CASE("silu: a gate's score is about the positive gate of the same activation") {
    for (float x = -6; x < 6; x += 0.01f) {
        CHECK(std::abs(silu(silu_score(x)) - std::abs(silu(x))) < 0.01f);
        if (x >= 0) CHECK(silu_score(x) == x);
    }
}

TEST_CASE("silu: with thresholds and without the predictor a pack computes the same bits as the resident model") {
    const TemporaryFolder folder;
    for (const lm_ggml_type type : {LM_GGML_TYPE_Q8_0, LM_GGML_TYPE_Q4_0, LM_GGML_TYPE_F16}) {
        CAPTURE(std::string(lm_ggml_type_name(type)));
        const std::string model = silu_model(folder, type);
        const std::string packed = pack(model, {.sparsity = 0.5});
        const auto expected = greedy(*load({.path = model, .thresholds = packed}).backend, 12);
        CHECK(expected != greedy(*load({.path = model}).backend, 12));
        for (const int threads : {1, 3})
            for (const std::string eviction : {"heat", "window"}) {
                const Loaded streamed = load({.path = packed,
                                              .threads = threads,
                                              .stream = {.predictor = false,
                                                         .pipeline = eviction == "heat",
                                                         .eviction = eviction,
                                                         .cache_neurons = 2100}});
                CHECK(streamed.report.stream->sparsity == doctest::Approx(0.5).epsilon(0.1));
                CHECK(expected == greedy(*streamed.backend, 12));
            }
    }
}

TEST_CASE("silu: about the share that was asked for fires, and the predictor leaves others out") {
    const TemporaryFolder folder;
    const std::string model = silu_model(folder);
    const double all = 3 * 1024;
    for (const double sparsity : {0.5, 0.8}) {
        CAPTURE(sparsity);
        const std::string packed = pack(model, {.sparsity = sparsity});
        const StreamStep exact = step_of(packed, {.predictor = false}), predicted = step_of(packed, {});
        CHECK(exact.candidates == all);
        CHECK(static_cast<double>(exact.active) / all == doctest::Approx(1 - sparsity).epsilon(0.15));
        CHECK(static_cast<double>(predicted.candidates) < 0.98 * all);
        CHECK(predicted.active <= predicted.candidates);
        CHECK(static_cast<double>(predicted.active) > 0.7 * static_cast<double>(exact.active));
        const auto gguf = GgufFile::open(packed).value();
        const Pack read = read_pack(*gguf, read_hyperparameters(*gguf).value()).value();
        for (const PackLayer& layer : read.layers) {
            CHECK(layer.statistics.energy >= 0.995f - 1e-6f);
            CHECK(layer.statistics.active == doctest::Approx(1 - sparsity).epsilon(0.1));
        }
        const std::string looser = pack(model, {.energy_share = 0.9, .sparsity = sparsity});
        CHECK(static_cast<double>(step_of(looser, {}).candidates) < 0.8 * static_cast<double>(predicted.candidates));
    }
    CHECK(step_of(pack(model), {}).candidates == all);
}

TEST_CASE("silu: thresholds that cannot be are refused") {
    const TemporaryFolder folder;
    const auto code = [&](const std::string& model, double sparsity) {
        const auto refused = pack_model(
            {.model = model, .out = folder.file("out"), .sparsity = sparsity}, [](const PackProgress&) {}, kGoOn);
        return refused.ok() ? "" : refused.error().code;
    };
    CHECK(code(relu_model(folder, LM_GGML_TYPE_Q8_0), 0.5) == "bad_request");
    CHECK(code(silu_model(folder), 1.0) == "bad_request");
    CHECK(code(silu_model(folder), -0.1) == "bad_request");
}
