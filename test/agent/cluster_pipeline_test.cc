// The cluster pipeline and the matrix-level mode that it is compared with: what is computed while a read is missing.

#include "pipeline/cluster_pipeline.h"

#include <thread>

#include "engine/ffn.h"
#include "streamed_layers.h"

using namespace phonon;
using namespace phonon::streaming_test;

namespace {

enum class Held { nothing, first, rest };  // a read of what is read first, or of what is read of firing neurons alone

// Waits long enough for any machine; false: in vain.
bool until(const std::function<bool()>& holds) {
    for (int i = 0; i < 200'000 && !holds(); ++i) std::this_thread::sleep_for(std::chrono::microseconds(100));
    return holds();
}

// One token through one layer's pipeline, from flash that may hold one read back.
class OneLayer {
  public:
    OneLayer(StreamedLayers& setup, const PipelineConfig& config, Held hold)
        : setup_(setup),
          layers_(setup.layers()),
          cache_({.layers = setup.hp().layers,
                  .neurons = setup.hp().ffn,
                  .slot_bytes = layers_[0].bundle.slot_bytes(),
                  .slots = setup.hp().ffn},
                 make_lru(static_cast<int32_t>(setup.hp().ffn))),
          timeline_(setup.pool().threads()),
          pipeline_(
              setup.hp().embedding, setup.hp().ffn, layers_, cache_,
              [this](const float* gate, const float* up, float* y, int64_t n) {
                  activate(setup_.hp().activation, setup_.kernels(), gate, up, y, n);
                  activated_ += n;
              },
              setup.kernels(), setup.pool(), with(config, &timeline_)),
          reader_(std::make_unique<MemoryStorage>(
                      setup.content(), 16, [this, hold](const ReadRequest& read) { return fault(read, hold); }, 512),
                  pipeline_, readers(layers_[0].bundle, timeline_)) {
        pipeline_.set_reader(reader_);
        inputs_.assign(setup.x().data(), 1, setup.hp().embedding, setup.hp().embedding, pipeline_.input_types(0),
                       setup.kernels(), setup.pool());
        timeline_.begin(Clock::now());
        token_ = std::thread([this] {
            counts_ = pipeline_.run(0, inputs_, y_.data());
            done_ = true;
        });
    }
    ~OneLayer() { finish(); }

    // The layer's sum.
    std::vector<float> finish() {
        release_ = true;
        if (token_.joinable()) token_.join();
        return y_;
    }
    const ClusterCounts& counts() const { return counts_.value(); }
    int64_t reads() const { return static_cast<int64_t>(reader_.counts().reads); }
    int64_t activated() const { return activated_; }
    bool done() const { return done_; }

    // Until so many reads have been handed over, and every thread has looked for work twice since.
    bool idle_after(int64_t count) const {
        if (!until([&] { return reads() >= count; })) return false;
        for (int i = 0; i < 2; ++i) {
            const std::vector<uint32_t> before = ends();
            const auto all_moved = [&] {
                const std::vector<uint32_t> now = ends();
                return std::equal(now.begin(), now.end(), before.begin(), std::greater<>());
            };
            if (!until(all_moved)) return false;
        }
        return true;
    }

  private:
    static PipelineConfig with(PipelineConfig config, Timeline* timeline) {
        config.predictor = config.cache = false;
        config.timeline = timeline;
        return config;
    }
    static BlockReader::Config readers(const BundleLayout& bundle, Timeline& timeline) {
        const auto block = static_cast<size_t>(bundle.block_bytes);
        return {.small_bytes = block,
                .large_bytes = block,
                .most_waiting = 4096,
                .patience = std::chrono::minutes(2),
                .timeline = &timeline};
    }
    MemoryStorage::Fault fault(const ReadRequest& read, Held hold) {
        const BundleLayout& bundle = layers_[0].bundle;
        const uint64_t in_block = (read.offset - layers_[0].bundles_at) % static_cast<uint64_t>(bundle.block_bytes);
        const bool is_rest = in_block >= static_cast<uint64_t>(bundle.gate_bytes);
        if (hold == Held::nothing || is_rest != (hold == Held::rest) || held_) return {};
        held_ = true;
        return {.until = &release_};
    }
    // [row] when what its thread recorded last ends.
    std::vector<uint32_t> ends() const {
        TokenTimeline seen;
        timeline_.copy(seen);
        std::vector<uint32_t> ends;
        for (const auto& row : seen.rows) ends.push_back(row.empty() ? 0 : row.back().end_us);
        return ends;
    }

    StreamedLayers& setup_;
    std::vector<ClusterLayer> layers_;
    NeuronCache cache_;
    Timeline timeline_;
    std::atomic<int64_t> activated_ = 0;
    std::atomic<bool> release_ = false, done_ = false;
    bool held_ = false;  // the I/O thread's
    ClusterPipeline pipeline_;
    BlockReader reader_;
    Inputs inputs_;
    std::vector<float> y_ = std::vector<float>(setup_.x().size());
    Result<ClusterCounts> counts_ = ClusterCounts{};
    std::thread token_;
};

}  // namespace

TEST_CASE("cluster pipeline: clusters are computed while a read is missing, and none are in the matrix-level mode") {
    StreamedLayers setup(LM_GGML_TYPE_F32, 512);  // neurons take a block each
    const auto expected = setup.expected(0);
    struct Case {
        std::string reads;
        PipelineConfig config;
        std::vector<Held> holds;
    };
    const std::vector<Case> cases = {{"whole", {}, {Held::first}},
                                     {"two-phase", {.two_phase = true}, {Held::first, Held::rest}},
                                     {"parts", {.bundles = false}, {Held::first, Held::rest}}};
    for (const Case& one : cases)
        for (const Held hold : one.holds) {
            const std::string held = hold == Held::rest ? "of a neuron that fires" : "of what is read first";
            CAPTURE(one.reads);
            CAPTURE(held);
            PipelineConfig config = one.config;
            OneLayer unheld(setup, config, Held::nothing);
            CHECK(unheld.finish() == expected);
            CHECK(unheld.activated() == unheld.counts().active);

            OneLayer pipelined(setup, config, hold);
            CHECK(until([&] { return pipelined.activated() > 0 || pipelined.done(); }));
            CHECK_FALSE(pipelined.done());
            CHECK(pipelined.finish() == expected);

            // All reads of the matrix but one are there, and nobody begins.
            config.overlap = false;
            OneLayer by_matrix(setup, config, hold);
            CHECK(by_matrix.idle_after((hold == Held::rest ? unheld.reads() : setup.hp().ffn) - 1));
            CHECK(by_matrix.activated() == 0);
            CHECK_FALSE(by_matrix.done());
            CHECK(by_matrix.finish() == expected);
            CHECK(by_matrix.reads() == unheld.reads());
            CHECK(by_matrix.activated() == by_matrix.counts().active);
        }
}
