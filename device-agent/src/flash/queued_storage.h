#pragma once
// What all kinds of Storage have in common: which reads are under way, and those that have to be started again.

#include <vector>

#include "flash/read_slots.h"

namespace phonon {

class QueuedStorage : public Storage {
  public:
    size_t submit(std::span<const ReadRequest> requests) final;
    size_t wait(std::span<ReadDone> out, std::chrono::nanoseconds patience) final;
    size_t under_way() const final { return slots_.taken(); }
    const FlashFacts& facts() const final { return facts_; }

  protected:
    struct Answer {
        uint32_t slot = 0;
        int64_t result = 0;  // bytes, or a negative errno
    };

    explicit QueuedStorage(FlashFacts facts);

    // Hands reads to the device: slots_.rest(slot) for the first of `slots`, as many as it takes. What it refuses for
    // good is taken, and answered with the error.
    virtual size_t start(std::span<const uint32_t> slots) = 0;
    // Answers of started reads: at least one, unless patience runs out.
    virtual size_t collect(std::span<Answer> out, std::chrono::nanoseconds patience) = 0;

    // Waits until nothing is under way. Every kind's destructor must call it while it can still collect.
    void drain();

    const ReadRequest& rest(uint32_t slot) const { return slots_.rest(slot); }

  private:
    void start_waiting();

    const FlashFacts facts_;
    ReadSlots slots_;
    std::vector<uint32_t> waiting_;  // taken, not started
    std::vector<Answer> answers_;
};

}  // namespace phonon
