#pragma once
// Small ReLU models, their packs, and runs of both.

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "constants.h"
#include "packing/pack_model.h"
#include "phonon/backend.h"
#include "temporary_folder.h"
#include "tiny_model.h"

namespace phonon::streaming_test {

using testing::kGoOn;

// A llama-architecture model with a ReLU, 2 layers of 1024 neurons.
inline std::string relu_model(const TemporaryFolder& folder, lm_ggml_type type, bool biases = false,
                              int64_t embedding = 256) {
    TinyModel model("llama");
    const TinyShape shape{.embedding = embedding, .ffn = 1024, .type = type};
    add_transformer(model, shape);
    model.text("hidden_activation", "relu");
    for (int64_t i = 0; i < shape.layers && biases; ++i) {
        const std::string block = "blk." + std::to_string(i) + ".";
        model.vector(block + "ffn_gate.bias", shape.ffn, -0.5f, 0.3f);
        model.vector(block + "ffn_up.bias", shape.ffn, 0, 0.3f);
        model.vector(block + "ffn_down.bias", shape.embedding, 0, 0.3f);
    }
    const std::string path =
        folder.file(std::string("model-") + lm_ggml_type_name(type) + (biases ? "-biases" : "") + ".gguf");
    model.write(path);
    return path;
}

// Two bits, unless a test is about predictors: to fit factors takes longer than all the rest of packing.
inline PackConfig config_of(const std::string& model, const std::string& out, PackConfig config = {}) {
    config.model = model;
    config.out = out;
    if (config.threads == 0) config.threads = 2;
    if (config.predictor.empty()) config.predictor = "two-bit";
    return config;
}

inline PackReport pack_report(const PackConfig& config) {
    auto report = pack_model(
        config, [](const PackProgress&) {}, kGoOn);
    REQUIRE_MESSAGE(report.ok(), (report.ok() ? "" : report.error().message));
    return std::move(report).value();
}

inline std::string pack(const std::string& model, PackConfig config = {}) {
    config = config_of(model, model + ".pack", std::move(config));
    pack_report(config);
    return config.out;
}

// Of a model that lies elsewhere.
inline std::string pack(const std::string& model, const TemporaryFolder& folder, PackConfig config = {}) {
    config = config_of(model, folder.file("model.pack"), std::move(config));
    pack_report(config);
    return config.out;
}

struct Loaded {
    std::unique_ptr<Backend> backend = make_phonon_backend();
    LoadReport report;
};

inline Loaded load(LoadConfig config) {
    Loaded loaded;
    if (config.threads == 0) config.threads = 2;
    if (config.context == 0) config.context = 256;
    config.batch = 64;
    auto report = loaded.backend->load(config, kGoOn);
    REQUIRE_MESSAGE(report.ok(), (report.ok() ? "" : report.error().message));
    loaded.report = report.value();
    return loaded;
}

// Of a model whose neurons take a block each on flash.
inline std::string pack_of_blocks(const TemporaryFolder& folder) {
    return pack(relu_model(folder, LM_GGML_TYPE_F32, true, 512));
}

// What streaming did for the last of some tokens, each the same one at its position.
inline StreamStep last_step(const LoadConfig& config, int tokens = 3) {
    const Loaded streamed = load(config);
    std::vector<float> logits;
    StreamStep step;
    for (int i = 0; i < tokens; ++i) {
        const BatchToken same{.token = 100, .position = i, .logits = true};
        const auto done = streamed.backend->eval({&same, 1}, logits, kGoOn);
        REQUIRE(done.ok());
        step = done.value().stream.value();
    }
    return step;
}

// Logits of a prompt's last token and of `tokens` greedy ones after it.
inline std::vector<std::vector<float>> greedy(Backend& backend, int tokens, int prompt = 9) {
    std::vector<std::vector<float>> all;
    std::vector<BatchToken> batch;
    for (int i = 0; i < prompt; ++i) batch.push_back({.token = 100 + 37 * i, .position = i, .logits = i + 1 == prompt});
    for (int i = 0; i <= tokens; ++i) {
        std::vector<float> logits;
        const auto report = backend.eval(batch, logits, kGoOn);
        REQUIRE_MESSAGE(report.ok(), (report.ok() ? "" : report.error().message));
        const auto best = std::max_element(logits.begin(), logits.end()) - logits.begin();
        batch = {{.token = static_cast<int32_t>(best), .position = prompt + i, .logits = true}};
        all.push_back(std::move(logits));
    }
    return all;
}

}  // namespace phonon::streaming_test
