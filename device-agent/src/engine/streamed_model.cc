#include "engine/streamed_model.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "engine/available_memory.h"
#include "engine/hot_set.h"
#include "engine/profiled_reuse.h"
#include "flash/open_storage.h"
#include "flash/page_cache.h"
#include "pack/memory_budget.h"
#include "pack/packed_predictor.h"

namespace phonon {
namespace {

std::vector<float> bias(const TensorView& view) {
    std::vector<float> values(static_cast<size_t>(view ? view.cols : 0));
    if (view) std::memcpy(values.data(), view.data, view.bytes);
    return values;
}

// Memory of this process that is its own: no pages of files.
uint64_t own_memory() {
    std::ifstream statm("/proc/self/statm");
    uint64_t all = 0, resident = 0, shared = 0;
    statm >> all >> resident >> shared;
    return (resident - std::min(resident, shared)) * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

// What was copied is not wanted twice. That pages stay is no error: they can be taken away when memory is short.
void leave_page_cache(const GgufFile& gguf) {
    gguf.file().release(gguf.file().bytes());
    const int fd = ::open(gguf.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    ::close(fd);
}

Result<int64_t> divide(const LoadConfig& config, const Hyperparameters& hp, const ModelTensors& tensors,
                       const std::vector<ClusterLayer>& layers, const KvShape& kv, int64_t slot_bytes) {
    int64_t largest_block = 0;
    for (const ClusterLayer& layer : layers) largest_block = std::max(largest_block, layer.bundle.block_bytes);
    const MemoryUse use = memory_use(hp, {.held_bytes = own_memory(),
                                          .kv_bytes = kv.bytes(),
                                          .tokens = kv.context * kv.sequences,
                                          .sequences = kv.sequences,
                                          .batch = config.batch,
                                          .embedding_bytes = tensors.embedding.bytes,
                                          .largest_block = largest_block});
    const uint64_t most = config.memory_bytes > 0 ? config.memory_bytes : use.fixed() + available_memory();
    return cache_slots(hp, use, slot_bytes, most, config.stream.cache_neurons, config.path);
}

// `window`: of the order of that name.
Result<std::unique_ptr<EvictionOrder>> make_order(const LoadConfig& config, const Pack& pack, int64_t slots,
                                                  int64_t window) {
    const auto count = static_cast<int32_t>(slots);
    if (config.stream.eviction == "lru") return make_lru(count);
    if (config.stream.eviction == "window") return make_window(count, window);
    if (!config.stream.eviction.empty() && config.stream.eviction != "heat") {
        return Error{"bad_request", "eviction '" + config.stream.eviction + "' is not known; lru, heat and window are"};
    }
    std::vector<float> frequency;
    double again = 0;
    for (const PackLayer& layer : pack.layers) {
        again += persistence(layer) / static_cast<double>(pack.layers.size());
        frequency.insert(frequency.end(), layer.frequency.begin(),
                         layer.frequency.begin() + static_cast<std::ptrdiff_t>(layer.order.size()));
    }
    return make_heat_order(count, std::move(frequency), {.recent_weight = recent_weight_of(again)});
}

}  // namespace

Result<std::unique_ptr<ClusterFeedForward>> open_streamed(const GgufFile& gguf, const Hyperparameters& hp,
                                                          const ModelTensors& tensors, const LoadConfig& config,
                                                          const Kernels& kernels, TaskPool& pool, const KvShape& kv,
                                                          Timeline& timeline, LoadReport& report) {
    auto pack = read_pack(gguf, hp);
    if (!pack) return pack.error();
    if (config.stream.verify_reads) {
        if (Status status = verify_pack(gguf, Verified::resident); !status) return status.error();
    }
    StreamReport stream;
    std::vector<ClusterLayer> layers;
    int64_t slot_bytes = 0;
    for (int64_t l = 0; l < hp.layers; ++l) {
        const PackLayer& packed = pack.value().layers[static_cast<size_t>(l)];
        const LayerTensors& own = tensors.layers[static_cast<size_t>(l)];
        auto made = make_cluster_layer(packed, hp, kernels, pool);
        if (!made) return made.error();
        ClusterLayer layer = std::move(made).value();
        layer.gate_bias = bias(own.gate_bias);
        for (size_t i = 0; i < layer.gate_bias.size(); ++i) layer.estimate_bias[i] += layer.gate_bias[i];
        layer.up_bias = bias(own.up_bias);
        layer.down_bias = bias(own.down_bias);
        slot_bytes = std::max(slot_bytes, layer.bundle.slot_bytes());
        stream.resident_bytes += layer.resident_bytes();
        stream.predictor_bytes += layer.predictor_bytes;
        stream.predictors.push_back(packed_predictor(packed).described());
        if (pack.value().has_thresholds()) {
            stream.sparsity += (1 - packed.statistics.active) / static_cast<double>(hp.layers);
        }
        layers.push_back(std::move(layer));
    }
    gguf.file().expect_scattered({tensors.embedding.data, tensors.embedding.bytes});

    const auto divided = divide(config, hp, tensors, layers, kv, slot_bytes);
    if (!divided) return divided.error();
    const int64_t slots = divided.value();
    const double share = config.stream.cache ? static_cast<double>(slots) / static_cast<double>(hp.layers * hp.ffn) : 0;
    for (size_t l = 0; l < layers.size(); ++l) {
        const PackLayer& packed = pack.value().layers[l];
        layers[l].thresholds = choose_thresholds(packed.estimates, packed.statistics.bin_width, share,
                                                 pack.value().energy_share, kReadCost);
        stream.predictor_energy += layers[l].thresholds.energy / static_cast<double>(hp.layers);
    }
    if (config.stream.eviction == "window") {
        stream.window_tokens = window_tokens(pack.value(), config.stream.predictor, slots);
    }
    // What forgets every neuron has no hot ones, and a sliding window is all that LLM in a flash has.
    const bool has_hot = config.stream.cache && config.stream.eviction != "window" && config.stream.hot_frequency < 1;
    HotSet hot = has_hot ? choose_hot_set(pack.value(), config.stream.hot_frequency, slots) : HotSet{};
    const int64_t hot_slots = hot.clusters.frames() * hot.cluster_neurons;
    auto order = make_order(config, pack.value(), slots - hot_slots, stream.window_tokens);
    if (!order) return order.error();
    // Whether reads are direct is seen by the page cache: what was read of the pack must have left it.
    leave_page_cache(gguf);
    const int depth = config.stream.queue_depth;
    auto storage = open_storage(config.path, {.depth = depth > 0 ? static_cast<size_t>(depth) : kMostQueueDepth});
    if (!storage) return storage.error();
    const FlashFacts facts = storage.value()->facts();
    auto cache = std::make_unique<NeuronCache>(NeuronCache::Shape{.layers = hp.layers,
                                                                  .neurons = hp.ffn,
                                                                  .slot_bytes = slot_bytes,
                                                                  .slots = slots,
                                                                  .cluster_neurons = hot.cluster_neurons},
                                               std::move(order).value(), std::move(hot.clusters));
    stream.cache_bytes = static_cast<uint64_t>(slots * slot_bytes);
    stream.cache_neurons = slots;
    stream.hot_neurons = hot.neurons;
    stream.hot_slots = hot_slots;
    stream.neurons = hp.layers * hp.ffn;
    stream.eviction = config.stream.eviction.empty() ? "heat" : config.stream.eviction;
    stream.flash = facts.backend;
    stream.queue_depth = static_cast<int64_t>(facts.depth);
    stream.direct = facts.direct;
    stream.reads = !config.stream.bundles ? "parts" : config.stream.two_phase ? "two-phase" : "whole";
    stream.note = facts.note;
    if (!facts.direct) {
        report.warnings.push_back(
            "neurons are read through the page cache, which the memory budget does not know of: " + facts.note);
    }

    const bool every = hp.activation == Activation::silu && !pack.value().has_thresholds();
    ClusterFeedForward::Config ffn;
    ffn.pipeline = {.bundles = config.stream.bundles,
                    .two_phase = config.stream.two_phase,
                    .cache = config.stream.cache,
                    .overlap = config.stream.pipeline,
                    .predictor = config.stream.predictor && !every,
                    .verify_reads = config.stream.verify_reads,
                    .timeline = &timeline};
    ffn.io_core = config.stream.io_core;
    ffn.patience = std::chrono::milliseconds(static_cast<int64_t>(config.stream.patience_s * 1000));
    auto streamed = std::make_unique<ClusterFeedForward>(hp, std::move(layers), std::move(cache),
                                                         std::move(storage).value(), kernels, pool, ffn);
    if (Status status = streamed->warm_up(); !status) return status.error();
    stream.io_core = streamed->reader().core();
    if (stream.io_core != config.stream.io_core) {
        report.warnings.push_back("the I/O thread could not be pinned to core " +
                                  std::to_string(config.stream.io_core) + ": it may run on any");
    }
    report.stream = stream;
    return streamed;
}

}  // namespace phonon
