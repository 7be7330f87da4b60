// Gate of a synthetic model has full rank: nothing that a low-rank predictor could find.

#include <cmath>

#include "model/model_tensors.h"
#include "packing/symmetric_eigen.h"
#include "streaming_support.h"
#include "synth/signal.h"
#include "synth/synth.h"

using namespace phonon;
using namespace phonon::streaming_test;

namespace {

constexpr int64_t kGateCols = 256, kGateRows = 1024;

std::vector<float> gate_in_floats(const GgufFile& gguf, int64_t layer) {
    const Hyperparameters hp = read_hyperparameters(gguf).value();
    const ModelTensors tensors = read_tensors(gguf, hp).value();
    const TensorView& gate = tensors.layers[static_cast<size_t>(layer)].ffn.front().gate;
    std::vector<float> out(static_cast<size_t>(kGateRows * kGateCols));
    lm_ggml_get_type_traits(static_cast<lm_ggml_type>(gate.type))
        ->to_float(gate.data, out.data(), static_cast<int64_t>(out.size()));
    return out;
}

// Eigenvalues of Gate^T Gate over columns [begin, kGateCols), the largest first, in units of a column's mean one.
std::vector<double> spectrum(const std::vector<float>& gate, int64_t begin) {
    const int64_t n = kGateCols - begin;
    std::vector<double> gram(static_cast<size_t>(n * n));
    for (int64_t row = 0; row < kGateRows; ++row) {
        const float* w = gate.data() + row * kGateCols + begin;
        for (int64_t i = 0; i < n; ++i) {
            for (int64_t j = 0; j < n; ++j) {
                gram[static_cast<size_t>(i * n + j)] += static_cast<double>(w[i]) * static_cast<double>(w[j]);
            }
        }
    }
    double trace = 0;
    for (int64_t i = 0; i < n; ++i) trace += gram[static_cast<size_t>(i * n + i)];
    TaskPool pool({-1});
    std::vector<double> values = symmetric_eigen(std::move(gram), n, pool).values;
    for (double& value : values) value *= static_cast<double>(n) / trace;
    return values;
}

}  // namespace

TEST_CASE("synth rank: every direction of Gate counts, as of a matrix of independent numbers") {
    const TemporaryFolder folder;
    for (const Skew skew : {Skew::bamboo, Skew::independent, Skew::none}) {
        for (const lm_ggml_type type : {LM_GGML_TYPE_F16, LM_GGML_TYPE_Q8_0, LM_GGML_TYPE_Q4_0}) {
            CAPTURE(std::string(to_string(skew)));
            CAPTURE(std::string(lm_ggml_type_name(type)));
            SynthConfig config;
            config.shape = named_shape("tiny").value();
            config.shape.ffn = kGateRows;
            config.type = type;
            config.activation = Activation::relu;
            config.sparsity = 0.9;
            config.skew = skew;
            REQUIRE(config.shape.embedding == kGateCols);
            REQUIRE(synthesise(
                        config, folder.file("m"), true, 2, [](uint64_t, uint64_t) {}, kGoOn)
                        .ok());
            const auto gguf = GgufFile::open(folder.file("m")).value();
            for (int64_t layer = 0; layer < config.shape.layers; ++layer) {
                const std::vector<float> gate = gate_in_floats(*gguf, layer);
                // The eigenvalues of independent numbers lie between (1 -+ sqrt(columns / rows))^2 (Marchenko, Pastur).
                const std::vector<double> random = spectrum(gate, kHeadColumns);
                const double edge = std::sqrt(static_cast<double>(random.size()) / kGateRows);
                CHECK(random.front() < 1.15 * std::pow(1 + edge, 2));
                CHECK(random.back() > 0.85 * std::pow(1 - edge, 2));
                // With the constant's columns, which all hold a row's threshold: one direction more.
                size_t rank = 0;
                for (const double value : spectrum(gate, 0)) rank += value > 1e-3 ? 1 : 0;
                CHECK(rank == random.size() + 1);
            }
        }
    }
}
