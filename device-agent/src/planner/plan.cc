#include "planner/plan.h"

#include <algorithm>
#include <cmath>

#include "planner/choose.h"
#include "planner/words.h"

namespace phonon {
namespace {

constexpr int64_t kDefaultContext = 4096, kDefaultBatch = 512;  // the engine's own
constexpr int64_t kMostContext = int64_t{1} << 30, kMostBatch = 8192, kMostPrompt = int64_t{1} << 30;
constexpr int kMostThreads = 256;
constexpr int kCurvePoints = 12;
constexpr double kEvery = 0.999;  // share of the neurons that fires where none is left out

Error bad(const std::string& what) {
    return {"bad_request", what};
}

Status check(const PlanLimits& limits) {
    if (limits.threads && (*limits.threads < 1 || *limits.threads > kMostThreads))
        return bad("threads must be 1 to 256");
    if (limits.context && (*limits.context < 1 || *limits.context > kMostContext))
        return bad("context must be 1 to 2^30");
    if (limits.batch && (*limits.batch < 1 || *limits.batch > kMostBatch)) return bad("batch must be 1 to 8192");
    if (!limits.compute_cores.empty() && limits.compute_cores.size() != static_cast<size_t>(limits.threads.value_or(0)))
        return bad("compute_cores must name one core for each thread");
    if (limits.prompt < 1 || limits.prompt > kMostPrompt) return bad("prompt must be 1 to 2^30 tokens");
    if (limits.cache_neurons && *limits.cache_neurons < 1) return bad("cache_neurons must be at least 1");
    const std::string eviction = limits.eviction.value_or("heat");
    if (eviction != "heat" && eviction != "lru" && eviction != "window") {
        return bad("eviction '" + eviction + "' is not known; lru, heat and window are");
    }
    return {};
}

// Decides knob after knob, each from the ones before.
class Planner {
  public:
    Planner(const HardwareProfile& profile, const Known& known, const PlanLimits& limits, const Choice& choice)
        : profile_(profile), known_(known), limits_(limits), choice_(choice) {}

    Result<Plan> make() {
        cores();
        flash();
        prompt();
        if (Status status = cache(); !status) return status.error();
        predictor();
        plan_.decode = predict_decode(known_, choice_);
        plan_.prefill = predict_prefill(known_, choice_);
        plan_.memory = predict_memory(known_, choice_);
        curve();
        return std::move(plan_);
    }

  private:
    void add(const char* name, std::variant<double, std::string> value, const char* unit, Source source,
             std::string reason) {
        plan_.knobs.push_back({name, std::move(value), unit, source, std::move(reason)});
    }
    void add_cache(Source source, std::string reason) {
        add("cache_neurons", static_cast<double>(choice_.slots), "neurons", source, std::move(reason));
    }

    void cores() {
        add("threads", static_cast<double>(choice_.threads), "threads",
            limits_.threads ? Source::user : Source::measured,
            limits_.threads ? "as you asked"
                            : "one on each core of the fastest class: together they read memory at " +
                                  figure(known_.device.memory_bytes_per_s() / 1e9) + " GB/s");
        const bool asked = !limits_.compute_cores.empty();
        const std::vector<int> chosen =
            asked ? limits_.compute_cores : choose_compute_cores(profile_, limits_.cores, choice_.threads);
        std::string list;
        for (const int core : chosen) list += (list.empty() ? "" : ", ") + std::to_string(core);
        add("compute_cores", list, "cores", asked ? Source::user : Source::measured,
            asked ? "as you asked" : "the fastest ones");
        const IoCore io = choose_io_core(profile_, limits_.cores, chosen);
        choice_.io_core_free = io.core.has_value();
        add("io_core", io.core ? std::variant<double, std::string>(static_cast<double>(*io.core)) : "any", "core",
            io.source, io.reason);
    }

    void flash() {
        const BundleLayout& bundle = known_.model.bundle;
        const Depth depth = choose_depth(known_.device, bundle.block_bytes);
        choice_.depth = depth.reads;
        if (choice_.stages.bundle) {
            const ReadPattern pattern = choose_pattern(known_.device, bundle, known_.activity, depth.reads);
            choice_.gate_first = !pattern.whole;
            add("read_pattern", pattern.whole ? "whole bundle" : "gate first", "", Source::measured, pattern.reason);
        } else {
            add("read_pattern", "matrix by matrix", "", Source::user,
                "as you asked: Gate by itself, then Up and Down of those that fire");
        }
        add("queue_depth", static_cast<double>(depth.reads), "reads", Source::measured, depth.reason);
    }

    void prompt() {
        add("context", static_cast<double>(choice_.context), "tokens", limits_.context ? Source::user : Source::model,
            limits_.context ? "as you asked" : "what the model was trained for, at most 4096");
        const double compute = layer_compute_ms(known_, choice_.batch), read = layer_read_ms(known_);
        add("prefill_batch", static_cast<double>(choice_.batch), "tokens",
            limits_.batch ? Source::user : Source::measured,
            std::string(limits_.batch ? "as you asked" : "as many as the prompt has, at most 512") +
                ": computing a layer of so many takes " + figure(compute) + " ms, and reading the next one, " +
                figure(read) + " ms, " + (compute >= read ? "hides behind it" : "does not hide behind it"));
    }

    Status cache() {
        const ModelSizes& model = known_.model;
        const int64_t slot = model.bundle.slot_bytes();
        const MemoryUse use = model.memory(choice_.context, choice_.batch);
        plan_.smallest_bytes = use.fixed() + static_cast<uint64_t>(least_slots(model.hp.ffn) * slot);
        plan_.largest_bytes = use.fixed() + static_cast<uint64_t>(model.neurons() * slot);
        const uint64_t budget = limits_.memory_bytes.value_or(limits_.available_bytes);
        const Source source = limits_.memory_bytes ? Source::user : Source::measured;
        add("memory", static_cast<double>(budget), "bytes", source,
            limits_.memory_bytes ? "as you asked" : "what the device had available when it was measured");
        const auto slots = cache_slots(model.hp, use, slot, budget, limits_.cache_neurons.value_or(0), model.name);
        if (!slots) return slots.error();
        choice_.slots = slots.value();
        const std::string of =
            " of " + std::to_string(model.neurons()) + ", " + mebibytes(static_cast<uint64_t>(choice_.slots * slot));
        if (limits_.cache_neurons && *limits_.cache_neurons == choice_.slots) {
            add_cache(Source::user, "as you asked," + of);
        } else {
            add_cache(source, choice_.slots >= model.neurons()
                                  ? "all of them fit beside " + mebibytes(use.fixed()) + " for everything else"
                                  : "what " + mebibytes(budget) + " leave after " + mebibytes(use.fixed()) +
                                        " for everything else" + of);
        }
        eviction();
        hot();
        return {};
    }

    void eviction() {
        const double heat = predict_cache(known_, choice_, "heat").miss_rate();
        const double lru = predict_cache(known_, choice_, "lru").miss_rate();
        choice_.eviction = limits_.eviction.value_or("heat");
        const Source source = limits_.eviction          ? Source::user
                              : known_.activity.assumed ? Source::assumed
                                                        : Source::pack;
        add("eviction", choice_.eviction, "", source,
            std::string(limits_.eviction ? "as you asked" : "knows frequencies and recency") + ": heat should miss " +
                percent(heat) + " of the neurons wanted, lru " + percent(lru));
    }

    void hot() {
        if (!choice_.stages.cache || choice_.eviction == "window") return;
        const HotFrequency hot =
            choose_hot_frequency(known_.device, known_.model, known_.activity, choice_.depth, choice_.slots);
        add("hot_frequency", hot.share, "of the tokens", Source::measured, hot.reason);
    }

    void predictor() {
        const Activity& activity = known_.activity;
        const Source source = activity.assumed ? Source::assumed : Source::pack;
        if (!limits_.stages.predictor) {
            add("predictor", "none", "", Source::user, "as you asked: every gate is computed");
            return;
        }
        if (!choice_.stages.predictor) {
            add("predictor", "none", "", source, "with silu and no threshold every neuron fires: " + activity.source);
            return;
        }
        add("predictor", predictor_kind(), "", source,
            "keeps " + percent(activity.energy) + " of the activations' energy by letting " +
                percent(activity.let_through) + " of the neurons through, of which " + percent(activity.active) +
                " fire (" + activity.source + ")");
    }

    std::string predictor_kind() const {
        const int64_t layers = known_.model.hp.layers, low_rank = known_.model.low_rank_layers;
        if (low_rank == 0) return "two-bit";
        if (low_rank == layers) return "low-rank";
        return "two-bit, low-rank in " + std::to_string(low_rank) + " of " + std::to_string(layers) + " layers";
    }

    // Budgets from the smallest to where everything fits, closer where more is to be won.
    void curve() {
        Choice choice = choice_;
        const int64_t least = std::min(least_slots(known_.model.hp.ffn), known_.model.neurons());
        const uint64_t fixed = plan_.memory.use.fixed();
        for (int i = 0; i < kCurvePoints; ++i) {
            const double part = static_cast<double>(i) / (kCurvePoints - 1);
            choice.slots = least + static_cast<int64_t>(part * static_cast<double>(known_.model.neurons() - least));
            const DecodePrediction p = predict_decode(known_, choice);
            plan_.curve.push_back(
                {.memory_bytes = fixed + static_cast<uint64_t>(choice.slots * known_.model.bundle.slot_bytes()),
                 .cache_neurons = choice.slots,
                 .hit_rate = p.hit_rate,
                 .tokens_per_s = p.tokens_per_s});
        }
    }

    const HardwareProfile& profile_;
    const Known& known_;
    const PlanLimits& limits_;
    Choice choice_;
    Plan plan_;
};

}  // namespace

const char* to_string(Source source) {
    switch (source) {
        case Source::measured:
            return "measured";
        case Source::pack:
            return "pack";
        case Source::model:
            return "model";
        case Source::user:
            return "user";
        case Source::assumed:
            break;
    }
    return "assumed";
}

Result<Plan> make_plan(const HardwareProfile& profile, const ModelSizes& model, const Activity& activity,
                       const PlanLimits& limits) {
    if (Status status = check(limits); !status) return status.error();
    if (profile.cores.empty()) return bad("the device's profile names no cores; `phonon probe` makes a new one");
    Choice choice{.threads = limits.threads.value_or(static_cast<int>(profile.cores.size())),
                  .context = limits.context.value_or(std::min(model.hp.context, kDefaultContext)),
                  .batch = limits.batch.value_or(std::clamp<int64_t>(limits.prompt, 1, kDefaultBatch)),
                  .prompt = limits.prompt,
                  .stages = limits.stages};
    if (model.hp.activation == Activation::silu && activity.active > kEvery) choice.stages.predictor = false;
    if (limits.prompt > choice.context) {
        return Error{"prompt_too_long", "a prompt of " + std::to_string(limits.prompt) +
                                            " tokens does not fit into a context of " + std::to_string(choice.context)};
    }
    const auto device = DeviceCosts::create(profile, choice.threads);
    if (!device) return device.error();
    const Reuse reuse(activity);
    const Known known{device.value(), model, activity, reuse};
    return Planner(profile, known, limits, choice).make();
}

}  // namespace phonon
