#include "agent/worker.h"

#include <pthread.h>

#include <utility>

namespace phonon {

Worker::Worker() : thread_([this] { work(); }) {}

Worker::~Worker() {
    stop(std::chrono::milliseconds(0));
    thread_.join();
}

bool Worker::submit(std::string run, Job job) {
    {
        const std::lock_guard lock(mutex_);
        if (busy_ || stop_) return false;
        busy_ = true;
        cancel_ = false;
        run_ = std::move(run);
        job_ = std::move(job);
    }
    changed_.notify_all();
    return true;
}

bool Worker::cancel(const std::string& run) {
    const std::lock_guard lock(mutex_);
    if (!busy_ || (!run.empty() && run != run_)) return false;
    cancel_ = true;
    return true;
}

bool Worker::busy() const {
    const std::lock_guard lock(mutex_);
    return busy_;
}

std::string Worker::run() const {
    const std::lock_guard lock(mutex_);
    return run_;
}

bool Worker::stop(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    stop_ = true;
    cancel_ = true;
    changed_.notify_all();
    return changed_.wait_for(lock, patience, [&] { return !busy_ && !at_work_; });
}

void Worker::work() {
    ::pthread_setname_np(::pthread_self(), "worker");
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [&] { return stop_ || job_; });
        if (!job_) return;
        const Job job = std::exchange(job_, nullptr);
        at_work_ = true;
        lock.unlock();
        const Afterwards afterwards = job(cancel_);
        lock.lock();
        busy_ = false;
        run_.clear();
        lock.unlock();
        afterwards();
        lock.lock();
        at_work_ = false;
        changed_.notify_all();
    }
}

}  // namespace phonon
