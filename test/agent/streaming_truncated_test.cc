// A pack that loses its end while a run reads it.

#include <filesystem>

#include "pack/pack_file.h"
#include "streaming_support.h"

using namespace phonon;
using namespace phonon::streaming_test;

TEST_CASE("streaming truncated: a pack cut off between two tokens fails the next one in its middle, and says so") {
    const TemporaryFolder folder;
    const std::string packed = pack(relu_model(folder, LM_GGML_TYPE_Q8_0));
    uint64_t last_layer = 0;
    {
        const auto gguf = GgufFile::open(packed).value();
        last_layer = read_pack(*gguf, read_hyperparameters(*gguf).value()).value().layers[1].bundles_at;
    }
    for (const StreamConfig& stream :
         {StreamConfig{.predictor = false, .cache = false}, StreamConfig{.cache = false, .pipeline = false},
          StreamConfig{.bundles = false, .cache = false}}) {
        CAPTURE(stream.pipeline);
        CAPTURE(stream.bundles);
        const std::string cut = folder.file("cut.pack");
        std::filesystem::copy_file(packed, cut, std::filesystem::copy_options::overwrite_existing);
        const Loaded loaded = load({.path = cut, .stream = stream});
        std::vector<float> logits;
        const auto token = [&](int32_t position) {
            const BatchToken one{.token = 100, .position = position, .logits = true};
            return loaded.backend->eval({&one, 1}, logits, kGoOn);
        };
        CHECK(token(0).ok());
        std::filesystem::resize_file(cut, last_layer);
        for (int32_t again = 0; again < 2; ++again) {
            const auto failed = token(1);
            REQUIRE_FALSE(failed.ok());
            CHECK(failed.error().code == "io_error");
            CHECK(failed.error().message.find("the file ends before") != std::string::npos);
        }
    }
}

TEST_CASE("streaming truncated: so does a prompt, whose layers are read ahead") {
    const TemporaryFolder folder;
    const std::string packed = pack(relu_model(folder, LM_GGML_TYPE_Q8_0));
    const Loaded loaded = load({.path = packed});
    uint64_t first_layer = 0;
    {
        const auto gguf = GgufFile::open(packed).value();
        first_layer = read_pack(*gguf, read_hyperparameters(*gguf).value()).value().layers[0].bundles_at;
    }
    std::filesystem::resize_file(packed, first_layer);
    std::vector<BatchToken> prompt;
    for (int32_t i = 0; i < 9; ++i) prompt.push_back({.token = 100 + i, .position = i, .logits = i == 8});
    std::vector<float> logits;
    const auto failed = loaded.backend->eval(prompt, logits, kGoOn);
    REQUIRE_FALSE(failed.ok());
    CHECK(failed.error().code == "io_error");
    CHECK(failed.error().message.find("the file ends before") != std::string::npos);
}
