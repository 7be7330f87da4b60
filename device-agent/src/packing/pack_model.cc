#include "packing/pack_model.h"

#include <memory>
#include <new>
#include <optional>

#include "base/clock.h"
#include "base/cores.h"
#include "kernels/formats.h"
#include "kernels/prepare_columns.h"
#include "pack/weight_types.h"
#include "packing/layer_profile.h"
#include "packing/profile_tokens.h"
#include "packing/profiling_ffn.h"
#include "packing/section_writer.h"

namespace phonon {
namespace {

constexpr double kMostSparsity = 0.95;
constexpr int64_t kStepsTogether = 16;  // of the profile's tokens

Error cancelled() {
    return {"cancelled", "packing was cancelled"};
}

// The model as its file holds it, and everything that runs it.
struct Source {
    std::unique_ptr<GgufFile> gguf;
    Hyperparameters hp;
    ModelTensors tensors;
    const Kernels* kernels = best_kernels();
    std::unique_ptr<TaskPool> pool;
    ModelWeights weights;
    KvCache cache;
};

Status open_source(const PackConfig& config, const std::atomic<bool>& cancel, Source& source) {
    auto gguf = GgufFile::open(config.model);
    if (!gguf) return gguf.error();
    source.gguf = std::move(gguf).value();
    if (is_pack(*source.gguf)) return Error{"bad_request", config.model + " is a pack already"};
    auto hp = read_hyperparameters(*source.gguf);
    if (!hp) return hp.error();
    source.hp = hp.value();
    if (!config.activation.empty() && !parse_activation(config.activation, source.hp.activation)) {
        return Error{"bad_request", "activation '" + config.activation + "' is not known"};
    }
    auto tensors = read_tensors(*source.gguf, source.hp);
    if (!tensors) return tensors.error();
    source.tensors = std::move(tensors).value();
    source.pool = std::make_unique<TaskPool>(choose_cores(config.threads, usable_cores()));
    auto weights = prepare_weights(*source.gguf, source.tensors, source.hp.activation != Activation::silu,
                                   Hold::borrowed, *source.kernels, *source.pool, cancel);
    if (!weights) return weights.error();
    source.weights = std::move(weights).value();
    return source.cache.allocate({.layers = source.hp.layers,
                                  .sequences = kProfileSequences,
                                  .context = kProfileSteps,
                                  .kv_heads = source.hp.kv_heads,
                                  .head_dim = source.hp.head_dim});
}

Result<ProfileTokens> choose_tokens(const PackConfig& config, Source& source,
                                    const std::function<void(int64_t)>& progress, const std::atomic<bool>& cancel) {
    if (!config.text.empty()) {
        auto tokenizer = Tokenizer::open(config.model);
        if (!tokenizer) return tokenizer.error();
        return profile_text(*tokenizer.value(), config.text);
    }
    ResidentFeedForward ffn(source.hp, source.weights, *source.kernels, *source.pool);
    Transformer transformer(source.hp, source.weights, ffn, source.cache, *source.kernels, *source.pool);
    return write_profile_text(transformer, source.hp, config.seed, progress, cancel);
}

// The two-bit copy of a layer's Gate.
std::vector<std::byte> copy_gate(const TensorView& gate, TaskPool& pool) {
    std::vector<std::byte> tiles(two_bit_bytes(gate.rows, gate.cols));
    const int64_t count = (gate.rows + kTileRows - 1) / kTileRows, bytes = static_cast<int64_t>(tiles.size()) / count;
    pool.run(count, [&](int64_t tile, int) {
        std::vector<float> rows(static_cast<size_t>(kTileRows * gate.cols));
        for (int64_t r = 0; r < kTileRows && tile * kTileRows + r < gate.rows; ++r) {
            read_row(gate, tile * kTileRows + r, rows.data() + r * gate.cols);
        }
        pack_two_bit_tile(rows.data(), gate.cols, tiles.data() + tile * bytes);
    });
    return tiles;
}

// Goes through the model layer by layer, with all of the profile's tokens, and writes each when it has been seen.
class Packer {
  public:
    Packer(Source& source, const ProfileTokens& tokens, const PackPlan& plan, const PartFile& file, double energy_share,
           double sparsity)
        : source_(source),
          tokens_(tokens),
          writer_(plan, file),
          ffn_(source.hp, source.weights, sparsity, *source.kernels, *source.pool),
          transformer_(source.hp, source.weights, ffn_, source.cache, *source.kernels, *source.pool),
          energy_share_(energy_share) {}

    SectionWriter& writer() { return writer_; }

    Result<PackStatistics> pack_layer(int64_t layer, const std::atomic<bool>& cancel) {
        const FfnTensors& ffn = source_.tensors.layers[static_cast<size_t>(layer)].ffn.front();
        const std::vector<std::byte> tiles = copy_gate(ffn.gate, *source_.pool);
        const TwoBitGate gate(tiles.data(), ffn.gate.rows, ffn.gate.cols);
        LayerProfile profile(source_.hp.ffn, tokens_.steps * kProfileSequences,
                             source_.hp.activation == Activation::silu);
        ffn_.watch(profile, gate);
        if (Status status = run_layer(layer, cancel); !status) return status.error();
        const PackStatistics statistics = profile.statistics(energy_share_);
        if (Status status = write_layer(layer, ffn, profile, statistics, tiles); !status) return status.error();
        for (const TensorView* view : {&ffn.gate, &ffn.up, &ffn.down}) {
            source_.gguf->file().release({view->data, view->bytes});
        }
        return statistics;
    }

  private:
    Status run_layer(int64_t layer, const std::atomic<bool>& cancel) {
        StepReport report;
        report.active.resize(static_cast<size_t>(source_.hp.layers));
        size_t chunk = 0;
        for (int64_t step = 0; step < tokens_.steps; step += kStepsTogether, ++chunk) {
            if (cancel) return cancelled();
            transformer_.begin(profile_batch(tokens_, step, std::min(kStepsTogether, tokens_.steps - step)));
            const std::span<float> x = transformer_.residual();
            if (layer > 0) std::copy(residuals_[chunk].begin(), residuals_[chunk].end(), x.begin());
            if (Status status = transformer_.run_layer(layer, report); !status) return status;
            residuals_.resize(std::max(residuals_.size(), chunk + 1));
            residuals_[chunk].assign(x.begin(), x.end());
        }
        return {};
    }

    Status write_layer(int64_t layer, const FfnTensors& ffn, const LayerProfile& profile, const PackStatistics& s,
                       std::span<const std::byte> tiles) {
        const auto name = [&](const char* part) { return pack_tensor(layer, part); };
        const std::vector<int32_t> order = profile.order();
        const std::vector<float> frequency = profile.frequency();
        const std::array<float, kPackStatistics> numbers{s.threshold, s.active,  s.let_through, s.recall,
                                                         s.energy,    s.overlap, s.bin_width};
        const std::vector<EstimateBin> estimates = profile.estimates();
        const Tensor source{*weight_type(ffn.down.type), ffn.down.data, ffn.down.rows, ffn.down.cols};
        auto down = Weights::prepare(source, Layout::columns, *source_.kernels, *source_.pool);
        if (!down) return down.error();
        Status status = writer_.write_array<int32_t>(name("order"), order);
        if (status) status = writer_.write_array<float>(name("frequency"), frequency);
        if (status) status = writer_.write_array<float>(name("statistics"), numbers);
        if (status) status = writer_.write_array<float>(name("overlaps"), profile.overlaps().shares());
        if (status) status = writer_.write_array<float>(name("correction"), profile.correction());
        if (status) status = writer_.write_array<EstimateBin>(name("estimates"), estimates);
        if (const float threshold = ffn_.threshold(); status && threshold > 0) {
            status = writer_.write_array<float>(name("activation_threshold"), {&threshold, 1});
        }
        if (status) status = writer_.write(name("predictor"), tiles);
        if (status) status = write_scales(layer, down.value());
        if (status) status = writer_.write_bundles(layer, ffn, down.value(), order, *source_.pool);
        return status;
    }

    Status write_scales(int64_t layer, const Weights& down) {
        const ColumnSizes sizes = column_sizes(down.type(), down.rows(), down.cols());
        std::vector<std::byte> all;
        const auto add = [&](const AlignedBuffer& buffer, int64_t bytes) {
            all.insert(all.end(), buffer.as<std::byte>(), buffer.as<std::byte>() + bytes);
        };
        const Weights::Data& d = down.data();
        add(d.scales, sizes.scales);
        add(d.minima, sizes.minima);
        add(d.subscales, sizes.subscales);
        add(d.subminima, sizes.subminima);
        return all.empty() ? Status{} : writer_.write(pack_tensor(layer, "down_scales"), all);
    }

    Source& source_;
    const ProfileTokens& tokens_;
    SectionWriter writer_;
    ProfilingFfn ffn_;
    Transformer transformer_;
    const double energy_share_;
    std::vector<std::vector<float>> residuals_;  // [chunk of steps][tokens][embedding]
};

}  // namespace

Result<PackReport> pack_model(const PackConfig& config, const std::function<void(const PackProgress&)>& progress,
                              const std::atomic<bool>& cancel) try {
    const auto start = Clock::now();
    if (!(config.energy_share > 0) || config.energy_share > 1) {
        return Error{"bad_request", "the share of activation energy to keep must be above 0 and at most 1"};
    }
    if (!(config.sparsity >= 0) || config.sparsity > kMostSparsity) {
        return Error{"bad_request", "the share of neurons that count as nothing must be at least 0 and at most 0.95"};
    }
    Source source;
    if (Status status = open_source(config, cancel, source); !status) return status.error();
    // Room is found out before the long work.
    const bool thresholds = config.sparsity > 0;
    if (thresholds && source.hp.activation != Activation::silu) {
        return Error{"bad_request", config.model + ": thresholds are for silu; " + to_string(source.hp.activation) +
                                        " leaves neurons at zero by itself"};
    }
    auto plan = plan_pack(*source.gguf, source.hp, kProfileSteps * kProfileSequences, config.energy_share, thresholds);
    if (!plan) return plan.error();
    auto file = PartFile::create(config.out, plan.value().file_bytes, true);
    if (!file) return file.error();

    const int steps = config.text.empty() ? static_cast<int>(kProfileSteps) : 0;
    PackProgress now{.done = 0, .total = steps + static_cast<int>(source.hp.layers) + 1, .what = "reading the model"};
    const auto tell = [&](int done, std::string what) {
        now.done = done;
        now.what = std::move(what);
        progress(now);
    };
    auto tokens = choose_tokens(
        config, source,
        [&](int64_t step) { tell(static_cast<int>(step), "the model writes the text that it is profiled with"); },
        cancel);
    if (!tokens) return tokens.error();
    PackReport report{.bytes = plan.value().file_bytes,
                      .profiled_tokens = tokens.value().steps * kProfileSequences,
                      .profile_source = tokens.value().source};
    if (report.profiled_tokens != kProfileSteps * kProfileSequences) {
        plan = plan_pack(*source.gguf, source.hp, report.profiled_tokens, config.energy_share, thresholds);
    }

    Packer packer(source, tokens.value(), plan.value(), file.value(), config.energy_share, config.sparsity);
    tell(steps, "copying what stays in memory");
    if (Status status = file.value().write(0, plan.value().header); !status) return status.error();
    for (const PackPlan::Section& section : plan.value().sections) {
        if (section.copied == nullptr) continue;
        if (cancel) return cancelled();
        if (Status status = packer.writer().write(section.name, section.copied->data); !status) return status.error();
        source.gguf->file().release(section.copied->data);
    }
    for (int64_t layer = 0; layer < source.hp.layers; ++layer) {
        tell(steps + 1 + static_cast<int>(layer),
             "layer " + std::to_string(layer + 1) + " of " + std::to_string(source.hp.layers));
        auto statistics = packer.pack_layer(layer, cancel);
        if (!statistics) return statistics.error();
        const auto share = 1.0 / static_cast<double>(source.hp.layers);
        report.active += share * statistics.value().active;
        report.let_through += share * statistics.value().let_through;
        report.recall += share * statistics.value().recall;
        report.energy += share * statistics.value().energy;
    }
    if (Status status = packer.writer().write_checksums(); !status) return status.error();
    if (Status status = file.value().flush(); !status) return status.error();
    if (Status status = file.value().commit(); !status) return status.error();
    report.seconds = milliseconds_since(start) / 1000;
    return report;
} catch (const std::bad_alloc&) {
    return Error{"out_of_memory", config.model + ": memory ran out while it was packed"};
}

}  // namespace phonon
