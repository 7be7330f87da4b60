#include "generate/timeline_keeper.h"

#include <algorithm>
#include <utility>

namespace phonon {

TimelineKeeper::~TimelineKeeper() {
    if (timeline_ != nullptr) timeline_->stop();
}

void TimelineKeeper::begin(Clock::time_point start) {
    if (timeline_ == nullptr) return;
    start_ = start;
    recording_ = true;
    timeline_->begin(start);
}

std::optional<TokenTimeline> TimelineKeeper::end(int64_t index, Clock::time_point sampling_began,
                                                 Clock::time_point chosen) {
    if (!std::exchange(recording_, false)) return std::nullopt;
    timeline_->add(0, SpanKind::sampling, sampling_began, chosen);
    const double ms = milliseconds(chosen - start_);
    const auto fill = [&](TokenTimeline& out) {
        timeline_->copy(out);
        out.index = index;
        out.ms = ms;
    };
    if (index >= next_) {
        if (++sent_ % kBeforeThinning == 0) every_ *= 2;
        next_ = index + every_;
        TokenTimeline out;
        fill(out);
        return out;
    }
    if (slowest_.size() < kSlowest) {
        fill(slowest_.emplace_back());
        slowest_.back().slow = true;
        return std::nullopt;
    }
    const auto least =
        std::min_element(slowest_.begin(), slowest_.end(), [](const auto& a, const auto& b) { return a.ms < b.ms; });
    if (ms > least->ms) fill(*least);
    return std::nullopt;
}

std::vector<TokenTimeline> TimelineKeeper::slowest() {
    std::sort(slowest_.begin(), slowest_.end(), [](const auto& a, const auto& b) { return a.index < b.index; });
    return std::exchange(slowest_, {});
}

}  // namespace phonon
