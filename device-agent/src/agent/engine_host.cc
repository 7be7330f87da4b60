#include "agent/engine_host.h"

#include <utility>

#include "agent/pack_job.h"
#include "agent/probe_job.h"
#include "agent/profile_json.h"
#include "base/cores.h"
#include "telemetry/telemetry_sampler.h"

namespace phonon {
namespace {

const Error kNotLoaded{"not_loaded", "no model is loaded"};

// Threads that take turns on a core only wait for each other, and hundreds bring a device to a stand-still.
constexpr int kMostThreadsPerCore = 4;

std::optional<Error> too_many_threads(int threads) {
    const auto cores = static_cast<int>(usable_cores().size());
    if (threads <= kMostThreadsPerCore * cores) return std::nullopt;
    return Error{"bad_request", "threads is " + std::to_string(threads) + ", but this device has " +
                                    std::to_string(cores) + " cores; more than " + std::to_string(kMostThreadsPerCore) +
                                    " threads for each are refused"};
}

Worker::Afterwards answering(const Answer& answer, Result<OrderedJson> result) {
    return [answer, result = std::move(result)] { answer(result); };
}

}  // namespace

EngineHost::EngineHost(std::unique_ptr<Backend> backend, BackendFactory make_reference, DeviceTools tools,
                       std::unique_ptr<SpoolStore> spools, const SystemFiles& files, std::function<void()> on_append,
                       std::string words_file)
    : backend_(std::move(backend)),
      make_reference_(std::move(make_reference)),
      tools_(std::move(tools)),
      spools_(std::move(spools)),
      files_(files),
      on_append_(std::move(on_append)),
      words_file_(std::move(words_file)) {}

EngineHost::~EngineHost() = default;

std::optional<EngineHost::Loaded> EngineHost::loaded() const {
    const std::lock_guard lock(mutex_);
    return loaded_;
}

void EngineHost::set_loaded(std::optional<Loaded> loaded) {
    const std::lock_guard lock(mutex_);
    loaded_ = std::move(loaded);
}

void EngineHost::submit(const std::string& run, const Answer& answer, Worker::Job job) {
    if (worker_.submit(run, std::move(job))) return;
    const std::string current = worker_.run();
    answer(
        Error{"busy", current.empty() ? "another request is being worked on" : "run " + current + " is in progress"});
}

void EngineHost::load(const LoadRequest& request, const Answer& answer) {
    if (const auto error = too_many_threads(request.config.threads)) return answer(*error);
    submit("", answer, [this, request, answer](std::atomic<bool>& cancel) {
        set_loaded(std::nullopt);
        auto report = load_limited(request, cancel);
        if (!report) return answering(answer, report.error());
        set_loaded(Loaded{request.config, report.value()});
        return answering(answer, OrderedJson{{"report", to_json(report.value())}});
    });
}

// What was loaded goes before a limit comes, so that all of what is loaded now is held to it.
Result<LoadReport> EngineHost::load_limited(const LoadRequest& request, const std::atomic<bool>& cancel) {
    const LoadConfig& config = request.config;
    const bool limited = config.memory_bytes > 0 || request.enforce != Enforce::automatic || request.cold_cache;
    if (limited || limit_) backend_->unload();
    limit_.reset();
    if (!limited) return backend_->load(config, cancel);
    auto limit = MemoryLimit::start(
        {config.memory_bytes, request.enforce, request.cold_cache, config.path, words_file_}, files_, cancel);
    if (!limit) return limit.error();
    auto report = backend_->load(config, cancel);
    if (!report) return report;
    limit_ = std::move(limit).value();
    auto& warnings = report.value().warnings;
    warnings.insert(warnings.end(), limit_->warnings().begin(), limit_->warnings().end());
    report.value().memory = limit_->report();
    return report;
}

void EngineHost::unload(const Answer& answer) {
    submit("", answer, [this, answer](std::atomic<bool>&) {
        set_loaded(std::nullopt);
        backend_->unload();
        limit_.reset();
        return answering(answer, OrderedJson::object());
    });
}

template <typename Request>
void EngineHost::start(const Request& request, const Answer& answer,
                       Worker::Afterwards (*job)(const RunContext&, const Request&, Clock::time_point, const Answer&,
                                                 std::atomic<bool>&)) {
    const auto received = Clock::now();
    submit(request.run, answer, [=, this](std::atomic<bool>& cancel) {
        const auto model = loaded();
        if (!model) return answering(answer, kNotLoaded);
        const RunContext context{
            {*spools_, files_, on_append_, limit_.get()}, *backend_, model->config, model->report, make_reference_};
        return job(context, request, received, answer, cancel);
    });
}

void EngineHost::run(const RunRequest& request, const Answer& answer) {
    start(request, answer, run_job);
}

void EngineHost::score(const ScoreRequest& request, const Answer& answer) {
    start(request, answer, score_job);
}

void EngineHost::probe(const ProbeRequest& request, const Answer& answer) {
    const auto received = Clock::now();
    submit(request.run, answer, [=, this](std::atomic<bool>& cancel) {
        return probe_job({*spools_, files_, on_append_}, tools_.probe, request, received, answer, cancel);
    });
}

void EngineHost::pack(const PackRequest& request, const Answer& answer) {
    if (const auto error = too_many_threads(request.config.threads)) return answer(*error);
    const auto received = Clock::now();
    submit(request.run, answer, [=, this](std::atomic<bool>& cancel) {
        return pack_job({*spools_, files_, on_append_}, tools_.pack, request, received, answer, cancel, leaving_);
    });
}

void EngineHost::check_pack(const CheckPackRequest& request, const Answer& answer) {
    submit("", answer, [this, request, answer](std::atomic<bool>&) {
        if (!tools_.check_pack) return answering(answer, Error{"bad_request", "only phonon's own agent reads packs"});
        const auto state = tools_.check_pack(request.model, request.pack);
        if (!state) return answering(answer, state.error());
        return answering(answer, OrderedJson{{"state", state.value()}});
    });
}

void EngineHost::pack_profile(const PackProfileRequest& request, const Answer& answer) {
    submit("", answer, [this, request, answer](std::atomic<bool>&) {
        if (!tools_.pack_profile) return answering(answer, Error{"bad_request", "only phonon's own agent reads packs"});
        const auto profile = tools_.pack_profile(request.pack);
        if (!profile) return answering(answer, profile.error());
        return answering(answer, OrderedJson{{"profile", to_json(profile.value())}});
    });
}

void EngineHost::tokenize(const TokenizeRequest& request, const Answer& answer) {
    submit("", answer, [this, request, answer](std::atomic<bool>&) {
        const Tokenizer* tokenizer = backend_->tokenizer();
        if (tokenizer == nullptr) return answering(answer, kNotLoaded);
        return answering(answer, OrderedJson{{"tokens", tokenizer->encode(request.text, request.special)}});
    });
}

Status EngineHost::cancel(const CancelRequest& request) {
    if (worker_.cancel(request.run)) return {};
    if (request.run.empty()) return Error{"no_such_run", "nothing goes on that could be cancelled"};
    if (spools_->find(request.run)) return {};
    return Error{"no_such_run", "run " + request.run + " is not kept here"};
}

AgentStatus EngineHost::status() const {
    AgentStatus out;
    if (auto model = loaded()) out.loaded = model->report;
    const std::string current = worker_.run();
    if (const auto spool = current.empty() ? nullptr : spools_->find(current)) {
        out.run = current;
        out.last_seq = spool->last_seq();
    }
    out.process = read_process_memory(files_);
    out.system = parse_meminfo(files_.read("/proc/meminfo").value_or(""));
    return out;
}

}  // namespace phonon
