#pragma once
// Takes a run's events from the threads that compute, and writes them to its spool on a thread of its own, together
// with samples of the device. Recording never waits for a disk or a client.

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "agent/events.h"
#include "agent/spool.h"
#include "base/clock.h"
#include "base/files.h"
#include "generate/generate.h"
#include "telemetry/telemetry_sampler.h"

namespace phonon {

struct RecorderOptions {
    Clock::time_point start;           // of the run; events are stamped since then
    double sample_hz = 5;              // 0: no samples
    bool token_events = true;          // otherwise a run's text goes into its text_tail
    std::function<void()> on_append;   // called on the recorder's thread when there is something new to read
    std::function<void()> on_failure;  // called there once, when the spool does not take events any more
};

// The compute thread calls the sink's functions and record(); they take a lock that is held for a few instructions.
class RunRecorder : public GenerateSink {
  public:
    RunRecorder(std::shared_ptr<Spool> spool, const SystemFiles& files, RecorderOptions options);
    ~RunRecorder() override;

    void record(EventBody body);
    void prefill(PrefillProgress progress) override { record(progress); }
    void token(GeneratedToken token) override;
    void timeline(TokenTimeline timeline) override;
    void heat(TokenHeat heat) override;
    void warning(Warning warning) override { record(std::move(warning)); }

    // Writes what was recorded and ends the thread; nothing may be recorded afterwards. Returns why the spool failed.
    std::optional<Error> finish();
    // The run's last event, after finish(). `on_append` is not called: the caller knows.
    void write_last(EndedEvent ended);

  private:
    void work();
    void sample();
    void write(const std::vector<Event>& events);

    const std::shared_ptr<Spool> spool_;
    const RecorderOptions options_;
    TelemetrySampler sampler_;      // the recorder's thread only
    std::optional<Error> failure_;  // the recorder's thread, and finish() after its end
    std::string silent_text_;       // the compute thread only

    std::mutex mutex_;
    std::condition_variable recorded_, finishing_;
    std::vector<Event> queue_;  // guarded by mutex_
    bool finish_ = false;       // guarded by mutex_
    std::thread thread_;
};

}  // namespace phonon
