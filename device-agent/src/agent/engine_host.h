#pragma once
// The engine behind the protocol: what requests do, apart from how they come in.

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "agent/device_tools.h"
#include "agent/replies.h"
#include "agent/run_job.h"
#include "agent/spool.h"
#include "agent/worker.h"
#include "limits/memory_limit.h"

namespace phonon {

// Its functions are called by the server's thread and return at once; work is done, and answered, by a worker.
class EngineHost {
  public:
    // `make_reference` and what is in `tools` may be null. `on_append` is called from any thread when a run has new
    // events. `words_file`: see LimitConfig.
    EngineHost(std::unique_ptr<Backend> backend, BackendFactory make_reference, DeviceTools tools,
               std::unique_ptr<SpoolStore> spools, const SystemFiles& files, std::function<void()> on_append,
               std::string words_file = {});
    ~EngineHost();

    void load(const LoadRequest& request, const Answer& answer);
    void unload(const Answer& answer);
    void run(const RunRequest& request, const Answer& answer);
    void score(const ScoreRequest& request, const Answer& answer);
    void probe(const ProbeRequest& request, const Answer& answer);
    void pack(const PackRequest& request, const Answer& answer);
    void check_pack(const CheckPackRequest& request, const Answer& answer);
    void pack_profile(const PackProfileRequest& request, const Answer& answer);
    void tokenize(const TokenizeRequest& request, const Answer& answer);
    // Errors: no_such_run. A run that has ended already is no error.
    Status cancel(const CancelRequest& request);
    AgentStatus status() const;
    std::shared_ptr<Spool> spool(const std::string& run) const { return spools_->find(run); }

    // Ends what goes on. False when it did not end in time.
    bool stop(std::chrono::milliseconds patience) {
        leaving_ = true;
        return worker_.stop(patience);
    }
    // Leaves no spool behind when the process ends without destructors.
    void remove_spools() { spools_->remove_files(); }

  private:
    struct Loaded {
        LoadConfig config;
        LoadReport report;
    };
    Result<LoadReport> load_limited(const LoadRequest& request, const std::atomic<bool>& cancel);
    std::optional<Loaded> loaded() const;
    void set_loaded(std::optional<Loaded> loaded);
    void submit(const std::string& run, const Answer& answer, Worker::Job job);
    template <typename Request>
    void start(const Request& request, const Answer& answer,
               Worker::Afterwards (*job)(const RunContext&, const Request&, Clock::time_point, const Answer&,
                                         std::atomic<bool>&));

    const std::unique_ptr<Backend> backend_;  // the worker's
    const BackendFactory make_reference_;
    const DeviceTools tools_;
    const std::unique_ptr<SpoolStore> spools_;
    const SystemFiles& files_;
    const std::function<void()> on_append_;
    const std::string words_file_;
    std::unique_ptr<MemoryLimit> limit_;  // the worker's; null: there is none
    mutable std::mutex mutex_;
    std::optional<Loaded> loaded_;  // guarded by mutex_; changed by the worker
    std::atomic<bool> leaving_ = false;
    Worker worker_;  // last: its thread ends before the rest goes
};

}  // namespace phonon
