#pragma once
// The reads that are under way, and what still has to be read of each: devices may answer with less than was asked for.

#include <optional>
#include <vector>

#include "flash/storage.h"

namespace phonon {

// Single-threaded; no allocation after construction.
class ReadSlots {
  public:
    // `alignment`: what offsets and lengths must be multiples of.
    ReadSlots(size_t depth, size_t alignment);

    size_t depth() const { return reads_.size(); }
    size_t taken() const { return reads_.size() - free_.size(); }

    // REQUIRES taken() < depth().
    uint32_t take(const ReadRequest& request);

    // What of a slot's request has not been read yet.
    const ReadRequest& rest(uint32_t slot) const { return reads_[slot].rest; }

    // The device's answer for a slot: bytes read, or a negative errno. With a result the slot is free again; without
    // one rest(slot) has to be asked for again.
    std::optional<ReadDone> answer(uint32_t slot, int64_t result);

  private:
    struct Read {
        ReadRequest rest;
        int refusals = 0;  // answers without progress, one after the other
    };
    ReadDone finish(uint32_t slot, int error);

    const size_t alignment_;
    std::vector<Read> reads_;
    std::vector<uint32_t> free_;
};

}  // namespace phonon
