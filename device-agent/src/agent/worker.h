#pragma once
// The one thread that uses the backend, doing one job at a time.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace phonon {

// Thread-safe.
class Worker {
  public:
    // What a job leaves to be done when the worker is free again, such as its answer: whoever gets that answer can
    // have the next job accepted at once.
    using Afterwards = std::function<void()>;
    using Job = std::function<Afterwards(std::atomic<bool>& cancel)>;

    Worker();
    ~Worker();

    // False when a job is in progress. `run` names the run that the job is, if it is one.
    bool submit(std::string run, Job job);
    // The job in progress shall end soon. With a name: only if it is that run. False when there is none such.
    bool cancel(const std::string& run = {});
    bool busy() const;
    std::string run() const;  // the run in progress; "" when there is none

    // Cancels and waits; no job is accepted any more. False when the job did not end in time.
    bool stop(std::chrono::milliseconds patience);

  private:
    void work();

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    Job job_;  // guarded by mutex_, as the following
    std::string run_;
    bool busy_ = false;     // a job is waiting or at work
    bool at_work_ = false;  // a job or what it left to do
    bool stop_ = false;
    std::atomic<bool> cancel_ = false;
    std::thread thread_;
};

}  // namespace phonon
