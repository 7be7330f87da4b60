// Threads that call pread, for systems that have no asynchronous reads or forbid them.
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "flash/backends.h"
#include "flash/queued_storage.h"

namespace phonon {
namespace {

class ReadThreads : public QueuedStorage {
  public:
    ReadThreads(FlashFile file, FlashFacts facts) : QueuedStorage(std::move(facts)), file_(std::move(file)) {
        for (size_t i = 0; i < this->facts().depth; ++i) threads_.emplace_back([this] { work(); });
    }
    ~ReadThreads() override {
        drain();
        {
            const std::lock_guard lock(mutex_);
            stop_ = true;
        }
        wanted_.notify_all();
        for (std::thread& thread : threads_) thread.join();
    }

  private:
    struct Job {
        uint32_t slot = 0;
        ReadRequest read;
    };

    size_t start(std::span<const uint32_t> slots) override {
        {
            const std::lock_guard lock(mutex_);
            for (const uint32_t slot : slots) jobs_.push_back({slot, rest(slot)});
        }
        if (slots.size() == 1) {
            wanted_.notify_one();
        } else {
            wanted_.notify_all();
        }
        return slots.size();
    }

    size_t collect(std::span<Answer> out, std::chrono::nanoseconds patience) override {
        std::unique_lock lock(mutex_);
        answered_.wait_for(lock, patience, [&] { return !answers_.empty(); });
        const size_t count = std::min(out.size(), answers_.size());
        std::copy_n(answers_.begin(), count, out.begin());
        answers_.erase(answers_.begin(), answers_.begin() + static_cast<std::ptrdiff_t>(count));
        return count;
    }

    void work() {
        ::pthread_setname_np(::pthread_self(), "flash read");
        std::unique_lock lock(mutex_);
        for (;;) {
            wanted_.wait(lock, [&] { return stop_ || !jobs_.empty(); });
            if (jobs_.empty()) return;
            const Job job = jobs_.front();
            jobs_.pop_front();
            lock.unlock();
            const auto offset = static_cast<off_t>(job.read.offset);
            const ssize_t bytes = ::pread(file_.fd(), job.read.buffer, job.read.length, offset);
            const int64_t result = bytes < 0 ? -errno : bytes;
            lock.lock();
            answers_.push_back({job.slot, result});
            answered_.notify_one();
        }
    }

    const FlashFile file_;
    std::mutex mutex_;
    std::condition_variable wanted_, answered_;
    std::deque<Job> jobs_;  // guarded by mutex_, as the following
    std::vector<Answer> answers_;
    bool stop_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace

std::unique_ptr<Storage> open_read_threads(FlashFile&& file, FlashFacts facts) {
    facts.backend = "threads";
    facts.depth = std::min(facts.depth, kMostReadThreads);
    return std::make_unique<ReadThreads>(std::move(file), std::move(facts));
}

}  // namespace phonon
