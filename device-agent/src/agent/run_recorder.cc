#include "agent/run_recorder.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/cores.h"

namespace phonon {
namespace {

// After writing, the thread rests: a fast run's tokens then cost one wake-up for many of them.
constexpr auto kRest = std::chrono::milliseconds(10);

constexpr size_t kMostSilentText = 256 << 10;  // a line holds it even when every byte is escaped

}  // namespace

RunRecorder::RunRecorder(std::shared_ptr<Spool> spool, const SystemFiles& files, RecorderOptions options)
    : spool_(std::move(spool)), options_(std::move(options)), sampler_(files), thread_([this] { work(); }) {}

RunRecorder::~RunRecorder() {
    finish();
}

void RunRecorder::record(EventBody body) {
    {
        const std::lock_guard lock(mutex_);
        // Stamped under the lock, so that times never go backwards along the events' numbers.
        queue_.push_back({milliseconds_since(options_.start), std::move(body)});
    }
    recorded_.notify_one();
}

void RunRecorder::token(GeneratedToken token) {
    if (options_.token_events) return record(std::move(token));
    if (silent_text_.size() + token.text.size() <= kMostSilentText) silent_text_ += token.text;
}

void RunRecorder::timeline(TokenTimeline timeline) {
    if (options_.token_events) record(std::move(timeline));
}

void RunRecorder::heat(TokenHeat heat) {
    if (options_.token_events) record(std::move(heat));
}

std::optional<Error> RunRecorder::finish() {
    if (thread_.joinable()) {
        {
            const std::lock_guard lock(mutex_);
            finish_ = true;
        }
        recorded_.notify_one();
        finishing_.notify_one();
        thread_.join();
    }
    return failure_;
}

void RunRecorder::write_last(EndedEvent ended) {
    ended.text_tail.insert(0, silent_text_);
    spool_->append_last(
        event_line(spool_->run(), spool_->last_seq() + 1, {milliseconds_since(options_.start), std::move(ended)}));
}

void RunRecorder::work() {
    ::pthread_setname_np(::pthread_self(), "recorder");
    unpin_thread();  // the one that started it computes
    const bool samples = options_.sample_hz > 0;
    const auto period = std::chrono::duration_cast<Clock::duration>(
        std::chrono::duration<double>(samples ? 1.0 / options_.sample_hz : 0.0));
    auto next_sample = Clock::now();
    std::vector<Event> batch;
    std::unique_lock lock(mutex_);
    const auto woken = [&] { return finish_ || !queue_.empty(); };
    for (;;) {
        if (samples) {
            recorded_.wait_until(lock, next_sample, woken);
        } else {
            recorded_.wait(lock, woken);
        }
        if (samples && !finish_ && Clock::now() >= next_sample) {
            lock.unlock();
            sample();
            lock.lock();
            // A reading that took longer than its period is not made up for.
            next_sample = std::max(next_sample + period, Clock::now());
        }
        batch.swap(queue_);
        const bool last = finish_;
        lock.unlock();
        write(batch);
        batch.clear();
        if (last) return;
        lock.lock();
        finishing_.wait_for(lock, kRest, [&] { return finish_; });
    }
}

void RunRecorder::sample() {
    TelemetrySample sample = sampler_.sample();
    const std::lock_guard lock(mutex_);
    queue_.push_back({milliseconds_since(options_.start), std::move(sample)});
}

void RunRecorder::write(const std::vector<Event>& events) {
    if (events.empty() || failure_) return;
    uint64_t seq = spool_->last_seq();
    std::vector<std::string> lines;
    for (const Event& event : events) lines.push_back(event_line(spool_->run(), ++seq, event));
    const Status status = spool_->append(lines);
    if (status) {
        options_.on_append();
    } else {
        failure_ = status.error();
        options_.on_failure();
    }
}

}  // namespace phonon
