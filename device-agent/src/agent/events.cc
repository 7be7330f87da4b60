#include "agent/events.h"

#include "agent/profile_json.h"
#include "agent/replies.h"

namespace phonon {
namespace {

OrderedJson fields(const StartedEvent& e) {
    return {{"kind", "started"},           {"wall_ms", e.wall_ms},
            {"engine", e.engine},          {"engine_build", e.engine_build},
            {"kernels", e.report.kernels}, {"threads", e.report.cores.size()},
            {"cores", e.report.cores},     {"prompt_tokens", e.prompt_tokens},
            {"prompt_ids", e.prompt_ids},  {"config", e.config},
            {"report", to_json(e.report)}};
}

OrderedJson fields(const PrefillProgress& e) {
    return {{"kind", "prefill"}, {"done", e.done}, {"total", e.total}, {"ms", rounded(e.ms)}};
}

OrderedJson fields(const GeneratedToken& e) {
    OrderedJson out = {{"kind", "token"},
                       {"index", e.index},
                       {"id", e.id},
                       {"text", e.text},
                       {"ms", rounded(e.ms)},
                       {"parts",
                        {{"attention", rounded(e.attention_ms)},
                         {"ffn", rounded(e.ffn_ms)},
                         {"sampling", rounded(e.sampling_ms)},
                         {"other", rounded(e.other_ms)}}}};
    if (!e.active.empty()) out["active"] = e.active;
    if (e.stream) {
        const StreamStep& s = *e.stream;
        out["stream"] = {{"candidates", s.candidates},
                         {"active", s.active},
                         {"hits", s.hits},
                         {"misses", s.misses},
                         {"hot_hits", s.hot_hits},
                         {"reads", s.reads},
                         {"read_bytes", s.read_bytes},
                         {"queue_depth", rounded(s.queue_depth)},
                         {"predict_ms", rounded(s.predict_ms)},
                         {"cache_ms", rounded(s.cache_ms)},
                         {"compute_ms", rounded(s.compute_ms)},
                         {"stall_ms", rounded(s.stall_ms)}};
        if (!s.layer_hits.empty())
            out["stream"].update(
                {{"layer_hits", s.layer_hits}, {"layer_misses", s.layer_misses}, {"layer_hot_hits", s.layer_hot_hits}});
    }
    return out;
}

// Four numbers a span: the fewest bytes that a line of text takes.
OrderedJson spans(const std::vector<Span>& row) {
    OrderedJson out = OrderedJson::array();
    for (const Span& span : row) {
        out.push_back(static_cast<int>(span.kind));
        out.push_back(span.layer);
        out.push_back(span.begin_us);
        out.push_back(span.end_us - span.begin_us);
    }
    return out;
}

OrderedJson fields(const TokenTimeline& e) {
    OrderedJson threads = OrderedJson::array();
    for (size_t row = 0; row + 1 < e.rows.size(); ++row) threads.push_back(spans(e.rows[row]));
    return {{"kind", "timeline"},  {"index", e.index},
            {"ms", rounded(e.ms)}, {"slow", e.slow},
            {"threads", threads},  {"io", e.rows.empty() ? OrderedJson::array() : spans(e.rows.back())},
            {"dropped", e.dropped}};
}

OrderedJson fields(const TokenHeat& e) {
    return {{"kind", "heat"}, {"from", e.from}, {"to", e.to}, {"neurons", e.map.neurons}, {"layers", e.map.layers}};
}

OrderedJson fields(const TelemetrySample& e) {
    OrderedJson cores = OrderedJson::array(), temps = OrderedJson::array(), battery = nullptr;
    for (const CoreReading& core : e.cores) {
        const auto load = core.load ? OrderedJson(rounded(*core.load)) : OrderedJson(nullptr);
        cores.push_back({{"id", core.id}, {"load", load}, {"mhz", or_null(core.mhz)}});
    }
    for (const TemperatureReading& t : e.temperatures) temps.push_back({{"zone", t.zone}, {"celsius", t.celsius}});
    if (e.battery) {
        battery = {{"volts", or_null(e.battery->volts)},
                   {"amps", or_null(e.battery->amps)},
                   {"charging", or_null(e.battery->charging)},
                   {"percent", or_null(e.battery->percent)},
                   {"celsius", or_null(e.battery->celsius)}};
    }
    return {{"kind", "sample"},   {"memory", to_json(e.memory)},
            {"cores", cores},     {"temps", temps},
            {"battery", battery}, {"storage", {{"read_bytes", or_null(e.storage_read_bytes)}}}};
}

OrderedJson fields(const Warning& e) {
    return {{"kind", "warning"}, {"code", e.code}, {"message", e.message}};
}

OrderedJson fields(const ScoreProgress& e) {
    return {
        {"kind", "score_progress"}, {"done", e.done}, {"total", e.total}, {"nll", e.nll}, {"perplexity", e.perplexity}};
}

OrderedJson fields(const ScoreResult& e) {
    OrderedJson out = {{"kind", "scored"}, {"tokens", e.tokens}, {"nll", e.nll}, {"perplexity", e.perplexity}};
    if (e.kl_mean) out["kl_mean"] = *e.kl_mean;
    if (e.kl_max) out["kl_max"] = *e.kl_max;
    if (e.top1_agreement) out["top1_agreement"] = *e.top1_agreement;
    return out;
}

OrderedJson fields(const ProbeProgress& e) {
    return {{"kind", "probe_progress"}, {"done", e.done}, {"total", e.total}, {"what", e.what}};
}

OrderedJson fields(const ProbedEvent& e) {
    return {{"kind", "probed"}, {"profile", to_json(e.profile)}};
}

OrderedJson fields(const PackProgress& e) {
    return {{"kind", "pack_progress"}, {"done", e.done}, {"total", e.total}, {"what", e.what}};
}

OrderedJson fields(const PackedEvent& e) {
    const PackReport& r = e.report;
    OrderedJson out = {
        {"kind", "packed"},
        {"bytes", r.bytes},
        {"seconds", rounded(r.seconds)},
        {"profile", {{"tokens", r.profiled_tokens}, {"source", r.profile_source}, {"active", rounded(r.active)}}},
        {"predictor",
         {{"let_through", rounded(r.let_through)},
          {"recall", rounded(r.recall)},
          {"energy", rounded(r.energy)},
          {"layers", to_json(r.predictors)}}}};
    if (r.quality) {
        out["quality"] = {{"kl_mean", r.quality->kl_mean}, {"top1_agreement", r.quality->top1_agreement}};
    }
    if (r.resumed_layers > 0) out["resumed_layers"] = r.resumed_layers;
    return out;
}

OrderedJson rounded_or_null(const std::optional<double>& ms) {
    return ms ? OrderedJson(rounded(*ms)) : OrderedJson(nullptr);
}

OrderedJson fields(const EndedEvent& e) {
    OrderedJson out = {{"kind", "ended"}, {"status", e.status}, {"reason", e.reason}};
    if (e.message) out["message"] = *e.message;
    // Engines that keep all weights in memory read no flash and miss no cache.
    out.update({{"output_tokens", e.output_tokens},
                {"ttft_ms", rounded_or_null(e.ttft_ms)},
                {"prefill_ms", rounded_or_null(e.prefill_ms)},
                {"decode_ms_total", rounded(e.decode_ms)},
                {"peak_rss_bytes", or_null(e.peak_rss_bytes)},
                {"text_tail", e.text_tail},
                {"ops", {{"cpu", e.cpu_neurons}, {"dense", 0}, {"npu", 0}}},
                {"flash",
                 {{"bytes", e.stream.read_bytes}, {"reads", e.stream.reads}, {"stall_ms", rounded(e.stream.stall_ms)}}},
                {"cache", {{"hits", e.stream.hits}, {"misses", e.stream.misses}}}});
    if (e.memory) out["memory"] = to_json(*e.memory);
    return out;
}

}  // namespace

std::string event_line(const std::string& run, uint64_t seq, const Event& event) {
    OrderedJson out = {{"type", "event"}, {"run", run}, {"seq", seq}, {"t_ms", rounded(event.t_ms)}};
    out.update(std::visit([](const auto& body) { return fields(body); }, event.body));
    return to_line(out);
}

}  // namespace phonon
