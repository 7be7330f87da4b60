#include "flash/read_slots.h"

#include <cerrno>

namespace phonon {
namespace {

constexpr int kMostRefusals = 64;

}  // namespace

ReadSlots::ReadSlots(size_t depth, size_t alignment) : alignment_(alignment), reads_(depth) {
    for (size_t slot = depth; slot > 0; --slot) free_.push_back(static_cast<uint32_t>(slot - 1));
}

uint32_t ReadSlots::take(const ReadRequest& request) {
    const uint32_t slot = free_.back();
    free_.pop_back();
    reads_[slot] = {request, 0};
    return slot;
}

std::optional<ReadDone> ReadSlots::answer(uint32_t slot, int64_t result) {
    Read& read = reads_[slot];
    if (result < 0) {
        const int error = static_cast<int>(-result);
        const bool again = error == EAGAIN || error == EINTR || error == EBUSY;
        if (!again || ++read.refusals == kMostRefusals) return finish(slot, error);
        return std::nullopt;
    }
    const auto bytes = static_cast<uint32_t>(result);
    if (bytes >= read.rest.length) return finish(slot, 0);
    // Only the end of the file breaks a read off where the next one could not begin.
    if (bytes == 0 || bytes % alignment_ != 0) return finish(slot, ENODATA);
    read.refusals = 0;
    read.rest.offset += bytes;
    read.rest.buffer += bytes;
    read.rest.length -= bytes;
    return std::nullopt;
}

ReadDone ReadSlots::finish(uint32_t slot, int error) {
    free_.push_back(slot);
    return {reads_[slot].rest.tag, error};
}

}  // namespace phonon
