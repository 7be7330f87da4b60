#pragma once
// A process that holds memory, so that what remains is a budget: how a limit is enforced where cgroups are closed.

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "phonon/result.h"

namespace phonon {

struct BalloonOrder {
    uint64_t bytes = 0;  // to hold, at most
    uint64_t floor = 0;  // of MemAvailable: filling ends there, should others have taken memory meanwhile
};

struct BalloonReading {
    uint64_t held_bytes = 0;
    uint64_t locked_bytes = 0;  // of those, kept in memory by mlock
    double cpu_share = 0;       // of one core, since it was inflated
};

// Random bytes, which zram cannot shrink, locked where that is allowed, and touched again and again by a process that
// takes at most a hundredth of a core for it. It dies with the thread that starts it, which must therefore be one that
// lives as long as the process, and goes with this object. Not thread-safe.
class Balloon {
  public:
    // Returns when it is inflated. Errors: out_of_memory (it was killed while it grew), cancelled, io_error.
    static Result<std::unique_ptr<Balloon>> inflate(const BalloonOrder& order, const std::atomic<bool>& cancel);
    ~Balloon();
    Balloon(const Balloon&) = delete;
    Balloon& operator=(const Balloon&) = delete;

    // False when it was killed meanwhile: then nothing is enforced any more.
    bool alive();
    BalloonReading reading() const;
    pid_t pid() const { return pid_; }

  private:
    struct Shared;
    Balloon(pid_t pid, Shared* shared) : pid_(pid), shared_(shared) {}

    pid_t pid_;  // 0: it is no more
    Shared* const shared_;
    std::chrono::steady_clock::time_point inflated_{};
    uint64_t cpu_before_ns_ = 0;
};

}  // namespace phonon
