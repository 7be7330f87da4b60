#include "agent/requests.h"

#include <algorithm>
#include <map>
#include <span>

#include "agent/fields.h"
#include "flash/open_storage.h"

namespace phonon {
namespace {

constexpr auto required = Fields::required;
constexpr int64_t kMostTokens = 1 << 20;
constexpr int64_t kLeastMemory = 16 << 20;             // no agent runs in less
constexpr int64_t kMostSeed = (int64_t{1} << 53) - 1;  // what a JavaScript number holds exactly

void read(Fields&, RenewRequest&) {}
void read(Fields&, StatusRequest&) {}
void read(Fields&, UnloadRequest&) {}
void read(Fields&, ShutdownRequest&) {}

void read_stream(const Json& object, StreamConfig& out, Fields& parent) {
    Fields f(object, "stream.");
    f.flag("predictor", out.predictor);
    f.flag("bundles", out.bundles);
    f.flag("two_phase", out.two_phase);
    f.flag("cache", out.cache);
    f.flag("pipeline", out.pipeline);
    f.one_of("eviction", out.eviction, {"lru", "heat", "window"});
    f.integer("cache_neurons", out.cache_neurons, 0, INT32_MAX);
    f.number("hot_frequency", out.hot_frequency, 0, 1);
    f.flag("verify_reads", out.verify_reads);
    f.number("patience_s", out.patience_s, 0.1, 3600);
    f.integer("queue_depth", out.queue_depth, 0, kMostQueueDepth);
    f.integer("io_core", out.io_core, -1, 1023);
    if (!f.status()) parent.fail(f.status().error().message);
}

void read_enforce(Fields& f, Enforce& out) {
    static const std::map<std::string, Enforce, std::less<>> kNames = {{"auto", Enforce::automatic},
                                                                       {"cgroup", Enforce::cgroup},
                                                                       {"balloon", Enforce::balloon},
                                                                       {"none", Enforce::none},
                                                                       {"measure", Enforce::measure}};
    std::string name = "auto";
    f.one_of("enforce", name, {"auto", "cgroup", "balloon", "none", "measure"});
    out = kNames.at(name);
}

void read(Fields& f, LoadRequest& out) {
    LoadConfig& c = out.config;
    f.path("path", c.path, required);
    f.integer("threads", c.threads, 0, 1024);
    f.integers("cores", c.cores, -1, 1023, 1024);
    f.integer("context", c.context, 0, 1 << 24);
    f.integer("sequences", c.sequences, 1, 256);
    f.integer("batch", c.batch, 1, 1 << 16);
    f.one_of("activation", c.activation, {"silu", "relu", "drelu", "relu2"});
    f.text("kernels", c.kernels, 0, 64);
    const Json* stream = nullptr;
    f.object("stream", stream);
    if (stream != nullptr) read_stream(*stream, c.stream, f);
    f.flag("mmap", c.mmap);
    f.flag("repack", c.repack);
    f.flag("flash_attention", c.flash_attention);
    f.integer("memory_bytes", c.memory_bytes, kLeastMemory, kMostSeed);
    read_enforce(f, out.enforce);
    f.flag("cold_cache", out.cold_cache);
    if (!c.cores.empty() && c.threads > 0 && c.cores.size() != static_cast<size_t>(c.threads)) {
        f.fail("threads is " + std::to_string(c.threads) + ", but cores names " + std::to_string(c.cores.size()) +
               ": there must be one core per thread");
    }
    for (size_t i = 0; i < c.cores.size(); i++) {
        const auto rest = std::span(c.cores).subspan(i + 1);
        if (c.cores[i] >= 0 && std::find(rest.begin(), rest.end(), c.cores[i]) != rest.end()) {
            f.fail("cores names core " + std::to_string(c.cores[i]) + " twice");
        }
    }
    if (!c.cores.empty()) c.threads = static_cast<int>(c.cores.size());
}

void read_sampler(const Json& object, SamplerConfig& out, Fields& parent) {
    Fields f(object, "sampler.");
    f.number("temperature", out.temperature, 0, 1000);
    f.integer("top_k", out.top_k, 0, INT32_MAX);
    f.number("top_p", out.top_p, 0, 1);
    f.number("min_p", out.min_p, 0, 1);
    f.number("repeat_penalty", out.repeat_penalty, 0.001, 1000);
    f.integer("repeat_last", out.repeat_last, 0, INT32_MAX);
    f.integer("seed", out.seed, 0, kMostSeed);
    if (!f.status()) parent.fail(f.status().error().message);
}

void read(Fields& f, RunRequest& out) {
    f.run_id("run", out.run, required);
    if (f.has("prompt") == f.has("prompt_tokens")) f.fail("there must be either prompt or prompt_tokens");
    if (f.has("prompt")) f.text("prompt", out.prompt.emplace(), 0, kLineLimit);
    f.integers("prompt_tokens", out.prompt_tokens, 0, INT32_MAX, kMostTokens);
    f.flag("special", out.special);
    f.integer("max_tokens", out.max_tokens, 1, kMostTokens, required);
    const Json* sampler = nullptr;
    f.object("sampler", sampler);
    if (sampler != nullptr) read_sampler(*sampler, out.sampler, f);
    f.texts("stop", out.stop, 64, 1024);
    f.flag("ignore_end", out.ignore_end);
    if (f.has("force_tokens")) f.integer("force_tokens", out.force_tokens.emplace(), 0, kMostSeed);
    f.number("sample_hz", out.sample_hz, 0, 100);
    f.flag("token_events", out.token_events);
    f.integer("timeline_every", out.timeline_every, 0, kMostTokens);
}

void read(Fields& f, ScoreRequest& out) {
    f.run_id("run", out.run, required);
    if (f.has("text") == f.has("path")) f.fail("there must be either text or path");
    if (f.has("text")) f.text("text", out.text.emplace(), 0, kLineLimit);
    f.path("path", out.path);
    f.integer("context", out.context, 4, 1 << 24, required);
    std::string against;
    f.one_of("against", against, {"phonon"});
    out.against_phonon = !against.empty();
}

void read(Fields& f, ProbeRequest& out) {
    f.run_id("run", out.run, required);
    f.path("folder", out.config.folder, required);
    f.integer("flash_bytes", out.config.flash_bytes, int64_t{1} << 20, int64_t{1} << 40);
    f.number("flash_seconds", out.config.flash_seconds, 0.1, 600);
}

void read(Fields& f, PackRequest& out) {
    f.run_id("run", out.run, required);
    f.path("model", out.config.model, required);
    f.path("pack", out.config.out, required);
    f.path("text_path", out.text_path);
    f.number("energy_share", out.config.energy_share, 0.5, 1);
    f.number("sparsity", out.config.sparsity, 0, 0.95);
    f.one_of("predictor", out.config.predictor, {"auto", "two-bit", "low-rank"});
    std::string requantise;
    f.one_of("requantise", requantise, {"down-q8_0", "down-q4_0", "q4_0"});
    out.config.requantise = parse_requantise(requantise).value_or(Requantise::none);
    f.one_of("activation", out.config.activation, {"silu", "relu", "drelu", "relu2"});
    f.integer("threads", out.config.threads, 0, 1024);
    f.integer("seed", out.config.seed, 0, kMostSeed);
}

void read(Fields& f, CheckPackRequest& out) {
    f.path("model", out.model, required);
    f.path("pack", out.pack, required);
}

void read(Fields& f, PackProfileRequest& out) {
    f.path("pack", out.pack, required);
}

void read(Fields& f, CancelRequest& out) {
    f.run_id("run", out.run);
}

void read(Fields& f, AttachRequest& out) {
    f.run_id("run", out.run, required);
    f.integer("from_seq", out.from_seq, 1, kMostSeed, required);
}

void read(Fields& f, TokenizeRequest& out) {
    f.text("text", out.text, 0, kLineLimit, required);
    f.flag("special", out.special);
}

template <typename T>
Result<Request> parse_as(const Json& object) {
    Fields fields(object);
    T request;
    read(fields, request);
    if (!fields.status()) return fields.status().error();
    return Request(std::move(request));
}

}  // namespace

Result<Hello> parse_hello(const Json& object) {
    const auto type = object.find("type");
    if (type == object.end() || *type != "hello") return Error{"unauthorized", "the first line must be a hello"};
    Hello out;
    Fields token(object);
    token.text("token", out.token, 1, 128, required);
    if (!token.status()) return Error{"unauthorized", token.status().error().message};
    const auto protocol = object.find("protocol");
    if (protocol != object.end() && protocol->is_number_integer()) out.protocol = protocol->get<int64_t>();
    // Another version may spell its lease in another way; that is told apart by the protocol's number.
    if (out.protocol != kProtocolVersion) return out;
    Fields fields(object);
    fields.number("lease_s", out.lease_s, kLeastLeaseSeconds, kMostLeaseSeconds);
    if (!fields.status()) return fields.status().error();
    return out;
}

std::optional<uint32_t> request_id(const Json& object) {
    Fields fields(object);
    uint32_t id = 0;
    fields.integer("id", id, 0, UINT32_MAX, required);
    if (!fields.status()) return std::nullopt;
    return id;
}

Result<Request> parse_request(const Json& object) {
    using Parse = Result<Request> (*)(const Json&);
    static const std::map<std::string, Parse, std::less<>> kTypes = {
        {"renew", parse_as<RenewRequest>},
        {"status", parse_as<StatusRequest>},
        {"load", parse_as<LoadRequest>},
        {"unload", parse_as<UnloadRequest>},
        {"run", parse_as<RunRequest>},
        {"score", parse_as<ScoreRequest>},
        {"cancel", parse_as<CancelRequest>},
        {"attach", parse_as<AttachRequest>},
        {"tokenize", parse_as<TokenizeRequest>},
        {"probe", parse_as<ProbeRequest>},
        {"pack", parse_as<PackRequest>},
        {"check_pack", parse_as<CheckPackRequest>},
        {"pack_profile", parse_as<PackProfileRequest>},
        {"shutdown", parse_as<ShutdownRequest>},
    };
    const auto type = object.find("type");
    const auto* name = type == object.end() ? nullptr : type->get_ptr<const std::string*>();
    if (name == nullptr) return Error{"bad_request", "type must be the name of a request"};
    if (*name == "hello") return Error{"bad_request", "hello was said already"};
    const auto parse = kTypes.find(*name);
    if (parse == kTypes.end()) return Error{"unknown_type", "unknown message type \"" + name->substr(0, 64) + "\""};
    return parse->second(object);
}

}  // namespace phonon
