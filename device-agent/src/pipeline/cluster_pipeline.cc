#include "pipeline/cluster_pipeline.h"

#include <sched.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

#include "base/clock.h"
#include "base/crc32c.h"
#include "kernels/weights_data.h"
#include "predictor/silu_score.h"

namespace phonon {
namespace {

constexpr int32_t kMostTogether = 32;          // arrived neurons that one thread takes at a time
constexpr uint64_t kMatrices = 3, kWhole = 3;  // pieces of a bundle: Gate, Up, Down; all of it
// Neurons for which the I/O thread is woken: handing reads over one cluster at a time costs more cores than it gains.
constexpr int64_t kAskTogether = 16;
constexpr int kSpins = 64;  // before a thread with nothing to do gives its core away

uint64_t nanoseconds(Clock::duration d) {
    return static_cast<uint64_t>(d.count());
}

}  // namespace

// Neurons [begin, end) of the layer. Members are indices into `neurons`.
struct ClusterPipeline::Cluster {
    int64_t begin = 0, end = 0;
    std::vector<int32_t> neurons;  // candidates, ascending
    std::vector<float> estimates;  // [candidate] the predictor's
    std::vector<int32_t> slots;    // [candidate] where it is or will be
    std::vector<float> h;          // [candidate] activations
    std::vector<int32_t> hits;     // members in memory
    std::vector<int32_t> missing;  // members that flash owes
    std::vector<uint8_t> pieces;   // [candidate] reads that have not come; the I/O thread's once they are asked for
    std::vector<int32_t> arrived;  // members that came from flash; written by the I/O thread
    std::atomic<bool> predicted = false;
    std::atomic<int32_t> arrived_count = 0, arrived_taken = 0;
    std::atomic<int32_t> open = 0;  // candidates without activation, and one for the hits as a whole
    int32_t missing_count() const { return static_cast<int32_t>(missing.size()); }
    int64_t active = 0;
};

// One thread's.
struct ClusterPipeline::Scratch {
    std::vector<float> estimates, gate, up;
    std::vector<int32_t> slots, members, columns;
    ClusterCounts counts;
};

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
      clusters_(std::make_unique<Cluster[]>(kColumnParts)) {
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
        clusters_[c].arrived.resize(most);
        clusters_[c].pieces.resize(most);
    }
    for (int t = 0; t < pool_.threads(); ++t) scratch_.push_back(std::make_unique<Scratch>());
}

ClusterPipeline::~ClusterPipeline() = default;

std::vector<WeightType> ClusterPipeline::input_types(int64_t layer) const {
    const BundleLayout& bundle = layers_[static_cast<size_t>(layer)].bundle;
    return {bundle.gate_type, bundle.up_type, TwoBitGate::kInputType};
}

Result<ClusterCounts> ClusterPipeline::run(int64_t layer, const Inputs& x, float* y) {
    layer_index_ = layer;
    layer_ = &layers_[static_cast<size_t>(layer)];
    inputs_ = &x;
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
    }
    for (auto* counter : {&next_predict_, &admitted_, &next_hits_, &closed_})
        counter->store(0, std::memory_order_relaxed);
    for (auto& scratch : scratch_) scratch->counts = {};

    pool_.run(pool_.threads(), [&](int64_t, int thread) { work(thread); });
    if (reader_->failed()) return reader_->error();
    if (cache_full_) return Error{"budget_too_small", "the neuron cache does not hold one layer's active neurons"};

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
    }
    for (int64_t c = 0; c < kColumnParts; ++c) {
        counts.candidates += static_cast<int64_t>(clusters_[c].neurons.size());
        counts.active += clusters_[c].active;
        counts.misses += clusters_[c].missing_count();
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
        } else if (may_compute() && (compute_hits(scratch) || compute_arrived(scratch))) {
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

bool ClusterPipeline::waits_for_flash() const {
    const int64_t admitted = admitted_.load(std::memory_order_acquire);
    for (int64_t c = 0; c < admitted; ++c) {
        if (clusters_[c].arrived_count.load(std::memory_order_relaxed) < clusters_[c].missing_count()) return true;
    }
    return false;
}

bool ClusterPipeline::may_compute() const {
    return config_.overlap || (admitted_.load(std::memory_order_acquire) == kColumnParts && !waits_for_flash());
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
        layer_->gate.estimate(begin, cluster.end, *inputs_, 0, scratch.estimates.data(), kernels_);
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
    for (size_t at = 0; at < cluster.neurons.size(); ++at) {
        const int32_t neuron = cluster.neurons[at];
        int32_t slot = cache_.slot_of(layer_index_, neuron);
        if (!lets_through(cluster, at, slot >= 0)) continue;
        const size_t k = cluster.slots.size();
        cluster.neurons[k] = neuron;
        if (cache_.find(layer_index_, neuron) >= 0) {
            cluster.hits.push_back(static_cast<int32_t>(k));
        } else {
            slot = cache_.claim(layer_index_, neuron);
            if (slot < 0) {
                cache_full_ = true;
                return;
            }
            cluster.missing.push_back(static_cast<int32_t>(k));
        }
        cluster.slots.push_back(slot);
    }
    const size_t count = cluster.slots.size();
    cluster.neurons.resize(count);
    cluster.h.resize(count);
    cluster.open.store(static_cast<int32_t>(count) + 1, std::memory_order_relaxed);
    for (const int32_t k : cluster.missing) want(cluster, static_cast<size_t>(k));
    unasked_ += cluster.missing_count();
    if (unasked_ < kAskTogether && &cluster != &clusters_[kColumnParts - 1]) return;
    unasked_ = 0;
    reader_->go();
}

ClusterPipeline::Piece ClusterPipeline::piece(const Cluster& cluster, size_t candidate, uint64_t which) const {
    const BundleLayout& bundle = layer_->bundle;
    const int32_t neuron = cluster.neurons[candidate];
    const uint64_t block = layer_->block_of(neuron);
    const uint64_t start =
        block + static_cast<uint64_t>(bundle.in_block(layer_->position[static_cast<size_t>(neuron)]));
    const std::array<int64_t, 4> begins{0, bundle.up_at(), bundle.down_at(), 0};
    const std::array<int64_t, 4> sizes{bundle.gate_bytes, bundle.up_bytes, bundle.down_bytes, bundle.bytes};
    Piece piece{.in_bundle = begins[which], .bytes = sizes[which]};
    const uint64_t at = start + static_cast<uint64_t>(piece.in_bundle), end = at + static_cast<uint64_t>(piece.bytes);
    piece.offset = at / kPackAlignment * kPackAlignment;
    piece.length = static_cast<uint32_t>((end + kPackAlignment - 1) / kPackAlignment * kPackAlignment - piece.offset);
    piece.in_read = at - piece.offset;
    return piece;
}

void ClusterPipeline::want(Cluster& cluster, size_t candidate) {
    const auto index = static_cast<uint64_t>(&cluster - clusters_.get());
    cluster.pieces[candidate] = config_.bundles ? 1 : kMatrices;
    for (uint64_t which = config_.bundles ? kWhole : 0; which < (config_.bundles ? kWhole + 1 : kMatrices); ++which) {
        const Piece part = piece(cluster, candidate, which);
        reader_->want({.offset = part.offset, .length = part.length, .tag = index << 40 | which << 32 | candidate});
    }
}

Status ClusterPipeline::arrived(uint64_t tag, const std::byte* data) {
    Cluster& cluster = clusters_[tag >> 40];
    const auto k = static_cast<size_t>(tag & 0xffffffff);
    const Piece part = piece(cluster, k, tag >> 32 & 0xff);
    std::byte* slot = cache_.bytes(cluster.slots[k]);
    std::memcpy(slot + part.in_bundle, data + part.in_read, static_cast<size_t>(part.bytes));
    if (--cluster.pieces[k] > 0) return {};
    const auto position = static_cast<size_t>(layer_->position[static_cast<size_t>(cluster.neurons[k])]);
    if (config_.verify_reads &&
        crc32c({slot, static_cast<size_t>(layer_->bundle.bytes)}) != layer_->checksums[position]) {
        return Error{"pack_corrupt", "neuron " + std::to_string(cluster.neurons[k]) + " of layer " +
                                         std::to_string(layer_index_) +
                                         " does not match its checksum; delete the pack, it is made again"};
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
    const auto count = static_cast<int32_t>(cluster.hits.size());
    compute(cluster, cluster.hits.data(), count, scratch);
    close(cluster, count + 1, scratch);
    return true;
}

bool ClusterPipeline::compute_arrived(Scratch& scratch) {
    const int64_t admitted = admitted_.load(std::memory_order_acquire);
    for (int64_t c = 0; c < admitted; ++c) {
        Cluster& cluster = clusters_[c];
        int32_t taken = cluster.arrived_taken.load(std::memory_order_relaxed);
        const int32_t count = std::min(cluster.arrived_count.load(std::memory_order_acquire) - taken, kMostTogether);
        if (count <= 0) continue;
        if (!cluster.arrived_taken.compare_exchange_strong(taken, taken + count, std::memory_order_relaxed)) continue;
        compute(cluster, cluster.arrived.data() + taken, count, scratch);
        close(cluster, count, scratch);
        return true;
    }
    return false;
}

void ClusterPipeline::compute(Cluster& cluster, const int32_t* members, int32_t count, Scratch& scratch) {
    if (count == 0) return;
    const BundleLayout& bundle = layer_->bundle;
    const auto rows = [&](WeightType type, int64_t offset, std::vector<float>& out) {
        out.resize(scratch.slots.size());
        const BlockView x = inputs_->data().forms[static_cast<int>(input_kind(type))].row(0);
        kernels_.matrix->types[static_cast<int>(type)].dot_rows(
            cache_.arena() + offset, static_cast<size_t>(cache_.shape().slot_bytes), scratch.slots.data(),
            static_cast<int64_t>(scratch.slots.size()), embedding_, x, out.data());
    };
    scratch.slots.clear();
    for (int32_t i = 0; i < count; ++i) scratch.slots.push_back(cluster.slots[static_cast<size_t>(members[i])]);
    rows(bundle.gate_type, 0, scratch.gate);

    // Only what fires needs Up.
    scratch.members.clear();
    scratch.slots.clear();
    size_t kept = 0;
    for (int32_t i = 0; i < count; ++i) {
        const auto k = static_cast<size_t>(members[i]);
        const auto neuron = static_cast<size_t>(cluster.neurons[k]);
        const float gate =
            scratch.gate[static_cast<size_t>(i)] + (layer_->gate_bias.empty() ? 0.0f : layer_->gate_bias[neuron]);
        cluster.h[k] = 0;
        if (!layer_->firing.contains(gate)) continue;
        scratch.gate[kept++] = gate;
        scratch.members.push_back(members[i]);
        scratch.slots.push_back(cluster.slots[k]);
    }
    rows(bundle.up_type, bundle.up_at(), scratch.up);
    for (size_t i = 0; i < kept && !layer_->up_bias.empty(); ++i) {
        scratch.up[i] += layer_->up_bias[static_cast<size_t>(cluster.neurons[static_cast<size_t>(scratch.members[i])])];
    }
    activate_(scratch.gate.data(), scratch.up.data(), scratch.gate.data(), static_cast<int64_t>(kept));
    for (size_t i = 0; i < kept; ++i) cluster.h[static_cast<size_t>(scratch.members[i])] = scratch.gate[i];
}

void ClusterPipeline::close(Cluster& cluster, int32_t count, Scratch& scratch) {
    if (cluster.open.fetch_sub(count, std::memory_order_acq_rel) != count) return;
    sum_down(cluster, scratch);
    closed_.fetch_add(1, std::memory_order_release);
}

void ClusterPipeline::sum_down(Cluster& cluster, Scratch& scratch) {
    scratch.columns.clear();
    scratch.slots.clear();
    scratch.gate.clear();
    for (size_t k = 0; k < cluster.neurons.size(); ++k) {
        if (cluster.h[k] == 0) continue;
        scratch.columns.push_back(cluster.neurons[k]);
        scratch.slots.push_back(cluster.slots[k]);
        scratch.gate.push_back(cluster.h[k]);
    }
    cluster.active = static_cast<int64_t>(scratch.columns.size());
    sum_columns(layer_->columns, layer_->bundle.down_type, scratch.columns, scratch.slots, scratch.gate.data(),
                parts_.as<float>() + (&cluster - clusters_.get()) * layer_->columns.padded_rows, kernels_);
}

}  // namespace phonon
