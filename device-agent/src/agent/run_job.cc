#include "agent/run_job.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "agent/replies.h"
#include "agent/run_events.h"
#include "generate/generate.h"
#include "generate/score.h"

namespace phonon {
namespace {

Worker::Afterwards refuse(const Answer& answer, Error error) {
    return [answer, error = std::move(error)] { answer(error); };
}

}  // namespace

Result<std::string> read_text(const std::string& path) {
    constexpr off_t kMostBytes = 64 << 20;
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) {
        return Error{errno == ENOENT ? "file_missing" : "io_error", path + ": " + std::strerror(errno)};
    }
    if (!S_ISREG(info.st_mode)) return Error{"file_invalid", path + ": not a regular file"};
    if (info.st_size > kMostBytes) {
        return Error{"file_invalid", path + ": has " + std::to_string(info.st_size) + " bytes; at most " +
                                         std::to_string(kMostBytes) + " can be scored"};
    }
    std::ifstream file(path, std::ios::binary);
    std::string text(static_cast<size_t>(info.st_size), '\0');
    if (!file.read(text.data(), static_cast<std::streamsize>(text.size()))) {
        return Error{"io_error", path + ": cannot be read"};
    }
    return text;
}

namespace {

// The reference's vocabulary must be the same for its logits to be compared.
Result<std::unique_ptr<Backend>> load_reference(const RunContext& context, std::atomic<bool>& cancel) {
    auto reference = context.make_reference();
    LoadConfig config = context.config;
    config.kernels.clear();  // the names of levels differ between engines
    const auto report = reference->load(config, cancel);
    if (!report) return report.error();
    if (reference->tokenizer()->size() != context.backend.tokenizer()->size()) {
        return Error{"internal", reference->name() + " and " + context.backend.name() + " differ in vocabulary"};
    }
    return reference;
}

}  // namespace

Worker::Afterwards run_job(const RunContext& context, const RunRequest& request, Clock::time_point start,
                           const Answer& answer, std::atomic<bool>& cancel) {
    const Tokenizer& tokenizer = *context.backend.tokenizer();
    GenerateConfig config;
    config.prompt = request.prompt ? tokenizer.encode(*request.prompt, request.special) : request.prompt_tokens;
    config.max_tokens = request.max_tokens;
    config.sampler = request.sampler;
    config.stop = request.stop;
    config.ignore_end = request.ignore_end;
    config.force_tokens = request.force_tokens;
    config.context = context.report.context;
    config.batch = context.config.batch;
    config.timeline_every = request.timeline_every;
    const Status fits = check_prompt(config.prompt, config.context, tokenizer.size());
    if (!fits) return refuse(answer, fits.error());
    auto spool = context.spools.create(request.run);
    if (!spool) return refuse(answer, spool.error());

    answer(OrderedJson{{"prompt_tokens", config.prompt.size()}});
    RecorderOptions options;
    options.start = start;
    options.sample_hz = request.sample_hz;
    options.token_events = request.token_events;
    OngoingRun run(context, spool.value(), std::move(options), cancel);
    run.recorder().record(started_event(context, start, config.prompt, resolved(request)));
    GenerateResult result = generate(context.backend, config, start, run.recorder(), cancel);

    EndedEvent ended;
    ended.output_tokens = result.output_tokens;
    ended.ttft_ms = result.ttft_ms;
    ended.prefill_ms = result.prefill_ms;
    ended.decode_ms = result.decode_ms;
    ended.text_tail = std::move(result.text_tail);
    ended.cpu_neurons = result.neurons;
    ended.stream = result.stream;
    return run.end(std::move(ended), std::move(result.reason), std::move(result.error));
}

Worker::Afterwards score_job(const RunContext& context, const ScoreRequest& request, Clock::time_point start,
                             const Answer& answer, std::atomic<bool>& cancel) {
    if (request.against_phonon && !context.make_reference) {
        return refuse(answer, {"bad_request", "against: only the llama.cpp agent compares itself with phonon"});
    }
    if (request.context > context.report.context) {
        return refuse(answer,
                      {"bad_request", "context is " + std::to_string(request.context) +
                                          ", but the model is loaded with " + std::to_string(context.report.context)});
    }
    const Result<std::string> text = request.text ? Result<std::string>(*request.text) : read_text(request.path);
    if (!text) return refuse(answer, text.error());
    const ScoreConfig config =
        score_config(*context.backend.tokenizer(), text.value(), request.context, context.config.batch);
    if (static_cast<int64_t>(config.tokens.size()) < request.context) {
        return refuse(answer, {"bad_request", "the text has " + std::to_string(config.tokens.size()) +
                                                  " tokens; at least one context of " +
                                                  std::to_string(request.context) + " is needed"});
    }
    auto spool = context.spools.create(request.run);
    if (!spool) return refuse(answer, spool.error());

    answer(OrderedJson{{"tokens", config.tokens.size()}});
    RecorderOptions options;
    options.start = start;
    OngoingRun run(context, spool.value(), std::move(options), cancel);
    run.recorder().record(started_event(context, start, config.tokens, resolved(request)));
    const auto began = Clock::now();
    const auto scored = [&]() -> Result<ScoreResult> {
        std::unique_ptr<Backend> reference;
        if (request.against_phonon) {
            auto loaded = load_reference(context, cancel);
            if (!loaded) return loaded.error();
            reference = std::move(loaded).value();
        }
        const auto progress = [&](const ScoreProgress& p) { run.recorder().record(p); };
        return score(context.backend, reference.get(), config, progress, cancel);
    }();

    EndedEvent ended;
    ended.prefill_ms = milliseconds_since(began);
    if (!scored) return run.end(std::move(ended), "", scored.error());
    run.recorder().record(scored.value());
    return run.end(std::move(ended), "end", std::nullopt);
}

}  // namespace phonon
