#include "agent/run_events.h"

#include <algorithm>
#include <utility>

namespace phonon {

StartedEvent started_event(const RunContext& context, Clock::time_point start, const std::vector<int32_t>& tokens,
                           OrderedJson resolved) {
    StartedEvent started;
    started.wall_ms = wall_ms() - static_cast<int64_t>(milliseconds_since(start));
    started.engine = context.backend.name();
    started.engine_build = context.backend.build();
    started.prompt_tokens = static_cast<int64_t>(tokens.size());
    const auto shown = static_cast<std::ptrdiff_t>(std::min(tokens.size(), StartedEvent::kPromptIds));
    started.prompt_ids.assign(tokens.begin(), tokens.begin() + shown);
    started.config = std::move(resolved);
    started.report = context.report;
    return started;
}

OngoingRun::OngoingRun(const RunSurroundings& surroundings, std::shared_ptr<Spool> spool, RecorderOptions options,
                       std::atomic<bool>& cancel)
    : surroundings_(surroundings) {
    reset_peak_rss();
    options.on_append = surroundings.on_append;
    options.on_failure = [&cancel] { cancel = true; };
    recorder_ = std::make_shared<RunRecorder>(std::move(spool), surroundings.files, std::move(options));
}

Worker::Afterwards OngoingRun::end(EndedEvent ended, std::string reason, std::optional<Error> error) {
    ended.peak_rss_bytes = read_peak_rss(surroundings_.files);
    if (surroundings_.limit != nullptr) ended.memory = surroundings_.limit->report();
    if (auto failure = recorder_->finish()) error = std::move(failure);
    if (!error) {
        ended.status = "done";
        ended.reason = std::move(reason);
    } else {
        ended.status = error->code == "cancelled" ? "cancelled" : "failed";
        ended.reason = error->code;
        if (ended.status == "failed") ended.message = error->message;
    }
    return [recorder = recorder_, ended = std::move(ended), on_append = surroundings_.on_append] {
        recorder->write_last(ended);
        on_append();
    };
}

}  // namespace phonon
