#include "pipeline/cluster_pipeline.h"

#include <sched.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "base/clock.h"
#include "kernels/weights_data.h"
#include "pipeline/cluster.h"
#include "predictor/silu_score.h"

namespace phonon {
namespace {

constexpr int32_t kMostTogether = 32;  // arrived neurons that one thread takes at a time
// Neurons for which the I/O thread is woken: handing reads over one cluster at a time costs more cores than it gains.
constexpr int64_t kAskTogether = 32;
constexpr size_t kLookAhead = 8;  // candidates whose place in the cache is fetched before it is looked at
constexpr int kSpins = 64;        // before a thread with nothing to do gives its core away

// A read's tag: which cluster, which part of the bundle, which candidate.
constexpr int kPartShift = 32, kClusterShift = 40;

uint64_t nanoseconds(Clock::duration d) {
    return static_cast<uint64_t>(d.count());
}

}  // namespace

ClusterPipeline::ClusterPipeline(int64_t embedding, int64_t neurons, std::vector<ClusterLayer>& layers,
                                 NeuronCache& cache, Activate activate, const Kernels& kernels, TaskPool& pool,
                                 const PipelineConfig& config)
    : embedding_(embedding),
      neurons_(neurons),
      layers_(layers),
      cache_(cache),
      activate_(std::move(activate)),
      kernels_(kernels),
      pool_(pool),
      config_(config),
      clusters_(std::make_unique<Cluster[]>(kColumnParts)),
      heat_(layers.size(),
            std::vector<uint32_t>(static_cast<size_t>(heat_bins(static_cast<int64_t>(layers.size()), neurons)))) {
    int64_t padded = 0;
    for (ClusterLayer& layer : layers_) {
        layer.columns.codes = cache_.arena() + layer.bundle.down_at();
        layer.columns.column_bytes = cache_.shape().slot_bytes;
        padded = std::max(padded, layer.columns.padded_rows);
    }
    if (!parts_.reserve(static_cast<size_t>(kColumnParts * padded) * sizeof(float))) throw std::bad_alloc();
    for (int64_t c = 0; c < kColumnParts; ++c) {
        // Room for every neuron of the widest cluster, whatever a layer's type makes of the borders.
        const auto most = static_cast<size_t>(std::min<int64_t>(neurons, neurons / kColumnParts + 2 * kSuper));
        for (auto* list : {&clusters_[c].neurons, &clusters_[c].slots, &clusters_[c].hits, &clusters_[c].missing})
            list->reserve(most);
        clusters_[c].h.reserve(most);
        clusters_[c].estimates.resize(most);
        clusters_[c].arrived.resize(2 * most);
        clusters_[c].pieces.resize(most);
        clusters_[c].last.resize(most);
        clusters_[c].gates.resize(most);
    }
    for (int t = 0; t < pool_.threads(); ++t) scratch_.push_back(std::make_unique<Scratch>());
}

ClusterPipeline::~ClusterPipeline() = default;

std::vector<std::vector<uint32_t>> ClusterPipeline::take_heat() {
    std::vector<std::vector<uint32_t>> heat = heat_;
    for (auto& layer : heat_) std::fill(layer.begin(), layer.end(), 0);
    return heat;
}

std::array<WeightType, 3> ClusterPipeline::input_types(int64_t layer) const {
    const BundleLayout& bundle = layers_[static_cast<size_t>(layer)].bundle;
    return {bundle.gate_type, bundle.up_type, kPredictorInput};
}

void ClusterPipeline::begin_layer(int64_t layer, const Inputs& x) {
    layer_index_ = layer;
    layer_ = &layers_[static_cast<size_t>(layer)];
    inputs_ = &x;
    gate_first_ = !config_.bundles || (config_.two_phase && has_two_parts(layer_->bundle, reader_->facts().alignment));
    cache_.begin_step();
    if (!config_.cache) cache_.forget_layer(layer);
    for (int64_t c = 0; c < kColumnParts; ++c) {
        Cluster& cluster = clusters_[c];
        const ColumnRange range = column_part(layer_->bundle.down_type, neurons_, c);
        cluster.begin = range.begin;
        cluster.end = range.end;
        cluster.predicted.store(false, std::memory_order_relaxed);
        cluster.arrived_count.store(0, std::memory_order_relaxed);
        cluster.arrived_taken.store(0, std::memory_order_relaxed);
        cluster.owed.store(0, std::memory_order_relaxed);
    }
    for (auto* counter : {&next_predict_, &admitted_, &next_hits_, &closed_, &gates_open_})
        counter->store(0, std::memory_order_relaxed);
    for (auto& scratch : scratch_) {
        scratch->counts = {};
        scratch->heat = {};
    }
    if (config_.predictor) {
        const auto start = Clock::now();
        layer_->predictor->prepare(x, prediction_, kernels_, pool_);
        // All threads took part in it, or waited for it.
        for (auto& scratch : scratch_) scratch->counts.predict_ns = nanoseconds(Clock::now() - start);
    }
}

Result<ClusterCounts> ClusterPipeline::run(int64_t layer, const Inputs& x, float* y) {
    begin_layer(layer, x);
    pool_.run(pool_.threads(), [&](int64_t, int thread) { work(thread); });
    if (reader_->failed()) return reader_->error();
    if (cache_full_) return Error{"budget_too_small", "the neuron cache does not hold one layer's active neurons"};
    if (gate_first_) forget_halves();

    merge_column_parts(layer_->columns, layer_->bundle.down_type, embedding_, parts_.as<float>(), y);
    if (!layer_->down_bias.empty()) {
        for (int64_t i = 0; i < embedding_; ++i) y[i] += layer_->down_bias[static_cast<size_t>(i)];
    }
    ClusterCounts counts;
    for (const auto& scratch : scratch_) {
        counts.predict_ns += scratch->counts.predict_ns;
        counts.admit_ns += scratch->counts.admit_ns;
        counts.compute_ns += scratch->counts.compute_ns;
        counts.stall_ns += scratch->counts.stall_ns;
        counts.idle_ns += scratch->counts.idle_ns;
        std::vector<uint32_t>& heat = heat_[static_cast<size_t>(layer)];
        for (size_t b = 0; b < heat.size(); ++b) heat[b] += scratch->heat[b];
    }
    for (int64_t c = 0; c < kColumnParts; ++c) {
        counts.candidates += static_cast<int64_t>(clusters_[c].neurons.size());
        counts.active += clusters_[c].active;
        counts.misses += clusters_[c].missing_count();
        counts.hot_hits += clusters_[c].hot_hits;
    }
    return counts;
}

// Asking for flash comes first, then what is in memory, then what has come.
void ClusterPipeline::work(int thread) {
    Scratch& scratch = *scratch_[static_cast<size_t>(thread)];
    int spins = 0;
    auto last = Clock::now();
    const auto spend = [&](uint64_t ClusterCounts::*on, SpanKind kind) {
        const auto now = Clock::now();
        scratch.counts.*on += nanoseconds(now - last);
        if (config_.timeline != nullptr) config_.timeline->add(thread, kind, last, now);
        last = now;
    };
    while (closed_.load(std::memory_order_acquire) < kColumnParts && !reader_->failed() && !cache_full_) {
        if (predict_one(scratch)) {
            spend(&ClusterCounts::predict_ns, SpanKind::predict);
            admit();
            spend(&ClusterCounts::admit_ns, SpanKind::admit);
        } else if (may_compute() && ((hot_is_there() && compute_hits(scratch)) || compute_arrived(scratch))) {
            spend(&ClusterCounts::compute_ns, SpanKind::compute);
            spins = 0;
        } else if (++spins > kSpins) {
            const bool flash = waits_for_flash();
            ::sched_yield();
            if (flash) {
                spend(&ClusterCounts::stall_ns, SpanKind::stall);
            } else {
                spend(&ClusterCounts::idle_ns, SpanKind::idle);
            }
        }
    }
    spend(&ClusterCounts::idle_ns, SpanKind::idle);
}

bool ClusterPipeline::hot_is_there() const {
    return hot_missing_.load(std::memory_order_acquire) == 0;
}

bool ClusterPipeline::waits_for_flash() const {
    if (!hot_is_there()) return true;
    const int64_t admitted = admitted_.load(std::memory_order_acquire);
    for (int64_t c = 0; c < admitted; ++c) {
        const Cluster& cluster = clusters_[c];
        if (cluster.arrived_count.load(std::memory_order_relaxed) < cluster.owed.load(std::memory_order_relaxed)) {
            return true;
        }
    }
    return false;
}

bool ClusterPipeline::gates_are_there() const {
    return hot_is_there() && std::all_of(&clusters_[0], &clusters_[kColumnParts], [](const Cluster& cluster) {
               return cluster.arrived_count.load(std::memory_order_acquire) >= cluster.missing_count();
           });
}

// Without overlap matrix by matrix: nothing before all gates have come, then nothing but gates until all are known,
// then nothing before all the rest has come.
bool ClusterPipeline::may_compute() const {
    if (config_.overlap) return true;
    if (admitted_.load(std::memory_order_acquire) < kColumnParts) return false;
    return gates_open_.load(std::memory_order_acquire) > 0 ? gates_are_there() : !waits_for_flash();
}

bool ClusterPipeline::predict_one(Scratch& scratch) {
    if (next_predict_.load(std::memory_order_relaxed) >= kColumnParts) return false;
    const int64_t c = next_predict_.fetch_add(1, std::memory_order_relaxed);
    if (c >= kColumnParts) return false;
    Cluster& cluster = clusters_[c];
    const int64_t begin = cluster.begin, count = cluster.end - begin;
    cluster.neurons.resize(static_cast<size_t>(count));
    if (!config_.predictor) {
        for (int64_t i = 0; i < count; ++i) cluster.neurons[static_cast<size_t>(i)] = static_cast<int32_t>(begin + i);
    } else {
        scratch.estimates.resize(static_cast<size_t>(round_up(count, kTileRows)));
        layer_->predictor->estimate(begin, cluster.end, prediction_, 0, scratch.estimates.data(), kernels_);
        const float* bias = layer_->estimate_bias.data() + begin;
        const float least = std::min(layer_->thresholds.in_memory, layer_->thresholds.on_flash);
        size_t kept = 0;  // without a branch: whether a neuron fires cannot be predicted
        for (int64_t i = 0; i < count; ++i) {
            float estimate = scratch.estimates[static_cast<size_t>(i)] + bias[i];
            if (layer_->silu_scores) estimate = silu_score(estimate);
            cluster.neurons[kept] = static_cast<int32_t>(begin + i);
            cluster.estimates[kept] = estimate;
            kept += estimate > least ? 1 : 0;
        }
        cluster.neurons.resize(kept);
    }
    cluster.predicted.store(true);  // in one order with admitting_, see admit()
    return true;
}

void ClusterPipeline::admit() {
    const auto waiting = [&] {
        const int64_t c = admitted_.load(std::memory_order_relaxed);
        return c < kColumnParts && clusters_[c].predicted.load();
    };
    // Whoever admits goes on while there is something; whoever finds somebody at it may go, because that one looks
    // again. For that, looking must not come before admitting_ is given back: one order for all, or a cluster is
    // admitted by nobody and the layer never ends.
    while (waiting() && !admitting_.exchange(true)) {
        while (waiting() && !cache_full_) {
            const int64_t c = admitted_.load(std::memory_order_relaxed);
            admit(clusters_[c]);
            admitted_.store(c + 1, std::memory_order_release);
        }
        admitting_.store(false);
        if (cache_full_) return;
    }
}

// What lies in memory had to promise less than what must be read.
bool ClusterPipeline::lets_through(const Cluster& cluster, size_t candidate, bool in_memory) const {
    const Thresholds& least = layer_->thresholds;
    return !config_.predictor || cluster.estimates[candidate] > (in_memory ? least.in_memory : least.on_flash);
}

void ClusterPipeline::admit(Cluster& cluster) {
    cluster.slots.clear();
    cluster.hits.clear();
    cluster.missing.clear();
    cluster.active = 0;
    cluster.hot_hits = 0;
    const size_t found = cluster.neurons.size();
    for (size_t at = 0; at < found; ++at) {
        if (at + kLookAhead < found) {
            const int32_t soon = cache_.slot_of(layer_index_, cluster.neurons[at + kLookAhead]);
            if (soon >= 0) cache_.prefetch(soon);
        }
        const int32_t neuron = cluster.neurons[at];
        int32_t slot = cache_.slot_of(layer_index_, neuron);
        if (!lets_through(cluster, at, slot >= 0)) continue;
        const size_t k = cluster.slots.size();
        cluster.neurons[k] = neuron;
        if (cache_.find(layer_index_, neuron) >= 0) {
            cluster.hits.push_back(static_cast<int32_t>(k));
            cluster.hot_hits += cache_.is_hot(slot) ? 1 : 0;
        } else {
            slot = cache_.claim(layer_index_, neuron);
            if (slot < 0) {
                cache_full_ = true;
                return;
            }
            cluster.missing.push_back(static_cast<int32_t>(k));
        }
        cluster.slots.push_back(slot);
        cluster.last[k] = Part::whole;
    }
    const size_t count = cluster.slots.size();
    cluster.neurons.resize(count);
    cluster.h.resize(count);
    cluster.open.store(static_cast<int32_t>(count) + 1, std::memory_order_relaxed);
    cluster.owed.store(cluster.missing_count(), std::memory_order_relaxed);
    if (gate_first_) gates_open_.fetch_add(cluster.missing_count(), std::memory_order_relaxed);
    if (!cluster.missing.empty()) {
        const Part first = !config_.bundles ? Part::gate : gate_first_ ? Part::head : Part::whole;
        const std::lock_guard lock(asking_);
        for (const int32_t k : cluster.missing) {
            cluster.pieces[static_cast<size_t>(k)] = 1;
            want(cluster, static_cast<size_t>(k), first);
        }
    }
    unasked_ += cluster.missing_count();
    const int64_t enough = &cluster == &clusters_[kColumnParts - 1] ? 1 : kAskTogether;
    if (unasked_ < enough) return;
    unasked_ = 0;
    reader_->go();
}

// With asking_.
void ClusterPipeline::want(Cluster& cluster, size_t candidate, Part part) {
    const auto index = static_cast<uint64_t>(&cluster - clusters_.get());
    const uint64_t align = reader_->facts().alignment;
    const NeuronRead read = neuron_read(*layer_, cluster.neurons[candidate], part, align);
    std::byte* place = cache_.bytes(cluster.slots[candidate]) + read.in_bundle;
    cluster.last[candidate] = part;  // before it can come, and somebody looks
    // What fits its place is read into it, without a copy.
    const bool fits = read.brings_only_it() && reinterpret_cast<uintptr_t>(place) % align == 0;
    reader_->want({.offset = read.offset,
                   .length = read.length,
                   .tag = index << kClusterShift | static_cast<uint64_t>(part) << kPartShift | candidate,
                   .into = fits ? place : nullptr});
}

// What of a neuron was never read is not in the cache. Here and not when it is found out: what is cached must not
// depend on timing.
void ClusterPipeline::forget_halves() {
    for (int64_t c = 0; c < kColumnParts; ++c) {
        const Cluster& cluster = clusters_[c];
        for (const int32_t k : cluster.missing) {
            if (is_first_half(cluster.last[static_cast<size_t>(k)]))
                cache_.forget(cluster.slots[static_cast<size_t>(k)]);
        }
    }
}

Status ClusterPipeline::arrived(uint64_t tag, const std::byte* data) {
    Cluster& cluster = clusters_[tag >> kClusterShift];
    const auto k = static_cast<size_t>(tag & 0xffffffff);
    const auto part = static_cast<Part>(tag >> kPartShift & 0xff);
    const NeuronRead read = neuron_read(*layer_, cluster.neurons[k], part, reader_->facts().alignment);
    std::byte* slot = cache_.bytes(cluster.slots[k]);
    if (data != slot + read.in_bundle) {
        std::memcpy(slot + read.in_bundle, data + read.in_read, static_cast<size_t>(read.bytes));
    }
    if (--cluster.pieces[k] > 0) return {};
    if (config_.verify_reads && !is_first_half(part)) {
        const int32_t position = layer_->position[static_cast<size_t>(cluster.neurons[k])];
        if (Status status = layer_->check_bundle(layer_index_, position, slot); !status) return status;
    }
    const int32_t at = cluster.arrived_count.load(std::memory_order_relaxed);
    cluster.arrived[static_cast<size_t>(at)] = static_cast<int32_t>(k);
    cluster.arrived_count.store(at + 1, std::memory_order_release);
    return {};
}

bool ClusterPipeline::compute_hits(Scratch& scratch) {
    int64_t c = next_hits_.load(std::memory_order_relaxed);
    do {
        if (c >= admitted_.load(std::memory_order_acquire)) return false;
    } while (!next_hits_.compare_exchange_weak(c, c + 1, std::memory_order_relaxed));
    Cluster& cluster = clusters_[c];
    close(cluster, compute(cluster, cluster.hits, scratch) + 1, scratch);
    return true;
}

bool ClusterPipeline::compute_arrived(Scratch& scratch) {
    const int64_t admitted = admitted_.load(std::memory_order_acquire);
    const bool only_gates = !config_.overlap && gates_open_.load(std::memory_order_acquire) > 0;
    for (int64_t c = 0; c < admitted; ++c) {
        Cluster& cluster = clusters_[c];
        int32_t taken = cluster.arrived_taken.load(std::memory_order_relaxed);
        int32_t come = cluster.arrived_count.load(std::memory_order_acquire);
        if (only_gates) come = std::min(come, cluster.missing_count());
        const int32_t count = std::min(come - taken, kMostTogether);
        if (count <= 0) continue;
        if (!cluster.arrived_taken.compare_exchange_strong(taken, taken + count, std::memory_order_relaxed)) continue;
        const std::span all(cluster.arrived);
        close(cluster, compute(cluster, all.subspan(static_cast<size_t>(taken), static_cast<size_t>(count)), scratch),
              scratch);
        return true;
    }
    return false;
}

void ClusterPipeline::close(Cluster& cluster, int32_t count, Scratch& scratch) {
    if (count == 0) return;
    if (cluster.open.fetch_sub(count, std::memory_order_acq_rel) != count) return;
    sum_down(cluster, scratch);
    closed_.fetch_add(1, std::memory_order_release);
}

}  // namespace phonon
