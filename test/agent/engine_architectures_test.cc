// Random models of every architecture compute what llama.cpp computes.

#include "engine_support.h"
#include "model/gguf_file.h"
#include "tiny_model.h"

using namespace phonon;

namespace {

std::vector<int32_t> random_tokens(size_t count) {
    std::mt19937 random(5);
    std::vector<int32_t> tokens(count);
    for (int32_t& token : tokens) token = static_cast<int32_t>(1 + random() % 2000);
    return tokens;
}

// A prompt in one batch, then single tokens.
double error_of(const TinyModel& model, size_t prompt = 33, size_t decode = 5) {
    const TemporaryFile file;
    model.write(file.path());
    const auto context = static_cast<int64_t>(prompt + decode + 8);
    PhononEngine phonon({.path = file.path(), .cores = {-1}, .context = context, .batch = static_cast<int>(prompt)});
    LlamaEngine llama(file.path(), static_cast<uint32_t>(context));
    const auto tokens = random_tokens(prompt + decode);
    const std::vector<int32_t> begin(tokens.begin(), tokens.begin() + static_cast<int64_t>(prompt));
    const bool all = prompt < 100;
    double error = normalised_error(phonon.eval(begin, all), llama.eval(begin, all));
    for (size_t i = prompt; i < tokens.size(); ++i) {
        error = std::max(error, normalised_error(phonon.eval({tokens[i]}, true), llama.eval({tokens[i]}, true)));
    }
    return error;
}

// Roundings to F16 fall differently when sums are taken in another order.
constexpr double kF16Bound = 1e-6;

}  // namespace

TEST_CASE("engine: llama with every optional tensor") {
    TinyModel model("llama");
    add_transformer(model, {});
    model.matrix("output.weight", 2048, 256, LM_GGML_TYPE_F16);
    model.vector("rope_freqs.weight", 16, 3, 0.9f);
    for (const std::string block : {"blk.0.", "blk.1."}) {
        model.vector(block + "attn_q.bias", 256, 0, 0.5f);
        model.vector(block + "attn_k.bias", 64, 0, 0.5f);
        model.vector(block + "attn_v.bias", 64, 0, 0.5f);
        model.vector(block + "attn_output.bias", 256, 0, 0.5f);
        model.vector(block + "ffn_gate.bias", 512, 0, 0.5f);
        model.vector(block + "ffn_up.bias", 512, 0, 0.5f);
        model.vector(block + "ffn_down.bias", 256, 0, 0.5f);
    }
    CHECK(error_of(model) < kF16Bound);
}

TEST_CASE("engine: llama with tied output and as many KV heads as heads") {
    TinyModel model("llama");
    add_transformer(model, {.kv_heads = 8});
    CHECK(error_of(model) < kF16Bound);
}

TEST_CASE("engine: qwen2 with biases") {
    TinyModel model("qwen2");
    add_transformer(model, {});
    model.matrix("output.weight", 2048, 256, LM_GGML_TYPE_F16);
    for (const std::string block : {"blk.0.", "blk.1."}) {
        model.vector(block + "attn_q.bias", 256, 0, 1);
        model.vector(block + "attn_k.bias", 64, 0, 1);
        model.vector(block + "attn_v.bias", 64, 0, 1);
    }
    CHECK(error_of(model) < kF16Bound);
}

TEST_CASE("engine: rope scaled linearly and by yarn") {
    for (const char* scaling : {"linear", "yarn", "none"}) {
        CAPTURE(scaling);
        TinyModel model("qwen2");
        add_transformer(model, {});
        model.text("rope.scaling.type", scaling).f32("rope.scaling.factor", 4);
        model.u32("rope.scaling.original_context_length", 64);
        CHECK(error_of(model, 90) < kF16Bound);
    }
}

TEST_CASE("engine: every weight type in every role") {
    for (const lm_ggml_type type : {LM_GGML_TYPE_F32, LM_GGML_TYPE_F16, LM_GGML_TYPE_BF16, LM_GGML_TYPE_Q8_0,
                                    LM_GGML_TYPE_Q4_0, LM_GGML_TYPE_Q4_K, LM_GGML_TYPE_Q6_K}) {
        for (const char* architecture : {"llama", "smallthinker"}) {
            const std::string name = std::string(architecture) + " " + tensor_type_name(type);
            CAPTURE(name);
            TinyModel model(architecture);
            add_transformer(model, {.experts = std::string(architecture) == "llama" ? 0 : 4, .type = type});
            model.u32("expert_count", std::string(architecture) == "llama" ? 0 : 4).u32("expert_used_count", 2);
            if (std::string(architecture) == "llama") model.u32("expert_used_count", 0);
            model.u32("expert_feed_forward_length", 512).u32("expert_gating_func", 1);
            const double error = error_of(model);
            MESSAGE(name, ": ", error);
            CHECK(error < (type == LM_GGML_TYPE_F32 ? 1e-7 : 1e-3));
        }
    }
}

TEST_CASE("engine: a tensor type that is not supported is named") {
    TinyModel model("llama");
    add_transformer(model, {.type = LM_GGML_TYPE_Q5_0});
    const TemporaryFile file;
    model.write(file.path());
    auto backend = make_phonon_backend();
    auto loaded = backend->load({.path = file.path()}, kNeverCancelled);
    REQUIRE(!loaded.ok());
    CHECK(loaded.error().code == "unsupported_quantisation");
    CHECK(loaded.error().message.find("token_embd.weight") != std::string::npos);
    CHECK(loaded.error().message.find("Q5_0") != std::string::npos);
}
