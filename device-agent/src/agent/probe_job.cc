#include "agent/probe_job.h"

#include "agent/run_events.h"

namespace phonon {

Worker::Afterwards probe_job(const RunSurroundings& surroundings, const Prober& prober, const ProbeRequest& request,
                             Clock::time_point start, const Answer& answer, std::atomic<bool>& cancel) {
    if (!prober) {
        return [answer] { answer(Error{"bad_request", "only phonon's own agent measures a device"}); };
    }
    auto spool = surroundings.spools.create(request.run);
    if (!spool) return [answer, error = spool.error()] { answer(error); };

    answer(OrderedJson::object());
    RecorderOptions options;
    options.start = start;
    options.sample_hz = 0;
    OngoingRun run(surroundings, spool.value(), std::move(options), cancel);
    const auto progress = [&](const ProbeProgress& p) { run.recorder().record(p); };
    auto profile = prober(request.config, progress, cancel);
    if (!profile) return run.end({}, "", profile.error());
    run.recorder().record(ProbedEvent{std::move(profile).value()});
    return run.end({}, "end", std::nullopt);
}

}  // namespace phonon
