// What a pack says of how often neurons fire, against activations that are recorded and counted one by one.

#include <array>

#include "pack/pack_file.h"
#include "packing/pack_source.h"
#include "packing/profile_tokens.h"
#include "streaming_support.h"

using namespace phonon;
using namespace phonon::streaming_test;

namespace {

using Fires = std::vector<std::vector<bool>>;  // [token][neuron]

// A model's FFNs, which computes gates once more and keeps which are positive.
class FiringRecorder : public FeedForward {
  public:
    explicit FiringRecorder(PackSource& source)
        : source_(source), ffn_(source.hp, source.weights, *source.kernels, *source.pool) {
        layers.resize(static_cast<size_t>(source.hp.layers));
    }
    void begin(int64_t layer, const float* x, int64_t m) override { ffn_.begin(layer, x, m); }
    void keep(std::span<const int64_t> kept) override { ffn_.keep(kept); }
    Result<int64_t> run(int64_t layer, const float* x, int64_t m, float* y) override {
        const Weights& w = source_.weights.layers[static_cast<size_t>(layer)].ffn.front().gate;
        const std::array types{w.type()};
        const int64_t neurons = source_.hp.ffn;
        Inputs inputs;
        inputs.assign(x, m, source_.hp.embedding, source_.hp.embedding, types, *source_.kernels, *source_.pool);
        std::vector<float> gates(static_cast<size_t>(m * neurons));
        const Product product{&w, gates.data(), neurons};
        multiply({&product, 1}, inputs, *source_.kernels, *source_.pool);
        for (int64_t t = 0; t < m; ++t) {
            std::vector<bool>& fires = layers[static_cast<size_t>(layer)].emplace_back();
            for (int64_t i = 0; i < neurons; ++i) fires.push_back(gates[static_cast<size_t>(t * neurons + i)] > 0);
        }
        return ffn_.run(layer, x, m, y);
    }

    std::vector<Fires> layers;

  private:
    PackSource& source_;
    ResidentFeedForward ffn_;
};

// All sequences side by side, a step of all of them after the other: batches of tokens as a server would have them.
std::vector<Fires> record_firing(const PackConfig& config, int64_t& steps) {
    PackSource source;
    REQUIRE(open_source(config, kGoOn, source).ok());
    const auto tokens = choose_tokens(
        config, source, [](int64_t) {}, kGoOn);
    REQUIRE(tokens.ok());
    steps = tokens.value().steps;
    KvCache cache;
    REQUIRE(cache
                .allocate({.layers = source.hp.layers,
                           .sequences = kProfileSequences,
                           .context = steps,
                           .kv_heads = source.hp.kv_heads,
                           .head_dim = source.hp.head_dim})
                .ok());
    FiringRecorder recorder(source);
    Transformer transformer(source.hp, source.weights, recorder, cache, *source.kernels, *source.pool);
    std::vector<float> logits;
    for (int64_t step = 0; step < steps; ++step) {
        const auto batch = profile_step(tokens.value(), step);
        REQUIRE(transformer.eval(batch, logits, kGoOn).ok());
    }
    return recorder.layers;
}

// The share of the batches of so many tokens in which a neuron fires for any.
double share_of_batches(const Fires& fires, size_t neuron, size_t batch) {
    size_t fired = 0, batches = 0;
    for (size_t begin = 0; begin < fires.size(); begin += batch, ++batches) {
        bool any = false;
        for (size_t t = begin; t < begin + batch; ++t) any = any || fires[t][neuron];
        fired += any ? 1 : 0;
    }
    return static_cast<double>(fired) / static_cast<double>(batches);
}

}  // namespace

TEST_CASE("profile counts: a pack's frequencies at batch 1 to 32 are those of recorded activations, neuron by neuron") {
    const TemporaryFolder folder;
    const std::string model = relu_model(folder, LM_GGML_TYPE_Q8_0);
    std::string text;
    for (int i = 0; i < 60; ++i) text += "Once upon a time there was a fox " + std::to_string(i) + ". ";
    for (const std::string& given : {std::string(), text}) {
        CAPTURE(given.empty());
        const PackConfig config = config_of(model, folder.file("m.pack"), {.text = given});
        const PackReport report = pack_report(config);
        const auto gguf = GgufFile::open(config.out).value();
        const Pack packed = read_pack(*gguf, read_hyperparameters(*gguf).value()).value();
        int64_t steps = 0;
        const std::vector<Fires> layers = record_firing(config, steps);
        CHECK(packed.profiled_tokens == steps * kProfileSequences);
        CHECK(packed.profile_source == (given.empty() ? "written by the model" : "text"));
        CHECK(report.profile_source == packed.profile_source);
        REQUIRE(layers.size() == packed.layers.size());
        for (size_t l = 0; l < layers.size(); ++l) {
            const Fires& fires = layers[l];
            REQUIRE(fires.size() == static_cast<size_t>(packed.profiled_tokens));
            const size_t neurons = fires.front().size();
            for (size_t b = 0; b < kProfiledBatches.size(); ++b) {
                const auto batch = static_cast<size_t>(kProfiledBatches[b]);
                size_t others = 0;
                for (size_t i = 0; i < neurons; ++i) {
                    others += packed.layers[l].frequency[b * neurons + i] !=
                              static_cast<float>(share_of_batches(fires, i, batch));
                }
                CAPTURE(l);
                CAPTURE(batch);
                CHECK(others == 0);
            }
        }
    }
}
