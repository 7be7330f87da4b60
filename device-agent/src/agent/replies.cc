#include "agent/replies.h"

#include <cmath>

#include "agent/profile_json.h"

namespace phonon {
namespace {

OrderedJson to_json(const ModelInfo& m) {
    OrderedJson quants = OrderedJson::array();
    for (const QuantShare& q : m.quants)
        quants.push_back({{"type", q.type}, {"tensors", q.tensors}, {"bytes", q.bytes}});
    return {{"architecture", m.architecture},
            {"name", m.name},
            {"quantisation", m.quantisation},
            {"file_bytes", m.file_bytes},
            {"parameters", m.parameters},
            {"layers", m.layers},
            {"embedding", m.embedding},
            {"ffn", m.ffn},
            {"heads", m.heads},
            {"kv_heads", m.kv_heads},
            {"head_dim", m.head_dim},
            {"vocabulary", m.vocabulary},
            {"context", m.context},
            {"experts", m.experts},
            {"experts_used", m.experts_used},
            {"activation", to_string(m.activation)},
            {"quants", quants}};
}

OrderedJson to_json(const DeviceFacts& d) {
    OrderedJson cores = OrderedJson::array();
    for (const CoreFacts& core : d.cores) {
        cores.push_back({{"id", core.id}, {"max_mhz", or_null(core.max_mhz)}, {"class", core.core_class}});
    }
    return {{"abi", d.abi},
            {"soc", or_null(d.soc)},
            {"model", or_null(d.model)},
            {"kernel", d.kernel},
            {"page_size", d.page_size},
            {"cores", cores},
            {"features", d.features},
            {"memory",
             {{"total_bytes", d.memory.total_bytes.value_or(0)},
              {"available_bytes", d.memory.available_bytes.value_or(0)}}},
            {"storage",
             {{"path", d.storage.path},
              {"total_bytes", d.storage.total_bytes.value_or(0)},
              {"free_bytes", d.storage.free_bytes.value_or(0)}}}};
}

// A float as a person wrote it: 0.8, not 0.800000011920929.
double as_written(float value) {
    return std::round(static_cast<double>(value) * 1e6) / 1e6;
}

}  // namespace

OrderedJson greeting(const AgentIdentity& identity, const DeviceFacts& device, int pid) {
    return {{"type", "greeting"},
            {"protocol", kProtocolVersion},
            {"version", identity.version},
            {"build", identity.build},
            {"engine", identity.engine},
            {"engine_build", identity.engine_build},
            {"pid", pid},
            {"device", to_json(device)}};
}

OrderedJson ok_reply(uint32_t id, const OrderedJson& result) {
    OrderedJson out = {{"type", "ok"}, {"id", id}};
    out.update(result);
    return out;
}

OrderedJson error_reply(std::optional<uint32_t> id, const Error& error) {
    OrderedJson out = {{"type", "error"}};
    if (id) out["id"] = *id;
    out["code"] = error.code;
    out["message"] = error.message;
    return out;
}

OrderedJson to_json(const StreamReport& s) {
    return {{"resident_bytes", s.resident_bytes},
            {"cache_bytes", s.cache_bytes},
            {"cache_neurons", s.cache_neurons},
            {"neurons", s.neurons},
            {"hot_neurons", s.hot_neurons},
            {"hot_slots", s.hot_slots},
            {"eviction", s.eviction},
            {"window_tokens", s.window_tokens},
            {"flash", s.flash},
            {"queue_depth", s.queue_depth},
            {"direct", s.direct},
            {"reads", s.reads},
            {"note", s.note},
            {"sparsity", rounded(s.sparsity)},
            {"predictor_energy", rounded(s.predictor_energy)},
            {"predictor_bytes", s.predictor_bytes},
            {"io_core", s.io_core},
            {"predictors", to_json(s.predictors)}};
}

OrderedJson to_json(const MemoryReport& m) {
    return {{"budget_bytes", or_null(m.budget_bytes)},
            {"peak_bytes", or_null(m.peak_bytes)},
            {"enforced", m.enforced},
            {"cold_cache", m.cold_cache.empty() ? OrderedJson(nullptr) : OrderedJson(m.cold_cache)},
            {"note", m.note}};
}

OrderedJson to_json(const LoadReport& r) {
    OrderedJson out = {{"model", to_json(r.model)}, {"threads", r.cores.size()},     {"cores", r.cores},
                       {"context", r.context},      {"kernels", r.kernels},          {"weight_bytes", r.weight_bytes},
                       {"kv_bytes", r.kv_bytes},    {"load_ms", rounded(r.load_ms)}, {"warnings", r.warnings}};
    if (r.stream) out["stream"] = to_json(*r.stream);
    if (r.memory) out["memory"] = to_json(*r.memory);
    return out;
}

OrderedJson to_json(const MemoryReading& m) {
    return {{"rss_bytes", or_null(m.rss_bytes)},
            {"anon_bytes", or_null(m.anon_bytes)},
            {"file_bytes", or_null(m.file_bytes)},
            {"major_faults", or_null(m.major_faults)}};
}

OrderedJson to_json(const SamplerConfig& s) {
    return {{"temperature", as_written(s.temperature)},
            {"top_k", s.top_k},
            {"top_p", as_written(s.top_p)},
            {"min_p", as_written(s.min_p)},
            {"repeat_penalty", as_written(s.repeat_penalty)},
            {"repeat_last", s.repeat_last},
            {"seed", s.seed}};
}

OrderedJson resolved(const RunRequest& r) {
    return {{"run", r.run},
            {"special", r.special},
            {"max_tokens", r.max_tokens},
            {"sampler", to_json(r.sampler)},
            {"stop", r.stop},
            {"ignore_end", r.ignore_end},
            {"force_tokens", or_null(r.force_tokens)},
            {"sample_hz", r.sample_hz},
            {"token_events", r.token_events},
            {"timeline_every", r.timeline_every}};
}

OrderedJson resolved(const ScoreRequest& r) {
    return {{"run", r.run},
            {"context", r.context},
            {"against", r.against_phonon ? OrderedJson("phonon") : OrderedJson(nullptr)}};
}

OrderedJson to_json(const AgentStatus& s) {
    OrderedJson memory = {{"total_bytes", or_null(s.system.total_bytes)},
                          {"available_bytes", or_null(s.system.available_bytes)}};
    memory.update(to_json(s.process));
    return {{"loaded", s.loaded ? to_json(*s.loaded) : OrderedJson(nullptr)},
            {"run", s.run.empty() ? OrderedJson(nullptr) : OrderedJson({{"run", s.run}, {"last_seq", s.last_seq}})},
            {"memory", memory}};
}

}  // namespace phonon
