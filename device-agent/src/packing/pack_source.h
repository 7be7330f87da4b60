#pragma once
// A model that is being packed, and the text that it is profiled with.

#include <memory>

#include "engine/transformer.h"
#include "packing/pack_model.h"
#include "packing/profile_tokens.h"

namespace phonon {

// The model as its file holds it, and everything that runs it.
struct PackSource {
    std::unique_ptr<GgufFile> gguf;
    Hyperparameters hp;
    ModelTensors tensors;
    const Kernels* kernels = best_kernels();
    std::unique_ptr<TaskPool> pool;
    ModelWeights weights;
};

// Errors: those of GgufFile::open, read_tensors and prepare_weights; bad_request.
Status open_source(const PackConfig& config, const std::atomic<bool>& cancel, PackSource& source);

// Of the text, or written by the model, which is told of step by step. Errors: bad_request, cancelled.
Result<ProfileTokens> choose_tokens(const PackConfig& config, PackSource& source,
                                    const std::function<void(int64_t)>& progress, const std::atomic<bool>& cancel);

}  // namespace phonon
