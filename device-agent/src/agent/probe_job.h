#pragma once
// The job that measures the device: a run without a model, whose last event but one holds the profile.

#include "agent/device_tools.h"
#include "agent/run_job.h"

namespace phonon {

// Answers when the request is accepted or refused, and then goes on.
Worker::Afterwards probe_job(const RunSurroundings& surroundings, const Prober& prober, const ProbeRequest& request,
                             Clock::time_point start, const Answer& answer, std::atomic<bool>& cancel);

}  // namespace phonon
