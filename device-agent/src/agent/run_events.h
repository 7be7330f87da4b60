#pragma once
// The first and the last event of a run, and the recorder between them.

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "agent/run_job.h"
#include "agent/run_recorder.h"

namespace phonon {

// How a run of a model begins. `start` is when its request came.
StartedEvent started_event(const RunContext& context, Clock::time_point start, const std::vector<int32_t>& tokens,
                           OrderedJson resolved);

// A run that was accepted: its recorder, and the end that all kinds of runs share.
class OngoingRun {
  public:
    // The run is cancelled when its spool takes no more.
    OngoingRun(const RunSurroundings& surroundings, std::shared_ptr<Spool> spool, RecorderOptions options,
               std::atomic<bool>& cancel);

    RunRecorder& recorder() { return *recorder_; }
    // `ended` without its status; `reason` is what ended a run that neither failed nor was cancelled. To be called
    // last; what it returns writes the event.
    Worker::Afterwards end(EndedEvent ended, std::string reason, std::optional<Error> error);

  private:
    const RunSurroundings& surroundings_;
    std::shared_ptr<RunRecorder> recorder_;
};

}  // namespace phonon
