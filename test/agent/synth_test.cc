// Synthetic models as files: determinism, what may go wrong, and that nothing half-done is left behind.

#include "synth/synth.h"

#include <doctest/doctest.h>
#include <sys/file.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <map>

#include "base/part_file.h"
#include "constants.h"
#include "gguf_builder.h"
#include "model/gguf_file.h"
#include "phonon/tokenizer.h"
#include "synth/vocabulary.h"
#include "temporary_folder.h"

using namespace phonon;
using namespace phonon::testing;

namespace {

SynthConfig tiny(const std::string& architecture = "llama", lm_ggml_type type = LM_GGML_TYPE_Q4_0) {
    SynthConfig config;
    config.shape = named_shape("tiny").value();
    config.shape.architecture = architecture;
    config.type = type;
    config.activation = stock_activation(config.shape);
    return config;
}

void ignore(uint64_t, uint64_t) {}

std::string write(const SynthConfig& config, const std::string& path, int threads = 2) {
    const auto report = synthesise(config, path, true, threads, ignore, kGoOn);
    REQUIRE(report.ok());
    const std::string bytes = read_bytes(path);
    CHECK(bytes.size() == report.value().bytes);
    return bytes;
}

}  // namespace

TEST_CASE("synth: the same seed gives the same bytes for any number of threads") {
    const TemporaryFolder folder;
    SynthConfig config = tiny("smallthinker", LM_GGML_TYPE_Q6_K);
    config.shape.ffn = 8192;  // several chunks per tensor
    config.sparsity = 0.9;
    const std::string one = write(config, folder.file("one"), 1);
    CHECK(one == write(config, folder.file("many"), 7));
    config.seed = 1;
    const std::string other = write(config, folder.file("other"), 2);
    CHECK(one.size() == other.size());
    CHECK(one.substr(one.size() / 2) != other.substr(one.size() / 2));
}

TEST_CASE("synth: llama and smallthinker files of a shape hold the same weights") {
    const TemporaryFolder folder;
    SynthConfig config = tiny("llama");
    config.activation = Activation::relu;
    config.sparsity = 0.8;
    write(config, folder.file("llama"));
    config.shape.architecture = "smallthinker";
    write(config, folder.file("smallthinker"));
    const auto llama = GgufFile::open(folder.file("llama"));
    const auto smallthinker = GgufFile::open(folder.file("smallthinker"));
    REQUIRE((llama.ok() && smallthinker.ok()));
    for (const GgufTensor& tensor : llama.value()->tensors()) {
        std::string name = tensor.name;
        for (const char* part : {"ffn_gate", "ffn_up", "ffn_down"}) {
            const size_t at = name.find(part);
            if (at != std::string::npos) name.insert(at + std::strlen(part), "_exps");
        }
        const GgufTensor* twin = smallthinker.value()->find(name);
        CAPTURE(name);
        REQUIRE(twin != nullptr);
        CHECK(std::equal(tensor.data.begin(), tensor.data.end(), twin->data.begin(), twin->data.end()));
    }
}

TEST_CASE("synth: named shapes have the parameters of the models they are named after") {
    const std::map<std::string, double> billions = {
        {"mistral-7b", 7.24}, {"llama-3.2-1b", 1.236}, {"qwen2-7b", 7.616}, {"smallthinker-4b", 4.03}};
    for (const auto& model : billions) {
        SynthConfig config = tiny();
        config.shape = named_shape(model.first).value();
        config.activation = stock_activation(config.shape);
        REQUIRE(validate_config(config).ok());
        double parameters = 0;
        for (const TensorPlan& tensor : plan_tensors(config)) {
            parameters += static_cast<double>(tensor.dims[0]) * static_cast<double>(tensor.rows());
        }
        CAPTURE(model.first);
        CHECK(parameters / 1e9 == doctest::Approx(model.second).epsilon(0.002));
    }
}

TEST_CASE("synth: every byte tokenises and every token has a text") {
    const TemporaryFolder folder;
    write(tiny(), folder.file("model"));
    const auto tokenizer = Tokenizer::open(folder.file("model"));
    REQUIRE(tokenizer.ok());
    CHECK(tokenizer.value()->size() == 512);
    std::string all;
    for (int byte = 1; byte < 128; ++byte) all += static_cast<char>(byte);
    all += "t300t511 snow \xe9\x9b\xaa \xf0\x9f\x98\x80";
    std::string back;
    for (const int32_t token : tokenizer.value()->encode(all, false)) {
        CHECK(token < kByteTokens);
        back += tokenizer.value()->piece(token);
    }
    CHECK(back == all);
    CHECK(!tokenizer.value()->encode(std::string("\0\xff\xc0\x80", 4), false).empty());
    for (int32_t id = kEndToken + 1; id < 512; ++id) {
        CHECK(tokenizer.value()->piece(id) == "t" + std::to_string(id));
    }
    CHECK(tokenizer.value()->is_end(kEndToken));
}

TEST_CASE("synth: a wrong configuration is refused by the name of its argument") {
    auto refused = [](const std::string& argument, auto&& change) {
        SynthConfig config = tiny();
        change(config);
        const Status status = validate_config(config);
        CAPTURE(argument);
        REQUIRE(!status.ok());
        CHECK(status.error().code == "bad_request");
        CHECK(status.error().message.find("--" + argument + ":") == 0);
    };
    refused("architecture", [](auto& c) { c.shape.architecture = "mamba"; });
    refused("layers", [](auto& c) { c.shape.layers = 0; });
    refused("layers", [](auto& c) { c.shape.layers = 513; });
    refused("embedding", [](auto& c) { c.shape.embedding = 100; });
    refused("embedding", [](auto& c) { c.shape.embedding = int64_t{1} << 62; });
    refused("ffn", [](auto& c) { c.shape.ffn = -512; });
    refused("ffn", [](auto& c) { c.type = LM_GGML_TYPE_Q4_K, c.shape.ffn = 384; });
    refused("heads", [](auto& c) { c.shape.heads = 0; });
    refused("kv-heads", [](auto& c) { c.shape.kv_heads = 3; });
    refused("head-dim", [](auto& c) { c.shape.head_dim = 31; });
    refused("vocabulary", [](auto& c) { c.shape.vocabulary = 256; });
    refused("context", [](auto& c) { c.shape.context = 0; });
    refused("experts-used", [](auto& c) { c.shape.experts_used = 2; });
    refused("experts", [](auto& c) { c.shape.architecture = "qwen2", c.shape.experts = 2; });
    refused("embedding", [](auto& c) { c.shape.architecture = "qwen2", c.shape.heads = 8; });
    refused("activation", [](auto& c) { c.shape.architecture = "smallthinker"; });
    refused("sparsity", [](auto& c) { c.activation = Activation::relu, c.sparsity = 0.2; });
    refused("sparsity", [](auto& c) { c.activation = Activation::relu, c.sparsity = 1; });
}

TEST_CASE("synth: a file that exists is replaced only when asked, and nobody writes the same file twice") {
    const TemporaryFolder folder;
    const std::string path = folder.file("model");
    std::ofstream(path) << "precious";
    auto refused = synthesise(tiny(), path, false, 1, ignore, kGoOn);
    REQUIRE(!refused.ok());
    CHECK(refused.error().code == "file_exists");
    CHECK(read_bytes(path) == "precious");
    {
        auto other = PartFile::create(path, 100, true);
        REQUIRE(other.ok());
        CHECK(synthesise(tiny(), path, true, 1, ignore, kGoOn).error().code == "busy");
    }
    CHECK(read_bytes(path) == "precious");
    CHECK(synthesise(tiny(), path, true, 1, ignore, kGoOn).ok());
    CHECK(folder.names() == std::vector<std::string>{"model"});

    // One that appears while another is written is kept.
    auto late = PartFile::create(folder.file("late"), 100, false);
    REQUIRE(late.ok());
    std::ofstream(folder.file("late")) << "precious";
    CHECK(late.value().commit().error().code == "file_exists");
    CHECK(read_bytes(folder.file("late")) == "precious");
}

TEST_CASE("synth: what cannot be written leaves nothing behind") {
    const TemporaryFolder folder;
    SynthConfig endless = tiny("llama", LM_GGML_TYPE_F32);
    endless.shape.layers = 512;
    endless.shape.embedding = 65536;
    endless.shape.ffn = 1 << 20;
    const auto full = synthesise(endless, folder.file("model"), false, 2, ignore, kGoOn);
    CHECK(full.error().code == "no_space");
    CHECK(full.error().message.find("free") != std::string::npos);
    CHECK(synthesise(tiny(), folder.file("no/such/model"), false, 2, ignore, kGoOn).error().code == "io_error");
    CHECK(synthesise(tiny(), "/dev/null", true, 2, ignore, kGoOn).error().code == "io_error");

    std::atomic<bool> cancel = true;
    CHECK(synthesise(tiny(), folder.file("model"), false, 2, ignore, cancel).error().code == "cancelled");
    CHECK(folder.names().empty());
}

TEST_CASE("synth: a disk that fails in the middle is reported") {
    const TemporaryFolder folder;
    {
        auto file = PartFile::create(folder.file("model"), 1, false);
        REQUIRE(file.ok());
        rlimit before = {};
        getrlimit(RLIMIT_FSIZE, &before);
        const rlimit small = {1 << 16, before.rlim_max};
        const auto handler = std::signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &small);
        const std::vector<std::byte> megabyte(1 << 20);
        const Status status = file.value().write(0, megabyte);
        setrlimit(RLIMIT_FSIZE, &before);
        std::signal(SIGXFSZ, handler);
        REQUIRE(!status.ok());
        CHECK(status.error().code == "io_error");
        CHECK(status.error().message.find("model.part at 65536") != std::string::npos);
    }
    CHECK(folder.names().empty());
}
