#pragma once
// The jobs that make a run: generation and scoring, from the request to the last event.

#include <functional>
#include <memory>

#include "agent/json.h"
#include "agent/requests.h"
#include "agent/spool.h"
#include "agent/worker.h"
#include "base/clock.h"
#include "base/files.h"
#include "phonon/backend.h"

namespace phonon {

// Gives a request its answer; called exactly once, from any thread.
using Answer = std::function<void(const Result<OrderedJson>&)>;
using BackendFactory = std::function<std::unique_ptr<Backend>()>;

// What every run needs, whatever it does.
struct RunSurroundings {
    SpoolStore& spools;
    const SystemFiles& files;
    std::function<void()> on_append;  // called from any thread when a spool has grown
    MemoryLimit* limit = nullptr;     // around this process; null: there is none
};

struct RunContext : RunSurroundings {
    Backend& backend;  // with its model loaded
    LoadConfig config;
    LoadReport report;
    BackendFactory make_reference;  // what score compares with; null where there is nothing to compare with
};

// Both answer when the request is accepted or refused, and then go on. `start` is when the request came.
// A text file here. Errors: file_missing, file_invalid, io_error.
Result<std::string> read_text(const std::string& path);

Worker::Afterwards run_job(const RunContext& context, const RunRequest& request, Clock::time_point start,
                           const Answer& answer, std::atomic<bool>& cancel);
Worker::Afterwards score_job(const RunContext& context, const ScoreRequest& request, Clock::time_point start,
                             const Answer& answer, std::atomic<bool>& cancel);

}  // namespace phonon
