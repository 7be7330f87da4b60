// What packing takes of memory: one layer's, however many layers there are.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "engine_support.h"
#include "streaming_support.h"
#include "synth/synth.h"

using namespace phonon;
using namespace phonon::streaming_test;

namespace {

constexpr int64_t kPackedWidth = 512, kPackedNeurons = 4096;
constexpr int64_t kPackedLayerBytes =
    (3 * kPackedNeurons + 4 * kPackedWidth) * kPackedWidth * 2;  // in F16: FFN and attention

std::string synth_of_layers(const TemporaryFolder& folder, int64_t layers) {
    SynthConfig config;
    config.shape = {.name = "deep",
                    .architecture = "llama",
                    .layers = layers,
                    .embedding = kPackedWidth,
                    .ffn = kPackedNeurons,
                    .heads = 8,
                    .kv_heads = 8,
                    .head_dim = 64,
                    .vocabulary = 512};
    config.type = LM_GGML_TYPE_F16;
    config.activation = Activation::relu;
    config.sparsity = 0.9;
    const std::string path = folder.file(std::to_string(layers) + ".gguf");
    REQUIRE(synthesise(
                config, path, true, 2, [](uint64_t, uint64_t) {}, kGoOn)
                .ok());
    return path;
}

// Bytes of a line of /proc/self/status.
int64_t own_status(const std::string& name) {
    std::ifstream lines("/proc/self/status");
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(name + ":")) return std::stoll(line.substr(name.size() + 1)) << 10;
    }
    return -1;
}

// Packs in a process of its own, and tells by how much its resident memory, mapped files included, grew at most.
int64_t packing_peak(const PackConfig& config) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        std::ofstream("/proc/self/clear_refs") << 5 << std::flush;  // the peak begins here
        const int64_t before = own_status("VmRSS");
        const auto report = pack_model(
            config, [](const PackProgress&) {}, kGoOn);
        const int64_t grown = report.ok() ? own_status("VmHWM") - before : -1;
        ::_exit(::write(ends[1], &grown, sizeof grown) == sizeof grown ? 0 : 1);
    }
    ::close(ends[1]);
    int64_t grown = -1;
    const bool told = ::read(ends[0], &grown, sizeof grown) == sizeof grown;
    ::close(ends[0]);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    REQUIRE(told);
    return grown;
}

}  // namespace

TEST_CASE("pack memory: three times as many layers take no more of it") {
    if (kSanitized) return;  // which keeps what was freed
    const TemporaryFolder folder;
    std::string text;
    for (int i = 0; i < 100; ++i) text += "Once upon a time there was a fox " + std::to_string(i) + ". ";
    const auto packed = [&](int64_t layers) {
        const std::string model = synth_of_layers(folder, layers);
        return packing_peak(config_of(model, model + ".pack", {.text = text}));
    };
    const int64_t few = packed(3), many = packed(9);
    MESSAGE("peak of 3 layers: ", few >> 20, " MiB, of 9: ", many >> 20, " MiB; a layer has ", kPackedLayerBytes >> 20);
    CHECK(few > kPackedLayerBytes);  // a layer, and what it is computed with
    // Six more layers have six times that; their attention alone, 12 MiB.
    CHECK(many - few < kPackedLayerBytes / 2);
}
