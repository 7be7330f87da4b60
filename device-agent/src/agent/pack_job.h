#pragma once
// The job that packs a model: a run without a model loaded, whose last event but one says what the pack holds.

#include "agent/device_tools.h"
#include "agent/run_job.h"

namespace phonon {

// Answers when the request is accepted or refused, and then goes on. `leaving`: the process is about to end.
Worker::Afterwards pack_job(const RunSurroundings& surroundings, const Packer& packer, const PackRequest& request,
                            Clock::time_point start, const Answer& answer, std::atomic<bool>& cancel,
                            const std::atomic<bool>& leaving);

}  // namespace phonon
