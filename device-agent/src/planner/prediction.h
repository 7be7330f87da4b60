#pragma once
// What a run from a pack will take, foreseen: time by part and memory by part.

#include <string>

#include "pack/memory_budget.h"
#include "planner/activity.h"
#include "planner/device_costs.h"
#include "planner/model_sizes.h"
#include "planner/reuse.h"

namespace phonon {

// What is known of device and model; borrowed.
struct Known {
    const DeviceCosts& device;
    const ModelSizes& model;
    const Activity& activity;
    const Reuse& reuse;
};

// Stages of streaming, each of which can be left out (StreamConfig of phonon/backend.h).
struct Stages {
    bool predictor = true, bundle = true, cache = true, pipeline = true;
};

// What is chosen.
struct Choice {
    int threads = 1;
    bool io_core_free = false;  // the I/O thread has a core that computes nothing
    int64_t depth = 64;         // reads under way at most
    int64_t context = 4096, batch = 512;
    int64_t prompt = 128;     // tokens, and the same number again is decoded
    int64_t slots = 0;        // neurons that the cache holds
    bool gate_first = false;  // Up and Down are read only of neurons whose Gate fires
    std::string eviction = "heat";
    Stages stages = {};
};

// Of a token, in milliseconds and neurons of all layers.
struct DecodePrediction {
    double attention_ms = 0, other_ms = 0, predict_ms = 0, cache_ms = 0, compute_ms = 0;
    double flash_ms = 0;  // flash is reading
    double stall_ms = 0;  // of it, with nothing left to compute
    double token_ms = 0;
    double tokens_per_s = 0;
    double let_through = 0, misses = 0, hit_rate = 0;
    double active = 0;  // of those let through, that fire
    double reads = 0, read_bytes = 0;
};

struct PrefillPrediction {
    double ms = 0, tokens_per_s = 0;
    double ttft_ms = 0;  // until the first token is chosen
    double compute_ms = 0, flash_ms = 0;
};

struct MemoryPrediction {
    MemoryUse use;  // what the budget sets aside
    uint64_t cache = 0;
    uint64_t peak = 0;  // of what will be used
};

// What a token wants of the cache, all of it computed and read with the stages that there are.
CacheUse predict_cache(const Known& known, const Choice& choice, const std::string& eviction);
DecodePrediction predict_decode(const Known& known, const Choice& choice);
PrefillPrediction predict_prefill(const Known& known, const Choice& choice);
MemoryPrediction predict_memory(const Known& known, const Choice& choice);

// Computing a layer of so many tokens, and reading it, in milliseconds, the mean over the layers: prefill hides the
// second behind the first.
double layer_compute_ms(const Known& known, int64_t tokens);
double layer_read_ms(const Known& known);

}  // namespace phonon
