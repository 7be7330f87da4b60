// What is read before it is wanted: hot clusters and whole layers, asked for when a layer's attention begins.

#include <mutex>

#include "streamed_layers.h"

using namespace phonon;
using namespace phonon::streaming_test;

namespace {

// Which bytes of the pack were asked for, and reads that are held back.
class ReadRecord {
  public:
    Faults faults() {
        return [this](const ReadRequest& read) {
            const std::lock_guard lock(mutex_);
            reads_.push_back(read);
            const bool held = read.offset >= hold_from_ && read.offset < hold_to_;
            return MemoryStorage::Fault{.until = held ? &released_ : nullptr};
        };
    }
    // Before the first read.
    void hold(uint64_t from, uint64_t to) {
        hold_from_ = from;
        hold_to_ = to;
    }
    void release() { released_ = true; }
    void clear() {
        const std::lock_guard lock(mutex_);
        reads_.clear();
    }
    uint64_t bytes(uint64_t from, uint64_t to) const {
        const std::lock_guard lock(mutex_);
        uint64_t bytes = 0;
        for (const ReadRequest& read : reads_) {
            const bool inside = read.offset >= from && read.offset + read.length <= to;
            bytes += inside ? read.length : 0;
        }
        return bytes;
    }
    // The I/O thread asks when it gets to it. False: it does not.
    bool reaches(uint64_t wanted, uint64_t from, uint64_t to) const {
        for (int i = 0; i < 100'000 && bytes(from, to) < wanted; ++i) {
            std::this_thread::sleep_for(std::chrono::microseconds(100));
        }
        return bytes(from, to) == wanted;
    }

  private:
    mutable std::mutex mutex_;
    std::vector<ReadRequest> reads_;
    uint64_t hold_from_ = 0, hold_to_ = 0;
    std::atomic<bool> released_ = false;
};

struct Section {
    uint64_t from = 0, to = 0;
};
Section section_of(const ClusterLayer& layer, int64_t neurons) {
    return {layer.bundles_at, layer.bundles_at + static_cast<uint64_t>(layer.bundle.section_bytes(neurons))};
}

}  // namespace

TEST_CASE("streaming ahead: a layer's hot clusters are read while its attention is computed, and not again") {
    StreamedLayers setup(LM_GGML_TYPE_F32, 512);
    const auto layers = setup.layers();
    ReadRecord record;
    constexpr int32_t kClusters = 4, kFrames = 6;  // some of each layer's are not there
    const PipelineConfig exact{.predictor = false};
    const auto ffn =
        setup.streamed(record.faults(), {.pipeline = exact}, {.hot_clusters = kClusters, .hot_frames = kFrames}, 512);
    REQUIRE(ffn->warm_up().ok());
    const std::vector<float>& x = setup.x();
    std::vector<float> y(x.size());
    for (int round = 0; round < 4; ++round) {
        const int64_t layer = round % 2;
        CAPTURE(round);
        const auto [from, to] = section_of(layers[static_cast<size_t>(layer)], kClusters * kHotWidth);
        uint64_t missing = 0;
        for (int32_t rank = 0; rank < kClusters; ++rank) {
            if (!ffn->cache().has_cluster(layer, rank)) {
                missing += kHotWidth * static_cast<uint64_t>(layers[0].bundle.block_bytes);
            }
        }
        record.clear();
        ffn->begin(layer, x.data(), 1);
        REQUIRE(missing > 0);
        CHECK(record.reaches(missing, from, to));  // without run()
        CHECK(ffn->run(layer, x.data(), 1, y.data()).ok());
        CHECK(record.bytes(from, to) == missing);
        CHECK(y == setup.expected(layer));
    }
}

TEST_CASE("streaming ahead: a prompt's next layer is asked for before its first is computed, and not waited for") {
    StreamedLayers setup;
    const auto layers = setup.layers();
    const auto [first_from, first_to] = section_of(layers[0], setup.hp().ffn);
    const auto [next_from, next_to] = section_of(layers[1], setup.hp().ffn);
    ReadRecord record;
    record.hold(next_from, next_to);
    const auto ffn = setup.streamed(record.faults());
    const int64_t tokens = 4;
    const auto x = kernel_test::random_values(tokens * setup.hp().embedding, 5);
    std::vector<float> y(x.size());
    ffn->begin(0, x.data(), tokens);
    CHECK(record.reaches(first_to - first_from, first_from, first_to));
    CHECK(record.reaches(next_to - next_from, next_from, next_to));
    CHECK(ffn->run(0, x.data(), tokens, y.data()).ok());  // while none of the next layer has come
    CHECK(y == setup.expected(0, x));
    record.release();
    record.clear();
    ffn->begin(1, x.data(), tokens);
    CHECK(ffn->run(1, x.data(), tokens, y.data()).ok());
    CHECK(record.bytes(next_from, next_to) == 0);
    CHECK(y == setup.expected(1, x));
}
