#include "agent/pack_job.h"

#include "agent/run_events.h"

namespace phonon {

Worker::Afterwards pack_job(const RunSurroundings& surroundings, const Packer& packer, const PackRequest& request,
                            Clock::time_point start, const Answer& answer, std::atomic<bool>& cancel,
                            const std::atomic<bool>& leaving) {
    const auto refuse = [&](Error error) {
        return Worker::Afterwards([answer, error = std::move(error)] { answer(error); });
    };
    if (!packer) return refuse({"bad_request", "only phonon's own agent packs models"});
    PackConfig config = request.config;
    config.leaving = &leaving;
    if (!request.text_path.empty()) {
        auto text = read_text(request.text_path);
        if (!text) return refuse(text.error());
        config.text = std::move(text).value();
    }
    auto spool = surroundings.spools.create(request.run);
    if (!spool) return refuse(spool.error());

    answer(OrderedJson::object());
    RecorderOptions options;
    options.start = start;
    OngoingRun run(surroundings, spool.value(), std::move(options), cancel);
    const auto report = packer(
        config, [&](const PackProgress& p) { run.recorder().record(p); }, cancel);
    if (!report) return run.end({}, "", report.error());
    for (const std::string& note : report.value().notes) run.recorder().record(Warning{"pack", note});
    run.recorder().record(PackedEvent{report.value()});
    return run.end({}, "end", std::nullopt);
}

}  // namespace phonon
