#pragma once
// The first and the last event of a run, and the recorder between them.

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "agent/run_job.h"
#include "agent/run_recorder.h"

namespace phonon {

// A run that was accepted: its recorder, and the end that both kinds of runs share.
class OngoingRun {
  public:
    // Records "started". The run is cancelled when its spool takes no more.
    OngoingRun(const RunContext& context, std::shared_ptr<Spool> spool, RecorderOptions options,
               std::atomic<bool>& cancel, const std::vector<int32_t>& tokens, OrderedJson resolved);

    RunRecorder& recorder() { return *recorder_; }
    // `ended` without its status; `reason` is what ended a run that neither failed nor was cancelled. To be called
    // last; what it returns writes the event.
    Worker::Afterwards end(EndedEvent ended, std::string reason, std::optional<Error> error);

  private:
    const RunContext& context_;
    std::shared_ptr<RunRecorder> recorder_;
};

}  // namespace phonon
