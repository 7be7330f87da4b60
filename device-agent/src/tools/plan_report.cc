#include "tools/plan_report.h"

#include "model/gguf_file.h"
#include "pack/check_pack.h"
#include "tools/plan_request.h"

namespace phonon {
namespace {

using Json = nlohmann::json;

Json to_json(const Knob& knob) {
    Json out{{"name", knob.name}, {"unit", knob.unit}, {"source", to_string(knob.source)}, {"reason", knob.reason}};
    std::visit([&](const auto& value) { out["value"] = value; }, knob.value);
    return out;
}

Json to_json(const DecodePrediction& p) {
    return {{"tokens_per_s", p.tokens_per_s},
            {"token_ms", p.token_ms},
            {"parts_ms",
             {{"attention", p.attention_ms},
              {"predictor", p.predict_ms},
              {"cache", p.cache_ms},
              {"compute", p.compute_ms},
              {"stall", p.stall_ms},
              {"other", p.other_ms}}},
            {"flash_ms", p.flash_ms},
            {"let_through", p.let_through},
            {"active", p.active},
            {"misses", p.misses},
            {"hit_rate", p.hit_rate},
            {"reads", p.reads},
            {"read_bytes", p.read_bytes}};
}

Json to_json(const PrefillPrediction& p) {
    return {{"ms", p.ms},
            {"tokens_per_s", p.tokens_per_s},
            {"ttft_ms", p.ttft_ms},
            {"compute_ms", p.compute_ms},
            {"flash_ms", p.flash_ms}};
}

Json to_json(const MemoryPrediction& p) {
    return {{"peak_bytes", p.peak},
            {"parts_bytes",
             {{"held", p.use.held},
              {"cache", p.cache},
              {"kv", p.use.kv},
              {"batch", p.use.batch},
              {"logits", p.use.logits},
              {"working", p.use.working},
              {"embedding", p.use.embedding},
              {"reserve", p.use.reserve}}}};
}

Json to_json(const Plan& plan) {
    Json knobs = Json::array(), curve = Json::array();
    for (const Knob& knob : plan.knobs) knobs.push_back(to_json(knob));
    for (const CurvePoint& p : plan.curve) {
        curve.push_back({{"memory_bytes", p.memory_bytes},
                         {"cache_neurons", p.cache_neurons},
                         {"hit_rate", p.hit_rate},
                         {"tokens_per_s", p.tokens_per_s}});
    }
    return {{"knobs", knobs},
            {"decode", to_json(plan.decode)},
            {"prefill", to_json(plan.prefill)},
            {"memory", to_json(plan.memory)},
            {"smallest_bytes", plan.smallest_bytes},
            {"largest_bytes", plan.largest_bytes},
            {"curve", curve}};
}

Result<Activity> activity_in(const GgufFile& gguf, const Hyperparameters& hp) {
    const auto pack = read_pack(gguf, hp);
    if (!pack) return pack.error();
    return packed_activity(pack.value(), gguf.path());
}

// Of the file itself where it is a pack, of its pack where there is one that fits, and else assumed.
Result<Activity> find_activity(const GgufFile& gguf, const Hyperparameters& hp, const PlanRequest& request) {
    if (is_pack(gguf)) return activity_in(gguf, hp);
    if (request.statistics) return told_activity(*request.statistics);
    if (request.pack.empty()) return assumed_activity(hp.activation);
    const auto state = check_pack(gguf.path(), request.pack);
    if (!state) return state.error();
    if (state.value() != "current") return assumed_activity(hp.activation);
    const auto opened = GgufFile::open(request.pack);
    if (!opened) return opened.error();
    return activity_in(*opened.value(), hp);
}

}  // namespace

Result<Json> plan_report(const std::string& model, const std::string& request) {
    const auto asked = read_plan_request(request);
    if (!asked) return asked.error();
    const auto opened = GgufFile::open(model);
    if (!opened) return opened.error();
    const auto shape = read_shape(*opened.value(), asked.value().activation);
    if (!shape) return shape.error();
    const auto activity = find_activity(*opened.value(), shape.value().hp, asked.value());
    if (!activity) return activity.error();
    const auto plan = make_plan(asked.value().profile, shape.value(), activity.value(), asked.value().limits);
    if (!plan) return plan.error();
    Json out = to_json(plan.value());
    out["activity"] = {{"assumed", activity.value().assumed}, {"source", activity.value().source}};
    return out;
}

}  // namespace phonon
