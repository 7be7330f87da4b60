// Files that are broken, cut, or made to do harm: each is refused with a message, in bounded time, never by an abort.

#include <doctest/doctest.h>

#include <chrono>

#include "gguf_builder.h"
#include "model/gguf_file.h"
#include "model/gguf_scan.h"
#include "model/inspect.h"
#include "model/vocabulary_check.h"
#include "phonon/tokenizer.h"

using namespace phonon;

namespace {

Error open_error(const std::string& content) {
    const TemporaryFile file(content);
    const auto start = std::chrono::steady_clock::now();
    auto opened = GgufFile::open(file.path());
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
    REQUIRE(!opened.ok());
    CHECK(opened.error().message.find(file.path()) != std::string::npos);
    return opened.error();
}

bool says(const Error& error, const std::string& what) {
    CAPTURE(error.message);
    const bool found = error.message.find(what) != std::string::npos;
    CHECK(found);
    return found;
}

}  // namespace

TEST_CASE("gguf: a missing, empty or foreign file is named") {
    auto missing = GgufFile::open("/nonexistent/model.gguf");
    REQUIRE(!missing.ok());
    CHECK(missing.error().code == "file_missing");
    CHECK(says(open_error(""), "empty"));
    CHECK(says(open_error("GIF89a"), "not a GGUF"));
    CHECK(says(open_error("GG"), "not a GGUF"));
    auto folder = GgufFile::open("/tmp");
    REQUIRE(!folder.ok());
    CHECK(folder.error().code == "file_invalid");
}

TEST_CASE("gguf: a file cut anywhere in its metadata is refused") {
    const std::string whole = read_bytes(PHONON_STORY_MODEL);
    for (size_t size = 4; size < 60000; size = size * 3 / 2 + 1) {
        CHECK(open_error(whole.substr(0, size)).code == "file_invalid");
    }
    says(open_error(whole.substr(0, whole.size() / 2)), "truncated");
    says(open_error(whole.substr(0, whole.size() - 1)), "truncated");
}

TEST_CASE("gguf: claimed lengths and counts are not believed") {
    GgufBuilder keys;
    keys.keys = uint64_t{1} << 63;
    says(open_error(keys.build()), "metadata keys");
    GgufBuilder tensors;
    tensors.tensor_count = uint64_t{1} << 63;
    says(open_error(tensors.build()), "tensors");
    says(open_error(GgufBuilder().key("a", kString, GgufBuilder::raw(uint64_t{1} << 63)).build()), "'a'");
    const std::string array = GgufBuilder::raw(uint32_t{kU32}) + GgufBuilder::raw(uint64_t{1} << 62);
    says(open_error(GgufBuilder().key("b", kArray, array).build()), "'b'");
    const std::string strings = GgufBuilder::raw(uint32_t{kString}) + GgufBuilder::raw(~uint64_t{0});
    says(open_error(GgufBuilder().key("c", kArray, strings).build()), "'c'");
    const std::string nested = GgufBuilder::raw(uint32_t{kArray}) + GgufBuilder::raw(uint64_t{1});
    says(open_error(GgufBuilder().key("d", kArray, nested).build()), "'d'");
    says(open_error(GgufBuilder().key("e", 77, "").build()), "'e'");
    GgufBuilder old;
    old.version = 1;
    says(open_error(old.build()), "version 1");
    GgufBuilder swapped;
    swapped.version = 0x03000000;
    says(open_error(swapped.build()), "version");
}

TEST_CASE("gguf: a million metadata keys, or many doubled ones, take bounded time") {
    GgufBuilder million;
    for (int i = 0; i < 1000000; ++i) million.u32("k" + std::to_string(i), 1);
    says(open_error(million.build()), "1000000 metadata keys");
    GgufBuilder twice;
    for (int i = 0; i < 4000; ++i) twice.u32("key.with.a.long.common.beginning." + std::to_string(i % 3999), 1);
    says(open_error(twice.build()), "duplicate key");
    GgufBuilder empty_strings;
    empty_strings.strings("s", std::vector<std::string>(17 << 20));
    says(open_error(empty_strings.build()), "MiB of metadata");
}

TEST_CASE("gguf: tensors that overlap, leave the file or have impossible shapes are named") {
    auto with = [](const std::string& name, const std::vector<uint64_t>& dims, uint32_t type, uint64_t offset) {
        return open_error(GgufBuilder().tensor(name, dims, type, offset).build(1024));
    };
    says(with("far", {16}, 0, 4096), "'far'");
    says(with("huge", {uint64_t{1} << 40}, 0, 0), "'huge'");
    says(with("wraps", {uint64_t{1} << 32, uint64_t{1} << 32}, 0, 0), "'wraps'");
    says(with("negative", {uint64_t{1} << 63}, 0, 0), "'negative'");
    says(with("none", {16, 0}, 0, 0), "'none'");
    says(with("scalar", {}, 0, 0), "'scalar'");
    says(with("deep", {1, 1, 1, 1, 1}, 0, 0), "'deep'");
    says(with("alien", {32}, 4000, 0), "'alien'");
    says(with("retired", {32}, 4, 0), "'retired'");  // Q4_2 was a type once
    says(with("ragged", {33}, 2, 0), "not a multiple");
    says(with("askew", {16}, 0, 8), "alignment");
    says(with("end", {16}, 0, ~uint64_t{31}), "'end'");
    says(with(std::string(64, 'n'), {16}, 0, 0), "64 bytes");
    says(open_error(GgufBuilder().tensor("a", {64}, 0, 0).tensor("b", {64}, 0, 128).build(1024)), "overlaps");
    says(open_error(GgufBuilder().tensor("a", {64}, 0, 0).tensor("a", {64}, 0, 256).build(1024)), "duplicate tensor");
    says(open_error(GgufBuilder().tensor("a", {64}, 0, 0).tensor("b", {64}, 0, 512).build(1024)), "'b'");
    says(open_error(GgufBuilder().u32("general.alignment", 0).build()), "general.alignment");
    says(open_error(GgufBuilder().u32("general.alignment", 48).build()), "general.alignment");
    says(open_error(GgufBuilder().str("general.alignment", "x").build()), "general.alignment");
}

TEST_CASE("gguf: control characters in names do not reach messages") {
    const Error error = open_error(GgufBuilder().key("a\x1b[2J\n", 99, "").build());
    CHECK(error.message.find('\x1b') == std::string::npos);
    CHECK(error.message.find('\n') == std::string::npos);
}

TEST_CASE("gguf: vocabularies on which llama.cpp would abort are refused") {
    auto vocabulary = [](auto&& fill) {
        GgufBuilder builder;
        builder.str("general.architecture", "llama").str("tokenizer.ggml.model", "gpt2");
        fill(builder);
        const TemporaryFile file(builder.build());
        auto opened = Tokenizer::open(file.path());
        REQUIRE(!opened.ok());
        return opened.error();
    };
    const std::vector<std::string> merges = {"a b"};
    says(vocabulary([&](auto& b) { b.strings("tokenizer.ggml.merges", merges); }), "tokenizer.ggml.tokens");
    says(vocabulary([&](auto& b) { b.u32("tokenizer.ggml.tokens", 1); }), "tokenizer.ggml.tokens");
    says(vocabulary([&](auto& b) {
             b.strings("tokenizer.ggml.tokens", {"a", "b", "a"}).strings("tokenizer.ggml.merges", merges);
         }),
         "twice");
    says(vocabulary([&](auto& b) {
             b.strings("tokenizer.ggml.tokens", {std::string("a\0b", 3), "a"}).strings("tokenizer.ggml.merges", merges);
         }),
         "twice");
    says(vocabulary([&](auto& b) { b.strings("tokenizer.ggml.tokens", {"a"}); }), "tokenizer.ggml.merges");
    says(vocabulary([&](auto& b) {
             b.strings("tokenizer.ggml.tokens", {"a"}).strings("tokenizer.ggml.merges", merges);
             b.strings("tokenizer.ggml.scores", {"1"});
         }),
         "tokenizer.ggml.scores");
    says(vocabulary([&](auto& b) {
             b.strings("tokenizer.ggml.tokens", {"a"}).strings("tokenizer.ggml.merges", merges);
             b.str("tokenizer.ggml.pre", "made-up");
         }),
         "made-up");
    says(vocabulary([&](auto& b) {
             b.strings("tokenizer.ggml.tokens", {"a"}).strings("tokenizer.ggml.merges", merges);
             b.key("tokenizer.ggml.add_bos_token", kBool, "\1");
         }),
         "add_bos_token");
    says(vocabulary([&](auto& b) {
             b.strings("tokenizer.ggml.tokens", {"a"}).strings("tokenizer.ggml.merges", merges).u32("split.count", 7);
         }),
         "split");
    GgufBuilder other;
    other.str("general.architecture", "llama").str("tokenizer.ggml.model", "rwkv");
    const TemporaryFile file(other.build());
    CHECK(Tokenizer::open(file.path()).error().code == "unsupported_architecture");
}

TEST_CASE("gguf: bytes changed at random never crash the readers") {
    const std::string whole = read_bytes(PHONON_STORY_MODEL);
    uint64_t state = 1;
    auto next = [&] { return state = state * 6364136223846793005u + 1442695040888963407u; };
    for (int round = 0; round < 60; ++round) {
        std::string bytes = whole;
        // Mostly in the first kilobytes, where lengths and types are.
        const size_t range = round % 2 == 0 ? 1400 : 80000;
        for (int i = 0; i < 3; ++i) bytes[(next() >> 20) % range] = static_cast<char>(next() >> 40);
        const TemporaryFile file(bytes);
        (void)inspect_model(file.path());
        (void)Tokenizer::open(file.path());
    }
}
