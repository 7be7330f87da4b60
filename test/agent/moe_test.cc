// Mixtures of experts compute what llama.cpp computes.

#include "engine_support.h"
#include "tiny_model.h"

using namespace phonon;

namespace {

constexpr double kBound = 1e-6;

struct MoeCase {
    const char* architecture = "smallthinker";
    uint32_t experts = 8;
    uint32_t used = 2;
    uint32_t gating = 1;
    TinyShape shape = {};
    bool window = false;
};

void write_model(const MoeCase& c, const std::string& path) {
    TinyModel model(c.architecture);
    TinyShape shape = c.shape;
    shape.experts = c.experts;
    // Where two experts are nearly equal, roundings decide between them; in F32 there are few.
    shape.type = LM_GGML_TYPE_F32;
    add_transformer(model, shape);
    model.u32("expert_count", c.experts).u32("expert_used_count", c.used).u32("expert_gating_func", c.gating);
    model.u32("expert_feed_forward_length", static_cast<uint32_t>(shape.ffn));
    if (c.window) model.u32("attention.sliding_window", 4096).f32("rope.freq_base_swa", 20000.0f);
    model.write(path);
}

std::vector<int32_t> random_tokens(size_t count) {
    std::mt19937 random(9);
    std::vector<int32_t> tokens(count);
    for (int32_t& token : tokens) token = static_cast<int32_t>(1 + random() % 2000);
    return tokens;
}

double error_of(const MoeCase& c) {
    const TemporaryFile file;
    write_model(c, file.path());
    PhononEngine phonon({.path = file.path(), .cores = {-1}, .context = 64});
    CHECK(phonon.report.model.experts == c.experts);
    CHECK(phonon.report.model.experts_used == c.used);
    LlamaEngine llama(file.path(), 64);
    const auto tokens = random_tokens(56);
    const std::vector<int32_t> prompt(tokens.begin(), tokens.begin() + 32);
    double error = normalised_error(phonon.eval(prompt, true), llama.eval(prompt, true));
    for (size_t i = 32; i < tokens.size(); ++i) {
        error = std::max(error, normalised_error(phonon.eval({tokens[i]}, true), llama.eval({tokens[i]}, true)));
        for (const int32_t active : phonon.last.active) {
            CHECK(active > 0);
            CHECK(active <= static_cast<int32_t>(c.used) * 512);
        }
    }
    return error;
}

}  // namespace

TEST_CASE("moe: smallthinker's gating functions") {
    CHECK(error_of({.gating = 1}) < kBound);
    CHECK(error_of({.gating = 2}) < kBound);
    CHECK(error_of({.gating = 3}) < kBound);
}

TEST_CASE("moe: all experts used, or one of many") {
    CHECK(error_of({.experts = 4, .used = 4}) < kBound);
    CHECK(error_of({.experts = 32, .used = 1, .gating = 2}) < kBound);
}

TEST_CASE("moe: llama with experts routes by the FFN's input and uses SiLU") {
    CHECK(error_of({.architecture = "llama"}) < kBound);
}

TEST_CASE("moe: smallthinker with windows leaves rope out of every fourth layer") {
    CHECK(error_of({.shape = {.layers = 6}, .window = true}) < kBound);
    CHECK(error_of({.shape = {.layers = 4}, .window = true}) < kBound);
}

TEST_CASE("moe: a prompt longer than the window") {
    if (kSanitized) return;  // 4200 tokens take minutes there
    MoeCase c{.experts = 2, .used = 1, .shape = {.layers = 2, .embedding = 64, .ffn = 64, .heads = 2, .kv_heads = 1}};
    c.window = true;
    const TemporaryFile file;
    write_model(c, file.path());
    PhononEngine phonon({.path = file.path(), .cores = {-1}, .context = 4352});
    LlamaEngine llama(file.path(), 4352);
    const auto tokens = random_tokens(4220);
    for (size_t i = 0; i < tokens.size();) {
        const size_t count = i < 4200 ? 300 : 1;
        const std::vector<int32_t> part(tokens.begin() + static_cast<int64_t>(i),
                                        tokens.begin() + static_cast<int64_t>(i + count));
        CHECK(normalised_error(phonon.eval(part, false), llama.eval(part, false)) < kBound);
        i += count;
    }
}
