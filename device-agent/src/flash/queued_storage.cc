#include "flash/queued_storage.h"

#include <algorithm>

namespace phonon {

QueuedStorage::QueuedStorage(FlashFacts facts)
    : facts_(std::move(facts)), slots_(facts_.depth, facts_.alignment), answers_(facts_.depth) {
    waiting_.reserve(facts_.depth);
}

size_t QueuedStorage::submit(std::span<const ReadRequest> requests) {
    const size_t count = std::min(requests.size(), slots_.depth() - slots_.taken());
    for (const ReadRequest& request : requests.first(count)) waiting_.push_back(slots_.take(request));
    start_waiting();
    return count;
}

size_t QueuedStorage::wait(std::span<ReadDone> out, std::chrono::nanoseconds patience) {
    using Now = std::chrono::steady_clock;
    const auto end = Now::now() + patience;
    size_t done = 0;
    while (done == 0 && slots_.taken() > 0 && !out.empty()) {
        start_waiting();
        // Reads that the device does not take yet are offered again soon, even if none that it has is done.
        const auto left = std::max<std::chrono::nanoseconds>(end - Now::now(), std::chrono::nanoseconds(0));
        const auto most =
            waiting_.empty() ? left : std::min<std::chrono::nanoseconds>(left, std::chrono::milliseconds(1));
        const size_t room = std::min(out.size(), answers_.size());
        const size_t count = collect(std::span(answers_).first(room), most);
        for (const Answer& answer : std::span(answers_).first(count)) {
            if (const auto finished = slots_.answer(answer.slot, answer.result)) {
                out[done++] = *finished;
            } else {
                waiting_.push_back(answer.slot);
            }
        }
        if (count == 0 && left.count() == 0) break;
    }
    start_waiting();
    return done;
}

void QueuedStorage::start_waiting() {
    if (waiting_.empty()) return;
    const size_t started = start(waiting_);
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(started));
}

void QueuedStorage::drain() {
    std::vector<ReadDone> done(slots_.depth());
    while (slots_.taken() > 0) wait(done, std::chrono::seconds(1));
}

}  // namespace phonon
