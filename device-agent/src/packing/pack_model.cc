#include "packing/pack_model.h"

#include <algorithm>
#include <memory>
#include <new>
#include <optional>
#include <sstream>

#include "base/clock.h"
#include "base/crc32c.h"
#include "packing/interrupted_pack.h"
#include "packing/layer_packer.h"

namespace phonon {
namespace {

constexpr double kMostSparsity = 0.95;

Error cancelled() {
    return {"cancelled", "packing was cancelled"};
}

PackPlanOptions plan_options(const PackConfig& config, int64_t profiled_tokens) {
    return {.profiled_tokens = profiled_tokens,
            .profile_source = config.text.empty() ? kWrittenByModel : kFromText,
            .energy_share = config.energy_share,
            .thresholds = config.sparsity > 0,
            .requantise = config.requantise};
}

// What decides about a pack's bytes, in words.
std::string identity_of(const PackConfig& config, PredictorWish wish, const PackSource& source) {
    std::ostringstream out;
    out << std::hexfloat << "pack " << kPackVersion << "\nmodel " << source.gguf->file().bytes().size() << " bytes, "
        << source_checksum(*source.gguf) << "\nactivation " << to_string(source.hp.activation) << "\nenergy "
        << config.energy_share << "\nsparsity " << config.sparsity << "\nrequantise " << to_string(config.requantise)
        << "\npredictor " << static_cast<int>(wish) << "\nkernels " << source.kernels->name << '\n';
    if (config.text.empty()) {
        out << "seed " << config.seed << '\n';
    } else {
        out << "text " << config.text.size() << " bytes, " << crc32c(std::as_bytes(std::span(config.text))) << '\n';
    }
    return out.str();
}

// `wish` is what the configuration says of predictors.
Status check_config(const PackConfig& config, PredictorWish& wish) {
    if (!(config.energy_share > 0) || config.energy_share > 1) {
        return Error{"bad_request", "the share of activation energy to keep must be above 0 and at most 1"};
    }
    if (!(config.sparsity >= 0) || config.sparsity > kMostSparsity) {
        return Error{"bad_request", "the share of neurons that count as nothing must be at least 0 and at most 0.95"};
    }
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
        Status status = check_config(config_, wish_);
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
        state_.identity = identity_of(config_, wish_, source_);
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
        LayerPacker packer(source_, state_, plan_, *file_, config_, wish_);
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
        for (const PackedPredictor& layer : state_.predictors) report_.predictors.push_back(layer.described());
    }

    const PackConfig& config_;
    const std::function<void(const PackProgress&)>& progress_;
    const std::atomic<bool>& cancel_;
    PredictorWish wish_ = PredictorWish::cheaper;
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
