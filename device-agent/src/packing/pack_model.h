#pragma once
// GGUF -> pack.

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pack/packed_predictor.h"
#include "pack/requantise.h"
#include "phonon/result.h"

namespace phonon {

struct PackConfig {
    std::string model = {};       // a GGUF
    std::string out = {};         // where the pack appears when it is whole; an old one is replaced
    std::string text = {};        // what the profile reads; empty: what the model writes
    double energy_share = 0.995;  // of the sum of squared activations, that the predictor's threshold keeps
    std::string predictor = {};   // of all layers: "two-bit", "low-rank"; empty or "auto": the cheaper one of each
    double sparsity = 0;          // SiLU: share of the neurons whose activation is to count as nothing; 0: of none
    Requantise requantise = Requantise::none;
    std::string activation = {};  // overrides the metadata, as in LoadConfig
    int threads = 0;              // 0: one per core of the fastest class
    uint64_t seed = 1;
    // True when packing is cancelled because the process ends: then what is done stays for the next. May be null.
    const std::atomic<bool>* leaving = nullptr;
};

struct PackProgress {
    int done = 0, total = 0;
    std::string what;
};

struct PackReport {
    uint64_t bytes = 0;
    int64_t profiled_tokens = 0;
    std::string profile_source;
    double active = 0, let_through = 0, recall = 0, energy = 0;  // means over the layers, see PackStatistics
    std::vector<LayerPredictor> predictors = {};                 // [layer]
    std::optional<PackQuality> quality = {};                     // of packs that compute something else than the model
    int64_t resumed_layers = 0;                                  // that an interrupted packing had written
    std::vector<std::string> notes = {};                         // what the user is to know
    double seconds = 0;
};

// Holds one layer's Down, the profile's activations and some buffers: the model is read through the page cache, once
// for every token that the model writes and once for everything else.
// After each layer OUT.state says durably how far OUT.part is. A process that is killed leaves both, and the next
// packing of the same model with the same options goes on from there, to the same bytes; with others it begins anew.
// What fails or is cancelled leaves nothing. Errors: those of GgufFile::open and read_tensors;
// unsupported_quantisation, unsupported_model, bad_request, no_space, busy, io_error, out_of_memory, cancelled.
Result<PackReport> pack_model(const PackConfig& config, const std::function<void(const PackProgress&)>& progress,
                              const std::atomic<bool>& cancel);

}  // namespace phonon
