#include "planner/flash_curve.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "planner/flash_probe.h"
#include "planner/probe_file.h"
#include "planner/read_cost.h"
#include "planner/words.h"

namespace phonon {
namespace {

constexpr auto kLook = std::chrono::milliseconds(50);
constexpr double kLetGoMs = 1000;
constexpr double kCostPoints = 4;  // as long as so many points of the curve

double seconds_since(Clock::time_point began) {
    return 1e-3 * milliseconds_since(began);
}

// What the thread that measures and the one that waits for it share. Whoever is last gives it back.
struct Shared {
    explicit Shared(FlashJob what) : job(std::move(what)) {}

    FlashJob job;  // the thread's own
    std::atomic<bool> stop = false;
    std::atomic<uint64_t> written = 0, answers = 0;
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::string> told;              // under mutex: what comes now
    std::optional<Result<FlashCurve>> outcome;  // under mutex

    void tell(std::string what) {
        const std::lock_guard lock(mutex);
        told.push_back(std::move(what));
        changed.notify_one();
    }
    uint64_t signs_of_life() const { return written + answers; }
};

Result<FlashCurve> measure(Shared& shared) {
    FlashJob& job = shared.job;
    shared.tell("flash: writing a file of " + std::to_string(job.file_bytes >> 20) + " MiB");
    const auto file = ProbeFile::create(job.folder, job.file_bytes, job.write_seconds, shared.stop, shared.written);
    if (!file) return file.error();
    const auto storage = job.open(file.value().path());
    if (!storage) return storage.error();
    FlashCurve curve;
    curve.profile.facts = storage.value()->facts();
    curve.profile.write_bytes_per_s = file.value().write_bytes_per_s();
    const double shares = static_cast<double>(job.points.size()) + (job.busy_cores.empty() ? 0 : kCostPoints);
    const double each = job.seconds / shares;
    const auto began = Clock::now();
    for (FlashPoint& point : job.points) {
        point.range_bytes = std::min(point.range_bytes, file.value().bytes());
        if (seconds_since(began) > job.read_seconds()) {
            curve.skipped.push_back(describe(point));
            continue;
        }
        shared.tell(describe(point));
        const Status status = measure_flash(*storage.value(), each, shared.stop, point, &shared.answers);
        if (!status) return status.error();
        curve.profile.points.push_back(point);
    }
    if (job.busy_cores.empty()) return curve;
    if (seconds_since(began) > job.read_seconds()) {
        curve.skipped.push_back(describe_read_cost());
        return curve;
    }
    shared.tell(describe_read_cost());
    const auto cost = measure_read_cost(*storage.value(), file.value().bytes(), job.busy_cores, kCostPoints * each,
                                        shared.stop, &shared.answers);
    if (!cost) return cost.error();
    curve.profile.read_core_us = cost.value();
    return curve;
}

// Sees whether the thread that measures gets anywhere.
class Watchdog {
  public:
    explicit Watchdog(const Shared& shared)
        : shared_(shared),
          folder_(shared.job.folder),
          patience_(1e-3 * milliseconds(shared.job.patience)),
          most_(shared.job.most_seconds()) {}

    // Why it is to be given up, if it is.
    std::optional<Error> look(bool cancelled) {
        if (!cancelled) cancelled_ = Clock::now();
        if (milliseconds_since(cancelled_) > kLetGoMs) return Error{"cancelled", "measuring was cancelled"};
        if (const uint64_t signs = shared_.signs_of_life(); signs != signs_) {
            signs_ = signs;
            last_sign_ = Clock::now();
        }
        if (seconds_since(last_sign_) > patience_) {
            return failed("flash has not answered for " + figure(patience_) + " s; measuring was given up");
        }
        if (seconds_since(began_) > most_) {
            return failed("flash is too slow to be measured: " + mebibytes(shared_.written) + " written and " +
                          std::to_string(shared_.answers) + " reads in " + figure(most_) + " s");
        }
        return std::nullopt;
    }

  private:
    Error failed(const std::string& why) const { return {"io_error", folder_ + ": " + why}; }

    const Shared& shared_;
    const std::string folder_;
    const double patience_, most_;  // seconds
    const Clock::time_point began_ = Clock::now();
    Clock::time_point last_sign_ = began_, cancelled_ = began_;
    uint64_t signs_ = 0;
};

}  // namespace

std::string describe(const FlashPoint& p) {
    return "flash: " + std::to_string(p.block_bytes >> 10) + " KiB " + (p.random ? "at random" : "in order") + ", " +
           std::to_string(p.depth) + " at once, of " + std::to_string(p.range_bytes >> 20) + " MiB" +
           (p.core ? ", core " + std::to_string(*p.core) : "");
}

std::string describe_read_cost() {
    return "flash: what a read takes from cores that compute";
}

Result<FlashCurve> measure_flash_curve(FlashJob job, const std::function<void(std::string)>& next,
                                       const std::atomic<bool>& cancel) {
    const auto shared = std::make_shared<Shared>(std::move(job));
    Watchdog watchdog(*shared);
    std::thread thread([shared] {
        auto outcome = measure(*shared);
        const std::lock_guard lock(shared->mutex);
        shared->outcome = std::move(outcome);
        shared->changed.notify_one();
    });
    for (;;) {
        std::unique_lock lock(shared->mutex);
        shared->changed.wait_for(lock, kLook, [&] { return shared->outcome || !shared->told.empty(); });
        const auto told = std::exchange(shared->told, {});
        auto outcome = std::exchange(shared->outcome, std::nullopt);
        lock.unlock();
        for (const std::string& what : told) next(what);
        if (outcome) {
            thread.join();
            return std::move(*outcome);
        }
        if (cancel) shared->stop = true;
        if (auto why = watchdog.look(cancel)) {
            shared->stop = true;
            thread.detach();
            return std::move(*why);
        }
    }
}

}  // namespace phonon
