#pragma once
// One token through one layer's FFN, neuron cluster by neuron cluster (PowerInfer-2, section 4.4).
//
// The neurons fall into kColumnParts clusters of neighbours. Each goes through its stages on its own, on whatever
// compute thread is free:
//
//   predict   estimate the cluster's gates, keep what is above the threshold
//   admit     look its candidates up in the cache; ask the I/O thread for those that are missing (in the clusters'
//   order,
//             by one thread at a time, so that what is cached never depends on timing)
//   gate, up  of the candidates in memory at once, of the others as they arrive; with two-phase reads, and without
//             bundles, only Gate is read at first, and the rest of those that fire (section 4.4: pays where a small
//             read costs flash much less)
//   down      when the last candidate of the cluster has its activation
//
// There is no barrier between matrices or clusters: while one cluster waits for flash, others are computed. Their sums
// are merged in a fixed order, so the result is the same bits whatever the threads and the flash did.

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/task_pool.h"
#include "cache/neuron_cache.h"
#include "kernels/column_parts.h"
#include "kernels/kernels.h"
#include "phonon/result.h"
#include "pipeline/block_reader.h"
#include "pipeline/cluster_layer.h"
#include "pipeline/neuron_read.h"
#include "telemetry/timeline.h"

namespace phonon {

// One token and layer. Times are sums over the compute threads.
struct ClusterCounts {
    int64_t candidates = 0;  // let through by the predictor, which asks more of those that are not in memory
    int64_t active = 0;      // whose activation is not zero
    int64_t misses = 0;
    int64_t hot_hits = 0;  // candidates found in the cache's hot region
    uint64_t predict_ns = 0, admit_ns = 0, compute_ns = 0;
    uint64_t stall_ns = 0;  // nothing to do, and flash owes a neuron
    uint64_t idle_ns = 0;   // nothing to do: another thread computes the last cluster
};

// y [n] = activation(gate) * up, in place of gate allowed.
using Activate = std::function<void(const float* gate, const float* up, float* y, int64_t n)>;

struct PipelineConfig {
    bool bundles = true;  // false: Gate is read by itself, then Up and Down by themselves of neurons that fire
    bool two_phase =
        false;            // read Gate first, and Up and Down together of neurons whose exact Gate fires; needs bundles
    bool cache = true;    // false: a layer forgets its neurons before each token
    bool overlap = true;  // false: nothing is computed before all of a layer's neurons are in memory
    bool predictor = true;         // false: every neuron is a candidate
    bool verify_reads = false;     // compare every bundle that is read with its checksum
    Timeline* timeline = nullptr;  // what the threads do; may be null
};

// Not thread-safe; uses all threads of the pool. Everything passed in must outlive it, except that `reader` is set
// later.
class ClusterPipeline : public BlockSink {
  public:
    ClusterPipeline(int64_t embedding, int64_t neurons, std::vector<ClusterLayer>& layers, NeuronCache& cache,
                    Activate activate, const Kernels& kernels, TaskPool& pool, const PipelineConfig& config);
    ~ClusterPipeline() override;

    void set_reader(BlockReader& reader) { reader_ = &reader; }
    // Reads of the hot clusters of the layer that comes next, which have not arrived: nothing in memory is computed
    // before it is 0. Set by one thread before run(), counted down by the I/O thread.
    std::atomic<int64_t>& hot_missing() { return hot_missing_; }

    // y [embedding] = FFN of input row 0 of x, prepared for input_types(). Errors: io_error, pack_corrupt.
    Result<ClusterCounts> run(int64_t layer, const Inputs& x, float* y);
    std::array<WeightType, 3> input_types(int64_t layer) const;
    // [layer][bin] how often neurons fired since the last call, see HeatMap.
    std::vector<std::vector<uint32_t>> take_heat();

    // On the I/O thread: a block that run() asked for.
    Status arrived(uint64_t tag, const std::byte* data) override;

  private:
    struct Cluster;
    struct Scratch;
    void begin_layer(int64_t layer, const Inputs& x);
    void work(int thread);
    bool predict_one(Scratch& scratch);
    void admit();
    void admit(Cluster& cluster);
    bool lets_through(const Cluster& cluster, size_t candidate, bool in_memory) const;
    bool compute_hits(Scratch& scratch);
    bool compute_arrived(Scratch& scratch);
    bool hot_is_there() const;
    bool waits_for_flash() const;
    bool gates_are_there() const;
    bool may_compute() const;
    void want(Cluster& cluster, size_t candidate, Part part);
    int32_t compute(Cluster& cluster, std::span<const int32_t> members, Scratch& scratch);
    void keep_firing(Cluster& cluster, Scratch& scratch) const;
    int32_t ask_for_rest(Cluster& cluster, Scratch& scratch);
    void forget_halves();
    void close(Cluster& cluster, int32_t count, Scratch& scratch);
    void sum_down(Cluster& cluster, Scratch& scratch);

    const int64_t embedding_, neurons_;
    std::vector<ClusterLayer>& layers_;
    NeuronCache& cache_;
    const Activate activate_;
    const Kernels& kernels_;
    TaskPool& pool_;
    const PipelineConfig config_;
    BlockReader* reader_ = nullptr;

    // Of the layer that run() computes.
    int64_t layer_index_ = 0;
    ClusterLayer* layer_ = nullptr;
    const Inputs* inputs_ = nullptr;
    PredictorInput prediction_;
    std::unique_ptr<Cluster[]> clusters_;  // [kColumnParts]
    AlignedBuffer parts_;                  // [kColumnParts][padded rows]
    std::vector<std::vector<uint32_t>> heat_;
    std::atomic<int64_t> hot_missing_ = 0;
    std::atomic<int64_t> next_predict_ = 0, admitted_ = 0, next_hits_ = 0, closed_ = 0;
    std::atomic<bool> admitting_ = false;
    std::atomic<int64_t> gates_open_ = 0;  // with gate_first_: missing neurons whose exact gate is not known yet
    int64_t unasked_ = 0;  // wanted neurons that the I/O thread has not been told of; whoever admits owns it
    std::mutex asking_;    // the reader takes wishes from one thread at a time
    bool gate_first_ = false;
    std::atomic<bool> cache_full_ = false;
    std::vector<std::unique_ptr<Scratch>> scratch_;  // [thread]
};

}  // namespace phonon
