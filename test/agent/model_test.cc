// What the metadata says must be possible and must agree with the tensors.

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "gguf_builder.h"
#include "model/hyperparameters.h"
#include "model/inspect.h"

using namespace phonon;

namespace {

// The story model's bytes with one metadata value replaced by another of the same size.
std::string patched(const std::string& key, const std::string& value) {
    static const std::string whole = read_bytes(PHONON_STORY_MODEL);
    std::string bytes = whole;
    const size_t at = bytes.find(GgufBuilder::text(key));
    REQUIRE(at != std::string::npos);
    bytes.replace(at + 8 + key.size() + 4, value.size(), value);
    return bytes;
}

void check_refused(const std::string& bytes, const std::string& what, const std::string& code = "file_invalid") {
    const TemporaryFile file(bytes);
    auto info = inspect_model(file.path());
    REQUIRE(!info.ok());
    CAPTURE(info.error().message);
    CHECK(info.error().code == code);
    CHECK(info.error().message.find(what) != std::string::npos);
}

std::string u32(uint32_t v) {
    return GgufBuilder::raw(v);
}
std::string f32(float v) {
    return GgufBuilder::raw(v);
}

}  // namespace

TEST_CASE("model: the story model's facts are read") {
    auto info = inspect_model(PHONON_STORY_MODEL);
    REQUIRE(info.ok());
    const ModelInfo& model = info.value();
    CHECK(model.architecture == "smallthinker");
    CHECK(model.name == "Phonon story model");
    CHECK(model.quantisation == "F16");
    CHECK(model.layers == 6);
    CHECK(model.embedding == 256);
    CHECK(model.ffn == 1024);
    CHECK(model.heads == 8);
    CHECK(model.kv_heads == 4);
    CHECK(model.head_dim == 32);
    CHECK(model.vocabulary == 2048);
    CHECK(model.experts == 1);
    CHECK(model.activation == Activation::relu);
    CHECK(model.parameters > 6000000);
    CHECK(model.quants.size() == 2);
}

TEST_CASE("model: impossible metadata is refused by key") {
    check_refused(patched("smallthinker.block_count", u32(0)), "block_count");
    check_refused(patched("smallthinker.block_count", u32(4000000000u)), "block_count");
    check_refused(patched("smallthinker.embedding_length", u32(0)), "embedding_length");
    check_refused(patched("smallthinker.attention.head_count", u32(0)), "head_count");
    check_refused(patched("smallthinker.attention.head_count", u32(7)), "head_count");
    check_refused(patched("smallthinker.attention.head_count_kv", u32(3)), "head_count_kv");
    check_refused(patched("smallthinker.attention.head_count_kv", u32(16)), "head_count_kv");
    check_refused(patched("smallthinker.attention.layer_norm_rms_epsilon", f32(std::nanf(""))), "epsilon");
    check_refused(patched("smallthinker.attention.layer_norm_rms_epsilon", f32(-1)), "epsilon");
    check_refused(patched("smallthinker.rope.freq_base", f32(std::numeric_limits<float>::infinity())), "freq_base");
    check_refused(patched("smallthinker.rope.freq_base", f32(0)), "freq_base");
    check_refused(patched("smallthinker.rope.dimension_count", u32(16)), "rotated", "unsupported_architecture");
    check_refused(patched("smallthinker.expert_count", u32(0)), "expert_count");
    check_refused(patched("smallthinker.expert_used_count", u32(2)), "expert_used_count");
    check_refused(patched("smallthinker.expert_gating_func", u32(9)), "expert_gating_func");
    check_refused(patched("smallthinker.context_length", u32(0)), "context_length");
    check_refused(patched("smallthinker.context_length", u32(0xffffffffu)), "context_length");
}

TEST_CASE("model: tensors must have the shapes that the metadata asks for") {
    check_refused(patched("smallthinker.feed_forward_length", u32(1 << 30)), "feed_forward_length");
    check_refused(patched("smallthinker.expert_feed_forward_length", u32(2048)), "ffn_gate_exps");
    check_refused(patched("smallthinker.attention.head_count_kv", u32(2)), "attn_k.weight");
    check_refused(patched("smallthinker.block_count", u32(7)), "blk.6.");
    std::string renamed = read_bytes(PHONON_STORY_MODEL);
    renamed.replace(renamed.find("blk.3.attn_q.weight"), 5, "blk.9");
    check_refused(renamed, "blk.3.attn_q.weight");
}

TEST_CASE("model: another architecture is named") {
    GgufBuilder mamba;
    mamba.str("general.architecture", "mamba");
    check_refused(mamba.build(), "mamba", "unsupported_architecture");
    check_refused(GgufBuilder().u32("general.architecture", 1).build(), "general.architecture");
    check_refused(GgufBuilder().build(), "general.architecture");
}

TEST_CASE("model: the activation comes from metadata, then from the architecture") {
    auto read = [](auto&& fill, const std::string& architecture) {
        GgufBuilder builder;
        fill(builder);
        const TemporaryFile file(builder.str("x", "y").build());
        auto gguf = GgufFile::open(file.path());
        REQUIRE(gguf.ok());
        return read_activation(*gguf.value(), architecture);
    };
    CHECK(read([](auto&) {}, "smallthinker").value() == Activation::relu);
    CHECK(read([](auto&) {}, "llama").value() == Activation::silu);
    CHECK(read([](auto&) {}, "qwen2").value() == Activation::silu);
    CHECK(read([](auto& b) { b.str("llama.hidden_activation", "drelu"); }, "llama").value() == Activation::drelu);
    CHECK(read([](auto& b) { b.str("llama.hidden_act", "relu"); }, "llama").value() == Activation::relu);
    CHECK(read([](auto& b) { b.str("phonon.activation", "relu2").str("llama.hidden_act", "relu"); }, "llama").value() ==
          Activation::relu2);
    CHECK(read([](auto& b) { b.str("phonon.activation", "gelu"); }, "llama").error().code ==
          "unsupported_architecture");
    CHECK(read([](auto& b) { b.u32("phonon.activation", 3); }, "llama").error().code == "unsupported_architecture");
}
