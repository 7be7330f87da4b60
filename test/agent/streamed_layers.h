#pragma once
// One model's FFNs, in memory and streamed from memory that plays flash.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/cluster_feed_forward.h"
#include "gguf_builder.h"
#include "kernels_support.h"
#include "memory_storage.h"
#include "streaming_support.h"

namespace phonon::streaming_test {

using Faults = MemoryStorage::Faults;

// What its cache is like.
struct CacheKind {
    int64_t slots = 2048;
    std::string eviction = "lru";
    int32_t hot_clusters = 0, hot_frames = 0;  // of each layer; of all layers that have room
};
inline constexpr int64_t kHotWidth = 64;  // neurons of a cluster

class StreamedLayers {
  public:
    explicit StreamedLayers(lm_ggml_type type = LM_GGML_TYPE_Q8_0, int64_t embedding = 256, size_t threads = 2)
        : pool_(std::vector<int>(threads, -1)) {
        const std::string model = relu_model(folder_, type, false, embedding);
        packed_ = pack(model);
        source_ = GgufFile::open(model).value();
        hp_ = read_hyperparameters(*source_).value();
        tensors_ = read_tensors(*source_, hp_).value();
        weights_ = prepare_weights(*source_, tensors_, hp_.activation != Activation::silu, Hold::laid_out, kernels_,
                                   pool_, kGoOn)
                       .value();
        x_ = kernel_test::random_values(hp_.embedding, 4);
    }

    const Hyperparameters& hp() const { return hp_; }
    const Kernels& kernels() const { return kernels_; }
    TaskPool& pool() { return pool_; }
    const std::vector<float>& x() const { return x_; }

    std::vector<std::byte> content() const {
        const std::string file = read_bytes(packed_);
        std::vector<std::byte> content(file.size());
        std::memcpy(content.data(), file.data(), file.size());
        return content;
    }
    // With the thresholds of a cache that holds so much of the model.
    std::vector<ClusterLayer> layers(double share = 1) {
        const auto gguf = GgufFile::open(packed_).value();
        const Pack pack = read_pack(*gguf, hp_).value();
        std::vector<ClusterLayer> layers;
        for (const PackLayer& packed : pack.layers) {
            layers.push_back(make_cluster_layer(packed, hp_, kernels_, pool_).value());
            layers.back().thresholds =
                choose_thresholds(packed.estimates, packed.statistics.bin_width, share, pack.energy_share, kReadCost);
        }
        return layers;
    }

    std::unique_ptr<ClusterFeedForward> streamed(Faults faults, const ClusterFeedForward::Config& config,
                                                 const CacheKind& kind, size_t alignment) {
        auto of_pack = layers(static_cast<double>(kind.slots) / static_cast<double>(hp_.layers * hp_.ffn));
        HotClusters hot;
        if (kind.hot_clusters > 0) {
            const std::vector<int32_t> each(static_cast<size_t>(hp_.layers), kind.hot_clusters);
            hot = HotClusters(each, kind.hot_frames, 1);
        }
        const auto cold = static_cast<int32_t>(kind.slots);
        auto order = kind.eviction == "heat"     ? make_heat_order(cold, frequencies(of_pack), {.recent_weight = 0.5f})
                     : kind.eviction == "window" ? make_window(cold, 2)
                                                 : make_lru(cold);
        auto cache = std::make_unique<NeuronCache>(NeuronCache::Shape{.layers = hp_.layers,
                                                                      .neurons = hp_.ffn,
                                                                      .slot_bytes = of_pack[0].bundle.slot_bytes(),
                                                                      .slots = cold + hot.frames() * kHotWidth,
                                                                      .cluster_neurons = kHotWidth},
                                                   std::move(order), std::move(hot));
        return std::make_unique<ClusterFeedForward>(
            hp_, std::move(of_pack), std::move(cache),
            std::make_unique<MemoryStorage>(content(), 16, std::move(faults), alignment), kernels_, pool_, config);
    }
    // Everything is read for every token.
    std::unique_ptr<ClusterFeedForward> streamed(Faults faults, ClusterFeedForward::Config config = {},
                                                 size_t alignment = 4096) {
        config.pipeline.predictor = false;
        config.pipeline.cache = false;
        return streamed(std::move(faults), config, {}, alignment);
    }

    // Of layer 1.
    Result<std::vector<float>> token(ClusterFeedForward& ffn) {
        std::vector<float> y(static_cast<size_t>(hp_.embedding));
        ffn.begin(0, x_.data(), 1);
        if (auto done = ffn.run(0, x_.data(), 1, y.data()); !done) return done.error();
        if (auto done = ffn.run(1, x_.data(), 1, y.data()); !done) return done.error();
        return y;
    }
    // A prompt of four tokens through layer 0.
    Status prompt(ClusterFeedForward& ffn) {
        const std::vector<float> x(static_cast<size_t>(4 * hp_.embedding), 0.5f);
        std::vector<float> y(x.size());
        ffn.begin(0, x.data(), 4);
        if (auto done = ffn.run(0, x.data(), 4, y.data()); !done) return done.error();
        return {};
    }
    // One that is given up when its first layers have been asked for.
    void begin_prompt(ClusterFeedForward& ffn) {
        const std::vector<float> prompt(static_cast<size_t>(4 * hp_.embedding), 0.5f);
        ffn.begin(0, prompt.data(), 4);
    }
    // Of the model in memory.
    std::vector<float> expected(int64_t layer = 1) { return expected(layer, x_); }
    // [token] likewise.
    std::vector<float> expected(int64_t layer, const std::vector<float>& x) {
        ResidentFeedForward ffn(hp_, weights_, kernels_, pool_);
        std::vector<float> y(x.size());
        const int64_t tokens = static_cast<int64_t>(x.size()) / hp_.embedding;
        ffn.begin(layer, x.data(), tokens);
        REQUIRE(ffn.run(layer, x.data(), tokens, y.data()).ok());
        return y;
    }

  private:
    // As if the hotter half fired for 60 % of the tokens, the others for 40 %.
    std::vector<float> frequencies(const std::vector<ClusterLayer>& layers) const {
        std::vector<float> frequency;
        for (const ClusterLayer& layer : layers)
            for (const int32_t position : layer.position) frequency.push_back(position < hp_.ffn / 2 ? 0.6f : 0.4f);
        return frequency;
    }

    TemporaryFolder folder_;
    std::string packed_;
    std::unique_ptr<GgufFile> source_;
    Hyperparameters hp_;
    ModelTensors tensors_;
    const Kernels& kernels_ = *best_kernels();
    TaskPool pool_;
    ModelWeights weights_;
    std::vector<float> x_;
};

}  // namespace phonon::streaming_test
