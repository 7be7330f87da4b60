#include "packing/pack_model.h"

#include <algorithm>
#include <memory>
#include <new>
#include <optional>
#include <sstream>

#include "base/clock.h"
#include "base/crc32c.h"
#include "kernels/formats.h"
#include "kernels/prepare_columns.h"
#include "kernels/weights_data.h"
#include "pack/weight_types.h"
#include "packing/interrupted_pack.h"
#include "packing/layer_profile.h"
#include "packing/pack_source.h"
#include "packing/pack_state.h"
#include "packing/predictor_choice.h"
#include "packing/profile_pass.h"
#include "packing/profiling_ffn.h"
#include "packing/quality.h"
#include "packing/requantised_layer.h"
#include "packing/section_writer.h"
#include "predictor/two_bit_gate.h"

namespace phonon {
namespace {

constexpr double kMostSparsity = 0.95;

// What check_config() has found to be known.
PredictorWish predictor_wish(const PackConfig& config) {
    PredictorWish wish = PredictorWish::cheaper;
    parse_predictor(config.predictor, wish);
    return wish;
}

Error cancelled() {
    return {"cancelled", "packing was cancelled"};
}

// Goes through the model layer by layer, with all of the profile's tokens, and writes each when it has been seen.
class Packer {
  public:
    // `state`: where to begin; its tokens, and how far it is. All must outlive it.
    Packer(PackSource& source, PackState& state, const PackPlan& plan, const PartFile& file, const PackConfig& config)
        : source_(source),
          config_(config),
          wish_(predictor_wish(config)),
          plan_(plan),
          state_(state),
          writer_(plan, file),
          pass_(source.hp, source.weights, state.tokens, *source.kernels, *source.pool),
          ffn_(source.hp, config.sparsity, *source.kernels, *source.pool),
          exact_(source.hp, source.weights, *source.kernels, *source.pool) {}

    SectionWriter& writer() { return writer_; }
    Status allocate() { return pass_.allocate(); }

    Result<PackedPredictor> pack_layer(int64_t layer, const std::atomic<bool>& cancel) {
        const FfnTensors& ffn = source_.tensors.layers[static_cast<size_t>(layer)].ffn.front();
        const FfnWeights& original = source_.weights.layers[static_cast<size_t>(layer)].ffn.front();
        RequantisedLayer anew;
        const bool requantise = config_.requantise != Requantise::none;
        if (requantise) {
            auto made = RequantisedLayer::make(ffn, original, plan_.bundles[static_cast<size_t>(layer)],
                                               *source_.kernels, *source_.pool);
            if (!made) return made.error();
            anew = std::move(made).value();
        }
        ffn_.watch(requantise ? anew.weights() : original, trace_, state_.tokens.steps * kProfileSequences);
        if (Status status = pass_.run_layer(layer, ffn_, state_.streams[0], cancel); !status) return status.error();
        if (state_.streams.size() > 1) {
            if (Status status = pass_.run_layer(layer, exact_, state_.streams[1], cancel); !status)
                return status.error();
        }
        const LayerProfile profile = profile_of_all();
        auto choice = choose(ffn, original);
        if (!choice) return choice.error();
        const PackedPredictor report = report_of(profile, choice.value(), ffn);
        if (Status status =
                write_layer(layer, ffn, requantise ? &anew.bytes() : nullptr, profile, report, choice.value());
            !status) {
            return status.error();
        }
        for (const TensorView* view : {&ffn.gate, &ffn.up, &ffn.down}) {
            source_.gguf->file().release({view->data, view->bytes});
        }
        return report;
    }

    // After the last layer, of a pack that computes something else than its model.
    Result<PackQuality> compare(const std::atomic<bool>& cancel) {
        return compare_streams(pass_, state_.tokens.steps, state_.streams[1], state_.streams[0], *source_.pool, cancel);
    }

  private:
    LayerProfile profile_of_all() const {
        LayerProfile profile(trace_.neurons);
        for (int64_t step = 0; step < state_.tokens.steps; ++step) {
            for (int64_t s = 0; s < kProfileSequences; ++s) {
                profile.see(trace_.h_of(place_in_halves(state_.tokens, step, s)));
            }
        }
        return profile;
    }

    Result<PredictorChoice> choose(const FfnTensors& ffn, const FfnWeights& original) const {
        LayerProfile first_half(trace_.neurons);
        for (int64_t t = 0; t < trace_.tokens / 2; ++t) first_half.see(trace_.h_of(t));
        const std::vector<uint8_t> slices = first_half.slices();
        return choose_predictor({.trace = trace_,
                                 .gate = ffn.gate,
                                 .gate_bias = original.gate_bias,
                                 .slices = slices,
                                 .energy_share = config_.energy_share,
                                 .silu = source_.hp.activation == Activation::silu,
                                 .wish = wish_},
                                *source_.kernels, *source_.pool);
    }

    PackedPredictor report_of(const LayerProfile& profile, const PredictorChoice& choice, const FfnTensors& ffn) const {
        const TriedPredictor& chosen = choice.chosen;
        const EstimateProfile::Kept kept = chosen.estimates.keep(config_.energy_share);
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

    Status write_predictor(int64_t layer, const FfnTensors& ffn, const PackedPredictor& report,
                           PredictorChoice& choice) {
        const auto name = [&](const char* part) { return pack_tensor(layer, part); };
        const std::array<int32_t, kPredictorFormatFields> format{static_cast<int32_t>(report.format.kind),
                                                                 ggml_type(report.format.type),
                                                                 static_cast<int32_t>(report.format.rank)};
        const std::array<float, kPredictorCosts> costs{report.costs.two_bit_us, report.costs.low_rank_us};
        const std::vector<EstimateBin> estimates = choice.chosen.estimates.bins();
        std::vector<std::byte>& bytes = choice.chosen.bytes;
        bytes.resize(two_bit_bytes(ffn.gate.rows, ffn.gate.cols));
        Status status = writer_.write_array<float>(name("correction"), choice.chosen.estimates.correction());
        if (status) status = writer_.write_array<EstimateBin>(name("estimates"), estimates);
        if (status) status = writer_.write(name("predictor"), bytes);
        if (status) status = writer_.write_array<int32_t>(name("predictor_format"), format);
        if (status) status = writer_.write_array<float>(name("predictor_costs"), costs);
        return status;
    }

    // `anew`: what stands for the model's own bytes; null: nothing does.
    Status write_layer(int64_t layer, const FfnTensors& ffn, const LayerBytes* anew, const LayerProfile& profile,
                       const PackedPredictor& report, PredictorChoice& choice) {
        const auto name = [&](const char* part) { return pack_tensor(layer, part); };
        const std::vector<int32_t> order = profile.order();
        const std::vector<float> frequency = profile.frequency();
        const PackStatistics& s = report.statistics;
        const std::array<float, kPackStatistics> numbers{s.threshold, s.active,  s.let_through, s.recall,
                                                         s.energy,    s.overlap, s.bin_width};
        Status status = writer_.write_array<int32_t>(name("order"), order);
        if (status) status = writer_.write_array<float>(name("frequency"), frequency);
        if (status) status = writer_.write_array<float>(name("statistics"), numbers);
        if (status) status = writer_.write_array<float>(name("overlaps"), profile.overlaps().shares());
        if (const float threshold = ffn_.threshold(); status && threshold > 0) {
            status = writer_.write_array<float>(name("activation_threshold"), {&threshold, 1});
        }
        if (status) status = write_predictor(layer, ffn, report, choice);
        if (!status) return status;
        if (anew != nullptr) return writer_.write_bundles(layer, *anew, order, *source_.pool);
        const Tensor source{*weight_type(ffn.down.type), ffn.down.data, ffn.down.rows, ffn.down.cols};
        auto down = Weights::prepare(source, Layout::columns, *source_.kernels, *source_.pool);
        if (!down) return down.error();
        if (status = write_scales(layer, down.value()); !status) return status;
        const LayerBytes bytes{.gate = ffn.gate.data, .up = ffn.up.data, .down = down.value().data().columns};
        return writer_.write_bundles(layer, bytes, order, *source_.pool);
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

    PackSource& source_;
    const PackConfig& config_;
    const PredictorWish wish_;
    const PackPlan& plan_;
    PackState& state_;
    SectionWriter writer_;
    ProfilePass pass_;
    ProfilingFfn ffn_;
    ResidentFeedForward exact_;
    LayerTrace trace_;
};

PackPlanOptions plan_options(const PackConfig& config, int64_t profiled_tokens) {
    return {.profiled_tokens = profiled_tokens,
            .energy_share = config.energy_share,
            .thresholds = config.sparsity > 0,
            .requantise = config.requantise};
}

// What decides about a pack's bytes, in words.
std::string identity_of(const PackConfig& config, const PackSource& source) {
    std::ostringstream out;
    out << std::hexfloat << "pack " << kPackVersion << "\nmodel " << source.gguf->file().bytes().size() << " bytes, "
        << source_checksum(*source.gguf) << "\nactivation " << to_string(source.hp.activation) << "\nenergy "
        << config.energy_share << "\nsparsity " << config.sparsity << "\nrequantise " << to_string(config.requantise)
        << "\npredictor " << static_cast<int>(predictor_wish(config)) << "\nkernels " << source.kernels->name << '\n';
    if (config.text.empty()) {
        out << "seed " << config.seed << '\n';
    } else {
        out << "text " << config.text.size() << " bytes, " << crc32c(std::as_bytes(std::span(config.text))) << '\n';
    }
    return out.str();
}

Status check_config(const PackConfig& config) {
    if (!(config.energy_share > 0) || config.energy_share > 1) {
        return Error{"bad_request", "the share of activation energy to keep must be above 0 and at most 1"};
    }
    if (!(config.sparsity >= 0) || config.sparsity > kMostSparsity) {
        return Error{"bad_request", "the share of neurons that count as nothing must be at least 0 and at most 0.95"};
    }
    PredictorWish wish;
    if (!config.predictor.empty() && !parse_predictor(config.predictor, wish)) {
        return Error{"bad_request",
                     "predictor '" + config.predictor + "' is not known; auto, two-bit and low-rank are"};
    }
    return {};
}

// One packing, from its beginning or from where another one was killed.
class Packing {
  public:
    Packing(const PackConfig& config, const std::function<void(const PackProgress&)>& progress,
            const std::atomic<bool>& cancel)
        : config_(config), progress_(progress), cancel_(cancel) {}

    Result<PackReport> run() {
        Status status = check_config(config_);
        if (status) status = open_source(config_, cancel_, source_);
        if (status) status = begin();
        if (status) status = write();
        if (status) return report_;
        if (status.error().code == "cancelled" && config_.leaving != nullptr && *config_.leaving && file_) {
            file_->leave();
        } else if (file_) {
            remove_pack_state(config_.out);
        }
        return status.error();
    }

  private:
    bool lossy() const { return plan_options(config_, 0).lossy(); }
    int steps() const { return config_.text.empty() ? static_cast<int>(kProfileSteps) : 0; }
    void tell(int64_t done, std::string what) const {
        const auto total = steps() + source_.hp.layers + (lossy() ? 2 : 1);
        progress_({.done = static_cast<int>(done), .total = static_cast<int>(total), .what = std::move(what)});
    }

    // Room is found out before the long work.
    Status begin() {
        if (config_.sparsity > 0 && source_.hp.activation != Activation::silu) {
            return Error{"bad_request", config_.model + ": thresholds are for silu; " +
                                            to_string(source_.hp.activation) + " leaves neurons at zero by itself"};
        }
        const auto plan_for = [&](int64_t tokens) {
            return plan_pack(*source_.gguf, source_.hp, plan_options(config_, tokens));
        };
        auto plan = plan_for(kProfileSteps * kProfileSequences);
        if (!plan) return plan.error();
        state_.identity = identity_of(config_, source_);
        state_.streams.resize(lossy() ? 2 : 1);
        tell(steps(), "looking for what an interrupted packing has left");
        std::string note;
        auto left = find_interrupted(config_.out, state_.identity,
                                     {.sections = plan.value().sections.size(),
                                      .streams = state_.streams.size(),
                                      .layers = source_.hp.layers,
                                      .embedding = source_.hp.embedding},
                                     plan_for, cancel_, note);
        if (!left) return left.error();
        if (!note.empty()) report_.notes.push_back(note);
        if (left.value()) {
            file_.emplace(std::move(left.value()->file));
            state_ = std::move(left.value()->state);
            plan_ = std::move(left.value()->plan);
            report_.resumed_layers = state_.layers;
            resumed_ = true;
            return {};
        }
        auto file = PartFile::create(config_.out, plan.value().file_bytes, true);
        if (!file) return file.error();
        file_.emplace(std::move(file).value());
        remove_pack_state(config_.out);
        auto tokens = choose_tokens(
            config_, source_, [&](int64_t step) { tell(step, "the model writes the text that it is profiled with"); },
            cancel_);
        if (!tokens) return tokens.error();
        state_.tokens = std::move(tokens).value();
        plan = plan_for(state_.tokens.steps * kProfileSequences);
        if (!plan) return plan.error();
        plan_ = std::move(plan).value();
        return {};
    }

    Status write() {
        Packer packer(source_, state_, plan_, *file_, config_);
        if (Status status = packer.allocate(); !status) return status;
        if (resumed_) {
            packer.writer().take_over(state_.checksums, state_.written);
        } else {
            tell(steps(), "copying what stays in memory");
            if (Status status = copy(packer.writer()); !status) return status;
            save(packer.writer());
        }
        while (state_.layers < source_.hp.layers) {
            const int64_t layer = state_.layers;
            tell(steps() + 1 + layer,
                 "layer " + std::to_string(layer + 1) + " of " + std::to_string(source_.hp.layers));
            const auto predictor = packer.pack_layer(layer, cancel_);
            if (!predictor) return predictor.error();
            state_.predictors.push_back(predictor.value());
            ++state_.layers;
            save(packer.writer());
        }
        if (lossy()) {
            tell(steps() + 1 + source_.hp.layers, "comparing the pack with its model");
            const auto quality = packer.compare(cancel_);
            if (!quality) return quality.error();
            report_.quality = quality.value();
        }
        Status status = packer.writer().write_checksums();
        if (status) status = write_header();
        if (!status) return status;
        remove_pack_state(config_.out);
        if (status = file_->commit(); !status) return status;
        fill_report();
        return {};
    }

    // Last, because it says what the pack is worth.
    Status write_header() const {
        PackPlanOptions options = plan_options(config_, state_.tokens.steps * kProfileSequences);
        options.quality = report_.quality.value_or(PackQuality{});
        const auto plan = plan_pack(*source_.gguf, source_.hp, options);
        if (!plan) return plan.error();
        if (Status status = file_->write(0, plan.value().header); !status) return status;
        return file_->flush();
    }

    Status copy(SectionWriter& writer) const {
        for (const PackPlan::Section& section : plan_.sections) {
            if (section.copied == nullptr) continue;
            if (cancel_) return cancelled();
            if (Status status = writer.write(section.name, section.copied->data); !status) return status;
            source_.gguf->file().release(section.copied->data);
        }
        return file_->flush();
    }

    // Without a record the packing goes on, and cannot be gone on with.
    void save(const SectionWriter& writer) {
        if (!saves_) return;
        state_.checksums = writer.checksums();
        state_.written = writer.written();
        Status status = save_pack_state(config_.out, state_);
        if (status) return;
        saves_ = false;
        remove_pack_state(config_.out);
        report_.notes.push_back("could not have been gone on with, had it been interrupted: " + status.error().message);
    }

    void fill_report() {
        report_.bytes = plan_.file_bytes;
        report_.profiled_tokens = state_.tokens.steps * kProfileSequences;
        report_.profile_source = state_.tokens.source;
        const auto share = 1.0 / static_cast<double>(state_.predictors.size());
        for (const auto& [statistics, format, bytes, costs] : state_.predictors) {
            report_.active += share * statistics.active;
            report_.let_through += share * statistics.let_through;
            report_.recall += share * statistics.recall;
            report_.energy += share * statistics.energy;
        }
        report_.predictors = state_.predictors;
    }

    const PackConfig& config_;
    const std::function<void(const PackProgress&)>& progress_;
    const std::atomic<bool>& cancel_;
    PackSource source_;
    PackPlan plan_;
    PackState state_;
    std::optional<PartFile> file_;
    bool resumed_ = false, saves_ = true;
    PackReport report_;
};

}  // namespace

Result<PackReport> pack_model(const PackConfig& config, const std::function<void(const PackProgress&)>& progress,
                              const std::atomic<bool>& cancel) try {
    const auto start = Clock::now();
    auto report = Packing(config, progress, cancel).run();
    if (report) report.value().seconds = milliseconds_since(start) / 1000;
    return report;
} catch (const std::bad_alloc&) {
    remove_pack_state(config.out);
    return Error{"out_of_memory", config.model + ": memory ran out while it was packed"};
}

}  // namespace phonon
