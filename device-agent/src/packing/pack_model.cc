#include "packing/pack_model.h"

#include <array>
#include <memory>
#include <new>
#include <optional>

#include "base/clock.h"
#include "base/cores.h"
#include "kernels/prepare_columns.h"
#include "pack/weight_types.h"
#include "packing/layer_profile.h"
#include "packing/predictor_choice.h"
#include "packing/profile_tokens.h"
#include "packing/profiling_ffn.h"
#include "packing/section_writer.h"
#include "predictor/two_bit_gate.h"

namespace phonon {
namespace {

constexpr double kMostSparsity = 0.95;

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

// Goes through the model layer by layer, with all of the profile's tokens, and writes each when it has been seen.
class Packer {
  public:
    Packer(Source& source, const ProfileTokens& tokens, const PackPlan& plan, const PartFile& file, double energy_share,
           double sparsity, PredictorWish wish)
        : source_(source),
          tokens_(tokens),
          writer_(plan, file),
          ffn_(source.hp, source.weights, sparsity, *source.kernels, *source.pool),
          transformer_(source.hp, source.weights, ffn_, source.cache, *source.kernels, *source.pool),
          energy_share_(energy_share),
          wish_(wish) {}

    SectionWriter& writer() { return writer_; }

    Result<PackedPredictor> pack_layer(int64_t layer, const std::atomic<bool>& cancel) {
        const FfnTensors& ffn = source_.tensors.layers[static_cast<size_t>(layer)].ffn.front();
        ffn_.watch(trace_, tokens_.steps * kProfileSequences);
        if (Status status = run_layer(layer, cancel); !status) return status.error();
        LayerProfile first_half(trace_.neurons), profile(trace_.neurons);
        for (int64_t t = 0; t < trace_.tokens / 2; ++t) first_half.see(trace_.h_of(t));
        for (int64_t step = 0; step < tokens_.steps; ++step) {
            for (int64_t s = 0; s < kProfileSequences; ++s) {
                profile.see(trace_.h_of(place_in_halves(tokens_, step, s)));
            }
        }
        const std::vector<uint8_t> slices = first_half.slices();
        auto choice =
            choose_predictor({.trace = trace_,
                              .gate = ffn.gate,
                              .gate_bias = source_.weights.layers[static_cast<size_t>(layer)].ffn.front().gate_bias,
                              .slices = slices,
                              .energy_share = energy_share_,
                              .silu = source_.hp.activation == Activation::silu,
                              .wish = wish_},
                             *source_.kernels, *source_.pool);
        if (!choice) return choice.error();
        const PackedPredictor report = report_of(profile, choice.value(), ffn);
        if (Status status = write_layer(layer, ffn, profile, report, choice.value()); !status) return status.error();
        for (const TensorView* view : {&ffn.gate, &ffn.up, &ffn.down}) {
            source_.gguf->file().release({view->data, view->bytes});
        }
        return report;
    }

  private:
    Status run_layer(int64_t layer, const std::atomic<bool>& cancel) {
        StepReport report;
        report.active.resize(static_cast<size_t>(source_.hp.layers));
        for (size_t half = 0; half < residuals_.size(); ++half) {
            if (cancel) return cancelled();
            transformer_.begin(profile_half(tokens_, static_cast<int64_t>(half)));
            const std::span<float> x = transformer_.residual();
            if (layer > 0) std::copy(residuals_[half].begin(), residuals_[half].end(), x.begin());
            if (Status status = transformer_.run_layer(layer, report); !status) return status;
            residuals_[half].assign(x.begin(), x.end());
        }
        return {};
    }

    PackedPredictor report_of(const LayerProfile& profile, const PredictorChoice& choice, const FfnTensors& ffn) const {
        const TriedPredictor& chosen = choice.chosen;
        const EstimateProfile::Kept kept = chosen.estimates.keep(energy_share_);
        return {.statistics = {.threshold = kept.threshold,
                               .active = kept.active,
                               .let_through = kept.let_through,
                               .recall = kept.recall,
                               .energy = kept.energy,
                               .overlap = profile.overlap(),
                               .bin_width = chosen.estimates.bin_width()},
                .format = chosen.format,
                .bytes = predictor_bytes(chosen.format, ffn.gate.rows, ffn.gate.cols),
                .costs = {.two_bit_us = static_cast<float>(choice.two_bit_us),
                          .low_rank_us = static_cast<float>(choice.low_rank_us)}};
    }

    Status write_layer(int64_t layer, const FfnTensors& ffn, const LayerProfile& profile, const PackedPredictor& report,
                       PredictorChoice& choice) {
        const auto name = [&](const char* part) { return pack_tensor(layer, part); };
        const std::vector<int32_t> order = profile.order();
        const std::vector<float> frequency = profile.frequency();
        const PackStatistics& s = report.statistics;
        const std::array<float, kPackStatistics> numbers{s.threshold, s.active,  s.let_through, s.recall,
                                                         s.energy,    s.overlap, s.bin_width};
        const std::array<int32_t, kPredictorFormatFields> format{static_cast<int32_t>(report.format.kind),
                                                                 ggml_type(report.format.type),
                                                                 static_cast<int32_t>(report.format.rank)};
        const std::array<float, kPredictorCosts> costs{report.costs.two_bit_us, report.costs.low_rank_us};
        const std::vector<EstimateBin> estimates = choice.chosen.estimates.bins();
        std::vector<std::byte>& predictor = choice.chosen.bytes;
        predictor.resize(two_bit_bytes(ffn.gate.rows, ffn.gate.cols));
        const Tensor source{*weight_type(ffn.down.type), ffn.down.data, ffn.down.rows, ffn.down.cols};
        auto down = Weights::prepare(source, Layout::columns, *source_.kernels, *source_.pool);
        if (!down) return down.error();
        Status status = writer_.write_array<int32_t>(name("order"), order);
        if (status) status = writer_.write_array<float>(name("frequency"), frequency);
        if (status) status = writer_.write_array<float>(name("statistics"), numbers);
        if (status) status = writer_.write_array<float>(name("correction"), choice.chosen.estimates.correction());
        if (status) status = writer_.write_array<EstimateBin>(name("estimates"), estimates);
        if (const float threshold = ffn_.threshold(); status && threshold > 0) {
            status = writer_.write_array<float>(name("activation_threshold"), {&threshold, 1});
        }
        if (status) status = writer_.write(name("predictor"), predictor);
        if (status) status = writer_.write_array<int32_t>(name("predictor_format"), format);
        if (status) status = writer_.write_array<float>(name("predictor_costs"), costs);
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
    const PredictorWish wish_;
    LayerTrace trace_;
    std::array<std::vector<float>, 2> residuals_;  // [half of the sequences][tokens][embedding]
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
    PredictorWish wish = PredictorWish::cheaper;
    if (!config.predictor.empty() && !parse_predictor(config.predictor, wish)) {
        return Error{"bad_request",
                     "predictor '" + config.predictor + "' is not known; auto, two-bit and low-rank are"};
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

    Packer packer(source, tokens.value(), plan.value(), file.value(), config.energy_share, config.sparsity, wish);
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
        auto packed = packer.pack_layer(layer, cancel);
        if (!packed) return packed.error();
        const PackStatistics& statistics = packed.value().statistics;
        const auto share = 1.0 / static_cast<double>(source.hp.layers);
        report.active += share * statistics.active;
        report.let_through += share * statistics.let_through;
        report.recall += share * statistics.recall;
        report.energy += share * statistics.energy;
        report.predictors.push_back(packed.value());
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
