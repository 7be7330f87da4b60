#pragma once
// What the agent's protocol server drives: Phonon's engine, or llama.cpp beside it. Both are called in the same
// way, so that a comparison measures the engines and nothing else.

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "phonon/layer_predictor.h"
#include "phonon/memory_report.h"
#include "phonon/model_info.h"
#include "phonon/result.h"
#include "phonon/tokenizer.h"

namespace phonon {

class Timeline;

// How a pack is run. Every stage can be switched off, to see what it is worth.
struct StreamConfig {
    bool predictor = true;      // compute only the neurons that are predicted to fire
    bool bundles = true;        // read a neuron at once; else Gate, then Up and Down of those that fire, one by one
    bool two_phase = false;     // with bundles: read Up and Down only of neurons whose exact Gate fires
    bool cache = true;          // keep neurons from token to token
    bool pipeline = true;       // compute what is in memory while flash reads; else matrix by matrix
    std::string eviction = {};  // "lru", "heat" or "window"; empty: the best known
    int64_t cache_neurons = 0;  // 0: as many as the memory budget leaves room for
    // Neurons that fire for more than this share of tokens are read and evicted by the cluster; from 1 on: none, which
    // is best where they do not fit into half of the cache.
    double hot_frequency = 1;
    bool verify_reads = false;  // compare every neuron that is read with its checksum
    double patience_s = 10;     // flash that does not answer for so long has failed
    int queue_depth = 0;        // reads under way at most; 0: as many as there are buffers for
    int io_core = -1;           // the I/O thread's; -1: any
};

struct LoadConfig {
    std::string path = {};
    int threads = 0;              // 0: one per core of the fastest class ("big" cores)
    std::vector<int> cores = {};  // cores to pin to, one per thread; empty: the fastest ones
    int64_t context = 0;          // tokens of KV cache per sequence; 0: the model's own, at most 4096
    int sequences = 1;            // sequences that can be alive together
    int batch = 512;              // tokens evaluated together in prefill
    std::string activation = {};  // overrides the metadata: "silu", "relu", "drelu", "relu2"; empty: from metadata
    std::string kernels = {};     // instruction-set level to use ("scalar", "avx2", ...); empty: the best there is
    uint64_t memory_bytes = 0;    // for everything the engine holds, page cache included; 0: no limit
    std::string thresholds = {};  // a pack of this model, whose thresholds on activations are to hold in memory too
    StreamConfig stream = {};     // packs
    bool mmap = true;             // llama.cpp: map the file instead of reading it
    bool repack = true;           // llama.cpp: rearrange weights for faster kernels
    bool flash_attention = true;  // llama.cpp: its fused attention
};

// How a pack's neurons are kept and read.
struct StreamReport {
    uint64_t resident_bytes = 0;  // what always stays in memory
    uint64_t cache_bytes = 0;
    int64_t cache_neurons = 0, neurons = 0;  // that fit in the cache, and that there are
    int64_t hot_neurons = 0;                 // that are read and evicted by the cluster
    int64_t hot_slots = 0;                   // of the cache, for them
    std::string eviction;
    int64_t window_tokens = 0;     // that the sliding window holds at first; 0: there is no window
    std::string flash;             // backend of the reads
    int64_t queue_depth = 0;       // reads under way at most
    bool direct = false;           // past the page cache
    std::string reads;             // what one brings of a neuron: "whole", "two-phase" or, without bundles, "parts"
    std::string note;              // why not direct, or why not another backend
    double sparsity = 0;           // share of the neurons below a threshold on their activation; 0: there is none
    double predictor_energy = 0;   // share of the activations' energy that the predictor kept in the profile
    uint64_t predictor_bytes = 0;  // of all layers' predictors, in resident_bytes: what a token reads of them
    int io_core = -1;              // that the I/O thread is pinned to; -1: none
    std::vector<LayerPredictor> predictors = {};  // [layer]
};

struct LoadReport {
    ModelInfo model;
    std::vector<int> cores;  // one per thread, in the threads' order; -1: could not be pinned
    int64_t context = 0;
    std::string kernels;        // the instruction-set level that runs
    uint64_t weight_bytes = 0;  // resident weights, copies included
    uint64_t kv_bytes = 0;
    double load_ms = 0;
    std::optional<StreamReport> stream = {};  // of a pack
    std::vector<std::string> warnings;
    std::optional<MemoryReport> memory;  // not the engine's: filled in by who limits its process
};

struct BatchToken {
    int32_t token = 0;
    int32_t position = 0;  // in its sequence; consecutive from what the KV cache holds
    int32_t sequence = 0;  // [0, LoadConfig::sequences)
    bool logits = false;   // whether its logits are wanted
};

// What streaming did in one eval. Times are means over the compute threads.
struct StreamStep {
    int64_t candidates = 0;  // neurons let through by the predictor, all layers
    int64_t active = 0;      // of them, those that fire
    int64_t hits = 0, misses = 0;
    int64_t hot_hits = 0;  // of the hits, in the cache's hot region
    uint64_t reads = 0, read_bytes = 0;
    double queue_depth = 0;  // reads under way when one is answered, mean; 0: nothing was read
    double predict_ms = 0, cache_ms = 0, compute_ms = 0;
    double stall_ms = 0;                                      // waiting for flash
    std::vector<int32_t> layer_hits = {}, layer_misses = {};  // [layer]
    std::vector<int32_t> layer_hot_hits = {};                 // [layer] of the hits
};

// Wall time of one eval by part, and what it computed. `other` holds embedding, norms and the output head.
// A backend that cannot tell the parts apart leaves attention and ffn at zero and puts all into other.
struct StepReport {
    double attention_ms = 0;
    double ffn_ms = 0;
    double other_ms = 0;
    std::vector<int32_t> active;            // [layer] neurons computed (any token of the batch); empty: unknown
    std::optional<StreamStep> stream = {};  // of a pack
};

// How often neurons fired: layers [layer][bin], summed over tokens. Bin b holds the neurons at positions
// [b * neurons / bins, (b + 1) * neurons / bins) of the pack's order, the hottest first.
struct HeatMap {
    int64_t tokens = 0;
    int64_t neurons = 0;  // of a layer
    std::vector<std::vector<uint32_t>> layers;
};

// Not thread-safe, except for `cancel`, which may be set from any thread and ends an eval within one layer's time
// with the error "cancelled" (the sequences of that batch must then be reset).
class Backend {
  public:
    virtual ~Backend() = default;
    virtual std::string name() const = 0;   // "phonon" or "llama.cpp"
    virtual std::string build() const = 0;  // version or commit of the engine

    // Replaces a model that is loaded. After an error nothing is loaded.
    virtual Result<LoadReport> load(const LoadConfig& config, const std::atomic<bool>& cancel) = 0;
    virtual void unload() = 0;
    virtual const Tokenizer* tokenizer() const = 0;  // null while nothing is loaded

    // Evaluates up to LoadConfig::batch tokens and appends them to their sequences' KV caches. `logits` becomes
    // [tokens with .logits set, in order][vocabulary].
    virtual Result<StepReport> eval(std::span<const BatchToken> tokens, std::vector<float>& logits,
                                    const std::atomic<bool>& cancel) = 0;
    // Forgets what the KV cache holds for a sequence from `position` on (0: all of it).
    virtual void truncate(int32_t sequence, int32_t position) = 0;
    // What the threads that eval uses do; null: it does not tell. Valid until the model is unloaded.
    virtual Timeline* timeline() { return nullptr; }
    // Of the tokens that were evaluated alone since the last call; nothing: no pack is loaded, or there were none.
    virtual std::optional<HeatMap> take_heat() { return std::nullopt; }
};

std::unique_ptr<Backend> make_phonon_backend();

}  // namespace phonon
