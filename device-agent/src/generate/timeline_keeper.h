#pragma once
// Which tokens' timelines a run keeps: every Nth as it comes, and the slowest of the others at its end.

#include <cstdint>
#include <optional>
#include <vector>

#include "telemetry/timeline.h"

namespace phonon {

// On the thread that runs tokens.
class TimelineKeeper {
  public:
    static constexpr size_t kSlowest = 4;
    // After so many timelines only every second one is kept, and so on: a long run's log does not grow with them.
    static constexpr int64_t kBeforeThinning = 64;

    // Keeps nothing without a timeline, or with `every` 0.
    TimelineKeeper(Timeline* timeline, int64_t every) : timeline_(every > 0 ? timeline : nullptr), every_(every) {}
    ~TimelineKeeper();
    TimelineKeeper(const TimelineKeeper&) = delete;
    TimelineKeeper& operator=(const TimelineKeeper&) = delete;

    // A token is evaluated now; its time counts from `start`.
    void begin(Clock::time_point start);
    // It has been chosen. Returns its timeline where its turn has come.
    std::optional<TokenTimeline> end(int64_t index, Clock::time_point sampling_began, Clock::time_point chosen);
    // The slowest of those whose turn had not come, in their order.
    std::vector<TokenTimeline> slowest();

  private:
    Timeline* const timeline_;
    int64_t every_;
    int64_t next_ = 1;  // index 0 follows the prompt
    int64_t sent_ = 0;
    bool recording_ = false;
    Clock::time_point start_;
    std::vector<TokenTimeline> slowest_;
};

}  // namespace phonon
