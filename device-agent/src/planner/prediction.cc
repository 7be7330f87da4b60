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

// What a token takes of one layer's FFN, in seconds; computing is over all threads.
struct LayerSeconds {
    double predict = 0, cache = 0, gate_up = 0, down = 0;
    double stolen = 0;  // from the compute threads, by the I/O thread
    double burst = 0;   // flash is reading
    double all = 0;
    double reads = 0, read_bytes = 0;

    double busy() const { return predict + cache + gate_up + down + stolen; }
};

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

double core_seconds(const DeviceCosts& device, const std::vector<NeuronRead>& reads, int64_t depth) {
    double sum = 0;
    for (const auto& [bytes, share] : reads) {
        sum += share * device.read_core_seconds(bytes, static_cast<double>(depth));
    }
    return sum;
}

// Of all layers.
double predict_seconds(const Known& known) {
    const MatrixShape gate{known.model.hp.ffn, known.model.hp.embedding};
    const auto low_rank = static_cast<double>(known.model.low_rank_bytes);
    return (static_cast<double>(known.model.predictor_bytes) - low_rank) /
               known.device.predictor_bytes_per_s(PredictorKind::two_bit, gate) +
           low_rank / known.device.predictor_bytes_per_s(PredictorKind::low_rank, gate);
}

// `p`: the neurons that a token wants. The first clusters are predicted and looked up before flash has anything to do;
// then it reads while the rest is predicted and computed; the cluster that came last is summed when nothing is left to
// read. Without the pipeline all computing comes after the last read.
LayerSeconds layer_seconds(const Known& known, const Choice& choice, const BundleLayout& bundle,
                           const DecodePrediction& p) {
    const DeviceCosts& device = known.device;
    const MatrixShape rows{known.model.hp.ffn, known.model.hp.embedding}, columns{rows.cols, rows.rows};
    const auto layers = static_cast<double>(known.model.hp.layers);
    const double let_through = p.let_through / layers, active = p.active / layers, misses = p.misses / layers;
    LayerSeconds s;
    s.predict = choice.stages.predictor ? predict_seconds(known) / layers : 0;
    s.cache = (let_through * kLookupSeconds + misses * kClaimSeconds) / choice.threads;
    s.gate_up =
        let_through * static_cast<double>(bundle.gate_bytes) / device.bytes_per_s(bundle.gate_type, "rows", rows) +
        active * static_cast<double>(bundle.up_bytes) / device.bytes_per_s(bundle.up_type, "rows", rows);
    s.down = active * static_cast<double>(bundle.down_bytes) / device.bytes_per_s(bundle.down_type, "columns", columns);

    const std::vector<NeuronRead> reads =
        reads_of_neuron(bundle, choice, let_through > 0 ? std::min(1.0, active / let_through) : 1);
    std::vector<int64_t> blocks;
    for (const auto& [bytes, share] : reads) {
        blocks.push_back(bytes);
        s.reads += share * misses;
        s.read_bytes += share * misses * static_cast<double>(bytes);
    }
    const double copying = static_cast<double>(bundle.bytes) / device.memory_bytes_per_s();
    const double reader = misses * (core_seconds(device, reads, choice.depth) + copying);
    s.stolen = choice.io_core_free ? 0 : reader / choice.threads;
    s.burst = device.burst_seconds(s.reads, blocks, choice.depth);
    const double lead = s.predict * std::min(1.0, choice.threads / static_cast<double>(kColumnParts)) +
                        s.cache / static_cast<double>(kColumnParts);
    const double last =
        choice.stages.pipeline ? s.down / static_cast<double>(kColumnParts) * choice.threads : s.gate_up + s.down;
    s.all = misses > 0 ? std::max(s.busy(), lead + s.burst + last) : s.busy();
    return s;
}

// A layer's FFN on flash, the mean over the layers.
double layer_read_bytes(const ModelSizes& model) {
    int64_t bytes = 0;
    for (const auto& [bundle, layers] : model.kinds) bytes += layers * bundle.section_bytes(model.hp.ffn);
    return static_cast<double>(bytes) / static_cast<double>(model.hp.layers);
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
    const auto neurons = static_cast<double>(known.model.neurons());
    DecodePrediction p;
    const CacheUse use = predict_cache(known, choice, choice.eviction);
    p.let_through = neurons * use.let_through;
    p.active = neurons * known.activity.active * (choice.stages.predictor ? known.activity.recall : 1);
    p.hit_rate = 1 - use.miss_rate();
    p.misses = neurons * use.missed;

    const double regions = static_cast<double>(hp.layers) * kRegionsPerLayer * kRegionSeconds;
    double attention = regions + attend_seconds(known, 1.5 * static_cast<double>(choice.prompt));
    for (const DenseWeights& dense : known.model.attention) attention += dense_seconds(known.device, dense);
    p.attention_ms = 1e3 * attention;
    p.other_ms = 1e3 * (dense_seconds(known.device, known.model.head) + kTokenSeconds);

    p.token_ms = p.attention_ms + p.other_ms;
    for (const auto& [bundle, layers] : known.model.kinds) {
        const LayerSeconds layer = layer_seconds(known, choice, bundle, p);
        const auto of = static_cast<double>(layers);
        p.reads += of * layer.reads;
        p.read_bytes += of * layer.read_bytes;
        p.predict_ms += 1e3 * of * layer.predict;
        p.cache_ms += 1e3 * of * layer.cache;
        p.compute_ms += 1e3 * of * (layer.gate_up + layer.down + layer.stolen);
        p.flash_ms += 1e3 * of * layer.burst;
        p.stall_ms += 1e3 * of * (layer.all - layer.busy());
        p.token_ms += 1e3 * of * layer.all;
    }
    p.tokens_per_s = 1e3 / p.token_ms;
    return p;
}

double layer_compute_ms(const Known& known, int64_t tokens) {
    const Hyperparameters& hp = known.model.hp;
    const auto weights = static_cast<double>(hp.embedding * hp.ffn);
    double seconds = 0;
    for (const auto& [bundle, layers] : known.model.kinds) {
        for (const WeightType type : {bundle.gate_type, bundle.up_type, bundle.down_type}) {
            seconds += static_cast<double>(layers) * weights * known.device.seconds_per_weight(type, tokens);
        }
    }
    for (const DenseWeights& dense : known.model.attention) {
        seconds += static_cast<double>(dense.weights) * known.device.seconds_per_weight(dense.type, tokens);
    }
    return 1e3 * seconds / static_cast<double>(hp.layers);
}

double layer_read_ms(const Known& known) {
    return 1e3 * layer_read_bytes(known.model) / known.device.stream_bytes_per_s();
}

PrefillPrediction predict_prefill(const Known& known, const Choice& choice) {
    const ModelSizes& model = known.model;
    const auto layers = static_cast<double>(model.hp.layers);
    PrefillPrediction p;
    const double assembly = 1e3 * kAssemblyReads * layer_read_bytes(model) / known.device.memory_bytes_per_s();
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
