#pragma once
// What of a model decides how fast it decodes and how much memory it takes, read from its GGUF or its pack.

#include <optional>
#include <string>
#include <vector>

#include "model/gguf_file.h"
#include "model/hyperparameters.h"
#include "pack/bundle_layout.h"
#include "pack/memory_budget.h"
#include "planner/activity.h"

namespace phonon {

// Matrices of one format, all of which every token multiplies.
struct DenseWeights {
    WeightType type = WeightType::f32;
    int64_t weights = 0;
    int64_t bytes = 0;  // as they lie in memory
};

// Layers whose neurons lie alike. K-quantised files often have finer Down matrices in some of their layers.
struct LayerKind {
    BundleLayout bundle;
    int64_t layers = 0;
};

struct ModelSizes {
    std::string name;  // of the file
    Hyperparameters hp;
    std::vector<DenseWeights> attention;  // all layers, by format
    DenseWeights head;
    std::vector<LayerKind> kinds;
    BundleLayout bundle;           // of the layer whose neurons are largest: the cache's slots are for them
    int64_t predictor_bytes = 0;   // all layers
    int64_t low_rank_layers = 0;   // whose predictor is of that kind; the others' are of two bits
    int64_t low_rank_bytes = 0;    // of these, those of low-rank factors
    int64_t resident_bytes = 0;    // of the FFNs: Down's scales, the predictor, tables
    uint64_t embedding_bytes = 0;  // in the file

    int64_t neurons() const { return hp.layers * hp.ffn; }
    uint64_t kv_bytes(int64_t tokens) const;
    uint64_t held_bytes() const;  // by the process, all loaded but the cache and what working takes
    MemoryUse memory(int64_t context, int64_t batch) const;
};

// `activation` overrides the file's; empty: as it says. Errors: those of the readers of model and pack;
// unsupported_model, unsupported_quantisation (no pack can be made of it).
Result<ModelSizes> read_shape(const GgufFile& gguf, const std::string& activation);

}  // namespace phonon
