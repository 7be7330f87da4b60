#pragma once
// Feed-forward networks whose neurons are read from flash when they are wanted: one token at a time through the cluster
// pipeline; several, as in prefill, through whole layers that are read ahead into memory borrowed from the cache.

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/feed_forward.h"
#include "phonon/backend.h"
#include "pipeline/cluster_pipeline.h"
#include "pipeline/layer_assembly.h"

namespace phonon {

class ClusterFeedForward : public FeedForward, private BlockSink {
  public:
    struct Config {
        PipelineConfig pipeline = {};
        std::chrono::milliseconds patience{10000};
        int io_core = -1;
    };

    // Takes storage, layers and cache over; the rest must outlive it. The cache has room for least_slots() of
    // pack/memory_budget.h. Throws std::bad_alloc.
    ClusterFeedForward(const Hyperparameters& hp, std::vector<ClusterLayer> layers, std::unique_ptr<NeuronCache> cache,
                       std::unique_ptr<Storage> storage, const Kernels& kernels, TaskPool& pool, const Config& config);

    // Fills the cache with the neurons that the profile found hottest. Errors: io_error.
    Status warm_up();
    // After a prompt's last batch: gives what prefill borrowed back to the cache, and reads what lay there again.
    // Errors: io_error.
    Status end_prompt();

    void begin(int64_t layer, const float* x, int64_t m) override;
    void keep(std::span<const int64_t>) override {}
    Result<int64_t> run(int64_t layer, const float* x, int64_t m, float* y) override;

    const NeuronCache& cache() const { return *cache_; }
    const BlockReader& reader() const { return *reader_; }
    // What was done since the last call.
    StreamStep take_step();
    HeatMap take_heat();

  private:
    Status arrived(uint64_t tag, const std::byte* data) override;
    int64_t warm_positions() const { return std::min(hp_.ffn, cache_->shape().slots / hp_.layers); }
    Status fill(int64_t first);
    Status arrived_warm(uint64_t tag, const std::byte* data);
    bool wait_for(const std::atomic<int64_t>& missing) const;
    void ask_for_clusters(int64_t layer);
    Status take(int64_t layer, const Stretch& read, const std::byte* data);
    Result<int64_t> run_token(int64_t layer, const float* x, float* y);
    Result<int64_t> run_layer(int64_t layer, const float* x, int64_t m, float* y);
    FfnWeights assembled_weights(int64_t layer, const AssembledLayer& parts) const;

    const Hyperparameters& hp_;
    const Kernels& kernels_;
    TaskPool& pool_;
    const bool verify_reads_;
    std::vector<ClusterLayer> layers_;
    std::shared_ptr<NeuronCache> cache_;  // the reader's too: reads go straight into it
    ClusterPipeline pipeline_;
    LayerAssembly assembly_;
    Ffn ffn_;
    Inputs inputs_;
    ClusterCounts counts_;
    int64_t heat_tokens_ = 0;
    bool in_prompt_ = false;  // the layer that began is computed for several tokens
    std::vector<int32_t> layer_hits_, layer_misses_, layer_hot_hits_;  // [layer] of the last token
    ReaderCounts seen_;                                                // by the last take_step()
    std::atomic<int64_t> warm_missing_ = 0;                            // blocks
    std::unique_ptr<BlockReader> reader_;                              // last: its thread uses the others
};

}  // namespace phonon
