#include "engine/cluster_feed_forward.h"

#include <algorithm>
#include <cstring>
#include <thread>

#include "pack/memory_budget.h"

namespace phonon {
namespace {

constexpr uint64_t kWarmTag = uint64_t{1} << 62, kHotTag = uint64_t{1} << 61;
constexpr int kLayerShift = 40;

int64_t largest_block(const std::vector<ClusterLayer>& layers) {
    int64_t bytes = 0;
    for (const ClusterLayer& layer : layers) bytes = std::max(bytes, layer.bundle.block_bytes);
    return bytes;
}

uint32_t large_bytes(const std::vector<ClusterLayer>& layers) {
    return static_cast<uint32_t>(large_read_bytes(largest_block(layers)));
}

}  // namespace

ClusterFeedForward::ClusterFeedForward(const Hyperparameters& hp, std::vector<ClusterLayer> layers,
                                       std::unique_ptr<NeuronCache> cache, std::unique_ptr<Storage> storage,
                                       const Kernels& kernels, TaskPool& pool, const Config& config)
    : hp_(hp),
      kernels_(kernels),
      pool_(pool),
      verify_reads_(config.pipeline.verify_reads),
      layers_(std::move(layers)),
      cache_(std::move(cache)),
      pipeline_(
          hp.embedding, hp.ffn, layers_, *cache_,
          [this](const float* gate, const float* up, float* y, int64_t n) {
              activate(hp_.activation, kernels_, gate, up, y, n);
          },
          kernels, pool, config.pipeline),
      assembly_(hp.ffn, layers_, large_bytes(layers_), config.pipeline.verify_reads),
      ffn_(hp.embedding, hp.ffn, hp.activation, kernels, pool),
      layer_hits_(static_cast<size_t>(hp.layers)),
      layer_misses_(static_cast<size_t>(hp.layers)),
      layer_hot_hits_(static_cast<size_t>(hp.layers)) {
    const auto small = static_cast<size_t>(largest_block(layers_));
    // Every neuron of a layer, or the large blocks of two layers and some.
    const size_t waiting = static_cast<size_t>(hp.ffn) * 3;
    reader_ = std::make_unique<BlockReader>(std::move(storage), static_cast<BlockSink&>(*this),
                                            BlockReader::Config{.small_bytes = small,
                                                                .large_bytes = large_bytes(layers_),
                                                                .most_waiting = waiting,
                                                                .patience = config.patience,
                                                                .core = config.io_core,
                                                                .timeline = config.pipeline.timeline,
                                                                .memory = cache_});
    pipeline_.set_reader(*reader_);
}

// Of every layer the bundles at positions [first, warm_positions()). The hottest get the first slots, so that what the
// cache lends, its last ones, is the coldest.
Status ClusterFeedForward::fill(int64_t first) {
    const int64_t end = warm_positions();
    cache_->begin_step();
    for (int64_t p = first; p < end; ++p) {
        for (int64_t l = 0; l < hp_.layers && cache_->has_empty(); ++l) {
            const int32_t neuron = layers_[static_cast<size_t>(l)].order[static_cast<size_t>(p)];
            if (cache_->slot_of(l, neuron) < 0) cache_->claim(l, neuron);
        }
    }
    for (int64_t l = 0; l < hp_.layers; ++l) {
        const ClusterLayer& layer = layers_[static_cast<size_t>(l)];
        const std::vector<Stretch> reads = stretches(layer.bundle, first, end, large_bytes(layers_));
        warm_missing_.store(static_cast<int64_t>(reads.size()), std::memory_order_release);
        for (const Stretch& read : reads) {
            reader_->want(
                {.offset = layer.bundles_at + static_cast<uint64_t>(read.at),
                 .length = static_cast<uint32_t>(read.bytes),
                 .tag = kWarmTag | static_cast<uint64_t>(l) << kLayerShift | static_cast<uint64_t>(read.first)});
        }
        reader_->go();
        if (!wait_for(warm_missing_)) return reader_->error();
    }
    return {};
}

bool ClusterFeedForward::wait_for(const std::atomic<int64_t>& missing) const {
    while (missing.load(std::memory_order_acquire) > 0 && !reader_->failed()) {
        std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    return !reader_->failed();
}

Status ClusterFeedForward::warm_up() {
    for (int64_t l = 0; l < hp_.layers; ++l) {
        ask_for_clusters(l);
        if (!wait_for(pipeline_.hot_missing())) return reader_->error();
    }
    return fill(0);
}

// The layer's hot clusters that are not in memory, in one read each, so that they come while attention is computed.
void ClusterFeedForward::ask_for_clusters(int64_t layer) {
    std::atomic<int64_t>& missing = pipeline_.hot_missing();
    // Of a token that was given up; what it asked for must not come into frames that others have by then.
    wait_for(missing);
    cache_->use_clusters(layer);
    const ClusterLayer& l = layers_[static_cast<size_t>(layer)];
    const int64_t width = cache_->shape().cluster_neurons;
    for (int32_t rank = 0; rank < cache_->clusters(layer); ++rank) {
        if (cache_->has_cluster(layer, rank)) continue;
        const std::span<const int32_t> order(l.order);
        const int64_t first = rank * width;
        if (cache_->claim_cluster(layer, rank, order.subspan(static_cast<size_t>(first), static_cast<size_t>(width))) <
            0) {
            continue;
        }
        const std::vector<Stretch> reads = stretches(l.bundle, first, first + width, large_bytes(layers_));
        missing.fetch_add(static_cast<int64_t>(reads.size()), std::memory_order_relaxed);
        for (const Stretch& read : reads) {
            reader_->want(
                {.offset = l.bundles_at + static_cast<uint64_t>(read.at),
                 .length = static_cast<uint32_t>(read.bytes),
                 .tag = kHotTag | static_cast<uint64_t>(layer) << kLayerShift | static_cast<uint64_t>(read.first)});
        }
    }
    if (missing.load(std::memory_order_relaxed) > 0) reader_->go();
}

// Copies what was read of a layer into the slots that wait for it.
Status ClusterFeedForward::take(int64_t layer, const Stretch& read, const std::byte* data) {
    const ClusterLayer& l = layers_[static_cast<size_t>(layer)];
    for (int64_t p = read.first; p < read.end; ++p) {
        const int32_t slot = cache_->slot_of(layer, l.order[static_cast<size_t>(p)]);
        if (slot < 0) continue;
        const std::byte* bundle = data + l.bundle.block_at(p) - read.at + l.bundle.in_block(p);
        if (verify_reads_) {
            if (Status status = l.check_bundle(layer, p, bundle); !status) return status;
        }
        std::memcpy(cache_->bytes(slot), bundle, static_cast<size_t>(l.bundle.bytes));
    }
    return {};
}

Status ClusterFeedForward::arrived_warm(uint64_t tag, const std::byte* data) {
    const bool hot = (tag & kHotTag) != 0;
    const auto l = static_cast<int64_t>((tag & (kHotTag - 1)) >> kLayerShift);
    const auto first = static_cast<int64_t>(tag & ((uint64_t{1} << kLayerShift) - 1));
    const int64_t width = cache_->shape().cluster_neurons;
    const int64_t end = hot ? (first / width + 1) * width : warm_positions();
    const Stretch read = stretch_from(layers_[static_cast<size_t>(l)].bundle, first, end, large_bytes(layers_));
    if (Status status = take(l, read, data); !status) return status;
    (hot ? pipeline_.hot_missing() : warm_missing_).fetch_sub(1, std::memory_order_release);
    return {};
}

Status ClusterFeedForward::arrived(uint64_t tag, const std::byte* data) {
    if (LayerAssembly::owns(tag)) return assembly_.arrived(tag, data);
    return (tag & (kWarmTag | kHotTag)) != 0 ? arrived_warm(tag, data) : pipeline_.arrived(tag, data);
}

Status ClusterFeedForward::end_prompt() {
    if (!cache_->has_lent()) return {};
    assembly_.settle(*reader_);
    const int64_t kept = cache_->take_back();
    return fill(kept / hp_.layers);
}

void ClusterFeedForward::begin(int64_t layer, const float*, int64_t m) {
    in_prompt_ = m > 1;
    if (!in_prompt_) {
        ask_for_clusters(layer);
        return;
    }
    if (!cache_->has_lent()) {
        const int64_t slot = cache_->shape().slot_bytes;
        assembly_.use(cache_->lend((2 * assembly_.layer_bytes() + slot - 1) / slot));
    }
    assembly_.ask(layer, *reader_);
    if (layer + 1 < hp_.layers) assembly_.ask(layer + 1, *reader_);
}

Result<int64_t> ClusterFeedForward::run(int64_t layer, const float* x, int64_t m, float* y) {
    if (reader_->failed()) return reader_->error();
    if (in_prompt_) return run_layer(layer, x, m, y);
    if (Status status = end_prompt(); !status) return status.error();
    return run_token(layer, x, y);
}

Result<int64_t> ClusterFeedForward::run_token(int64_t layer, const float* x, float* y) {
    inputs_.assign(x, 1, hp_.embedding, hp_.embedding, pipeline_.input_types(layer), kernels_, pool_);
    auto counts = pipeline_.run(layer, inputs_, y);
    if (!counts) return counts.error();
    const ClusterCounts& c = counts.value();
    for (auto member : {&ClusterCounts::predict_ns, &ClusterCounts::admit_ns, &ClusterCounts::compute_ns,
                        &ClusterCounts::stall_ns, &ClusterCounts::idle_ns}) {
        counts_.*member += c.*member;
    }
    for (auto member :
         {&ClusterCounts::candidates, &ClusterCounts::active, &ClusterCounts::misses, &ClusterCounts::hot_hits}) {
        counts_.*member += c.*member;
    }
    layer_hits_[static_cast<size_t>(layer)] = static_cast<int32_t>(c.candidates - c.misses);
    layer_misses_[static_cast<size_t>(layer)] = static_cast<int32_t>(c.misses);
    layer_hot_hits_[static_cast<size_t>(layer)] = static_cast<int32_t>(c.hot_hits);
    if (layer + 1 == hp_.layers) {
        cache_->next_token();
        ++heat_tokens_;
    }
    return c.active;
}

FfnWeights ClusterFeedForward::assembled_weights(int64_t layer, const AssembledLayer& parts) const {
    const ClusterLayer& l = layers_[static_cast<size_t>(layer)];
    const BundleLayout& bundle = l.bundle;
    ColumnsView columns = l.columns;
    columns.codes = parts.down;
    columns.column_bytes = bundle.down_bytes;
    FfnWeights w;
    w.by_neuron = hp_.activation != Activation::silu || l.firing.above > 0;
    w.firing = l.firing;
    const auto rows = [&](WeightType type, const std::byte* data) {
        return std::move(Weights::prepare({type, data, hp_.ffn, hp_.embedding}, Layout::rows, kernels_, pool_)).value();
    };
    w.gate = rows(bundle.gate_type, parts.gate);
    w.up = rows(bundle.up_type, parts.up);
    w.down = Weights::view(bundle.down_type, hp_.embedding, hp_.ffn, columns);
    w.gate_bias = l.gate_bias;
    w.up_bias = l.up_bias;
    w.down_bias = l.down_bias;
    return w;
}

Result<int64_t> ClusterFeedForward::run_layer(int64_t layer, const float* x, int64_t m, float* y) {
    auto parts = assembly_.wait(layer, *reader_);
    if (!parts) return parts.error();
    const FfnWeights w = assembled_weights(layer, parts.value());
    int64_t computed = 0;
    for (int64_t t = 0; t < m; t += kFfnTokens) {
        const int64_t count = std::min(kFfnTokens, m - t), at = t * hp_.embedding;
        inputs_.assign(x + at, count, hp_.embedding, hp_.embedding, Ffn::input_types(w), kernels_, pool_);
        computed = std::max(computed, ffn_.run(w, inputs_, y + at));
    }
    return computed;
}

HeatMap ClusterFeedForward::take_heat() {
    return {.tokens = std::exchange(heat_tokens_, 0), .neurons = hp_.ffn, .layers = pipeline_.take_heat()};
}

StreamStep ClusterFeedForward::take_step() {
    const double share = 1e-6 / pool_.threads();
    const auto milliseconds_of = [&](uint64_t ns) { return static_cast<double>(ns) * share; };
    const ClusterCounts counts = std::exchange(counts_, {});
    const ReaderCounts now = reader_->counts(), before = std::exchange(seen_, now);
    const uint64_t reads = now.reads - before.reads;
    return {.candidates = counts.candidates,
            .active = counts.active,
            .hits = counts.candidates - counts.misses,
            .misses = counts.misses,
            .hot_hits = counts.hot_hits,
            .reads = reads,
            .read_bytes = now.bytes - before.bytes,
            .queue_depth =
                reads > 0 ? static_cast<double>(now.depth_sum - before.depth_sum) / static_cast<double>(reads) : 0,
            .predict_ms = milliseconds_of(counts.predict_ns),
            .cache_ms = milliseconds_of(counts.admit_ns),
            .compute_ms = milliseconds_of(counts.compute_ns),
            .stall_ms = milliseconds_of(counts.stall_ns),
            .layer_hits = layer_hits_,
            .layer_misses = layer_misses_,
            .layer_hot_hits = layer_hot_hits_};
}

}  // namespace phonon
