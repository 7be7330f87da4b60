#include "planner/prediction.h"

#include <algorithm>
#include <cmath>

#include "kernels/column_parts.h"
#include "kernels/formats.h"
#include "planner/cost_constants.h"

namespace phonon {
namespace {

// Seconds that products with these matrices take, for one token.
double dense_seconds(const DeviceCosts& device, const DenseWeights& dense) {
    return static_cast<double>(dense.bytes) / device.bytes_per_s(dense.type, "tiled");
}

// K and V of all tokens before are read once.
double attend_seconds(const Known& known, double position) {
    return position * static_cast<double>(known.model.kv_bytes(1)) / known.device.memory_bytes_per_s();
}

// What a token takes of the FFNs with everything in memory, in seconds, over all threads.
struct FfnSeconds {
    double predict = 0, cache = 0, gate_up = 0, down = 0;
};

FfnSeconds ffn_seconds(const Known& known, const DecodePrediction& p, const Choice& choice) {
    const BundleLayout& bundle = known.model.bundle;
    const DeviceCosts& device = known.device;
    FfnSeconds s;
    if (choice.stages.predictor) {
        s.predict = static_cast<double>(known.model.predictor_bytes) / device.predictor_bytes_per_s();
    }
    s.cache = (p.let_through * kLookupSeconds + p.misses * kClaimSeconds) / choice.threads;
    s.gate_up = p.let_through * static_cast<double>(bundle.gate_bytes) / device.bytes_per_s(bundle.gate_type, "rows") +
                p.active * static_cast<double>(bundle.up_bytes) / device.bytes_per_s(bundle.up_type, "rows");
    s.down = p.active * static_cast<double>(bundle.down_bytes) / device.bytes_per_s(bundle.down_type, "columns");
    return s;
}

// A read that brings part of a neuron, and of how many missing neurons.
struct NeuronRead {
    int64_t bytes = 0;
    double share = 1;
};

// What brings a neuron: its block; or Gate's part of it and, of those that fire, the rest, in one read or one a matrix.
std::vector<NeuronRead> reads_of_neuron(const BundleLayout& bundle, const Choice& choice, double fires) {
    if (choice.stages.bundle && !choice.gate_first) return {{bundle.block_bytes}};
    if (choice.stages.bundle) {
        const int64_t head = round_up(bundle.gate_bytes, kPackAlignment);
        return {{head}, {bundle.block_bytes - head, fires}};
    }
    const auto span = [](int64_t at, int64_t bytes) {
        return round_up(at + bytes, kPackAlignment) - at / kPackAlignment * kPackAlignment;
    };
    return {{span(0, bundle.gate_bytes)},
            {span(bundle.up_at(), bundle.up_bytes), fires},
            {span(bundle.down_at(), bundle.down_bytes), fires}};
}

double cpu_seconds(const DeviceCosts& device, const std::vector<NeuronRead>& reads, int64_t depth) {
    double sum = 0;
    for (const auto& [bytes, share] : reads) {
        sum += share * device.read_cpu_seconds(bytes, static_cast<double>(depth));
    }
    return sum;
}

}  // namespace

CacheUse predict_cache(const Known& known, const Choice& choice, const std::string& eviction) {
    const double share = static_cast<double>(choice.slots) / static_cast<double>(known.model.neurons());
    const double cached = choice.stages.cache ? share : 0;
    return choice.stages.predictor ? known.reuse.with(cached, eviction)
                                   : all_wanted(cached, eviction, known.model.hp.layers);
}

DecodePrediction predict_decode(const Known& known, const Choice& choice) {
    const Hyperparameters& hp = known.model.hp;
    const auto neurons = static_cast<double>(known.model.neurons()), layers = static_cast<double>(hp.layers);
    const BundleLayout& bundle = known.model.bundle;
    DecodePrediction p;
    const CacheUse use = predict_cache(known, choice, choice.eviction);
    p.let_through = neurons * use.let_through;
    p.active = neurons * known.activity.active * (choice.stages.predictor ? known.activity.recall : 1);
    const std::vector<NeuronRead> reads =
        reads_of_neuron(bundle, choice, p.let_through > 0 ? std::min(1.0, p.active / p.let_through) : 1);
    p.hit_rate = 1 - use.miss_rate();
    p.misses = neurons * use.missed;
    std::vector<int64_t> blocks;
    for (const auto& [bytes, share] : reads) {
        blocks.push_back(bytes);
        p.reads += share * p.misses;
        p.read_bytes += share * p.misses * static_cast<double>(bytes);
    }

    const double regions = layers * kRegionsPerLayer * kRegionSeconds;
    double attention = regions + attend_seconds(known, 1.5 * static_cast<double>(choice.prompt));
    for (const DenseWeights& dense : known.model.attention) attention += dense_seconds(known.device, dense);
    const double other = dense_seconds(known.device, known.model.head) + kTokenSeconds;

    // A layer: the first clusters are predicted and looked up before flash has anything to do; then it reads while the
    // rest is predicted and computed; the cluster that came last is summed when nothing is left to read. Without the
    // pipeline all computing comes after the last read.
    const FfnSeconds ffn = ffn_seconds(known, p, choice);
    const double copying = static_cast<double>(bundle.bytes) / known.device.memory_bytes_per_s();
    const double reader = p.misses * (cpu_seconds(known.device, reads, choice.depth) + copying);
    const double stolen = choice.io_core_free ? 0 : reader / choice.threads;
    const double compute = ffn.gate_up + ffn.down + stolen;
    const double busy = (ffn.predict + ffn.cache + compute) / layers;
    const double lead = ffn.predict / layers * std::min(1.0, choice.threads / static_cast<double>(kColumnParts)) +
                        ffn.cache / layers / static_cast<double>(kColumnParts);
    const double burst = known.device.burst_seconds(p.reads / layers, blocks, choice.depth);
    const double last = choice.stages.pipeline ? ffn.down / layers / static_cast<double>(kColumnParts) * choice.threads
                                               : (ffn.gate_up + ffn.down) / layers;
    const double layer = p.misses > 0 ? std::max(busy, lead + burst + last) : busy;

    p.attention_ms = 1e3 * attention;
    p.other_ms = 1e3 * other;
    p.predict_ms = 1e3 * ffn.predict;
    p.cache_ms = 1e3 * ffn.cache;
    p.compute_ms = 1e3 * compute;
    p.flash_ms = 1e3 * burst * layers;
    p.stall_ms = 1e3 * (layer - busy) * layers;
    p.token_ms = p.attention_ms + p.other_ms + 1e3 * layer * layers;
    p.tokens_per_s = 1e3 / p.token_ms;
    return p;
}

double layer_compute_ms(const Known& known, int64_t tokens) {
    const BundleLayout& bundle = known.model.bundle;
    const auto weights = static_cast<double>(known.model.hp.embedding * known.model.hp.ffn);
    double seconds = 0;
    for (const WeightType type : {bundle.gate_type, bundle.up_type, bundle.down_type}) {
        seconds += weights * known.device.seconds_per_weight(type, tokens);
    }
    for (const DenseWeights& dense : known.model.attention) {
        seconds += static_cast<double>(dense.weights) / static_cast<double>(known.model.hp.layers) *
                   known.device.seconds_per_weight(dense.type, tokens);
    }
    return 1e3 * seconds;
}

double layer_read_ms(const Known& known) {
    return 1e3 * static_cast<double>(known.model.bundle.section_bytes(known.model.hp.ffn)) /
           known.device.stream_bytes_per_s();
}

PrefillPrediction predict_prefill(const Known& known, const Choice& choice) {
    const ModelSizes& model = known.model;
    const auto layers = static_cast<double>(model.hp.layers);
    PrefillPrediction p;
    const double assembly = 1e3 * kAssemblyReads * static_cast<double>(model.bundle.section_bytes(model.hp.ffn)) /
                            known.device.memory_bytes_per_s();
    for (int64_t done = 0; done < choice.prompt; done += choice.batch) {
        const int64_t tokens = std::min(choice.batch, choice.prompt - done);
        // Every token attends to those before it; K and V come out of caches, so this is arithmetic in F16.
        const double position = static_cast<double>(done) + static_cast<double>(tokens) / 2;
        const double attend = 1e3 * position * static_cast<double>(2 * model.hp.heads * model.hp.head_dim) *
                              known.device.seconds_per_weight(WeightType::f16, tokens);
        const double compute = layer_compute_ms(known, tokens) + attend + assembly, read = layer_read_ms(known);
        p.compute_ms += layers * compute;
        p.flash_ms += layers * read;
        p.ms += read + (layers - 1) * std::max(compute, read) + compute;
    }
    const double head = 1e3 * dense_seconds(known.device, model.head);
    p.ms += head;
    p.tokens_per_s = p.ms > 0 ? 1e3 * static_cast<double>(choice.prompt) / p.ms : 0;
    p.ttft_ms = p.ms + 1e3 * kTokenSeconds;
    return p;
}

MemoryPrediction predict_memory(const Known& known, const Choice& choice) {
    MemoryPrediction p;
    p.use = known.model.memory(choice.context, choice.batch);
    p.cache = static_cast<uint64_t>(choice.slots * known.model.bundle.slot_bytes());
    // The budget is for the longest prompt and the whole context; this run may need less.
    const int64_t together = std::min(choice.batch, choice.prompt);
    MemoryUse use = known.model.memory(std::min(choice.context, 2 * choice.prompt), together);
    use.kv = p.use.kv;  // its pages are large ones, so that all are taken soon
    use.reserve = 0;
    p.peak = use.fixed() + p.cache;
    return p;
}

}  // namespace phonon
