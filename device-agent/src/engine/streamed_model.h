#pragma once
// Opening a pack: what stays in memory, and how much of the budget is left for the neuron cache.

#include <memory>

#include "engine/cluster_feed_forward.h"
#include "engine/kv_cache.h"
#include "model/model_tensors.h"
#include "phonon/backend.h"

namespace phonon {

// Everything else of the model has been loaded, so that what the process holds now is known. Fills report.stream and
// adds to its warnings. The pack's pages leave the page cache.
// Errors: those of read_pack and open_storage; budget_too_small, out_of_memory.
Result<std::unique_ptr<ClusterFeedForward>> open_streamed(const GgufFile& gguf, const Hyperparameters& hp,
                                                          const ModelTensors& tensors, const LoadConfig& config,
                                                          const Kernels& kernels, TaskPool& pool, const KvShape& kv,
                                                          Timeline& timeline, LoadReport& report);

}  // namespace phonon
