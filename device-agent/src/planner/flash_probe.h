#pragma once
// The flash's curve: how fast it reads, by size of the read, reads under way, range, and the core that issues them.

#include <atomic>
#include <vector>

#include "base/cores.h"
#include "phonon/result.h"
#include "planner/hardware_profile.h"

namespace phonon {

// The points worth measuring of a file of so many bytes, with nothing measured yet. One core per class of clock.
std::vector<FlashPoint> flash_points(uint64_t file_bytes, const std::vector<Core>& cores);

// Of a read that a probe asked for.
Error read_failed(uint32_t bytes, uint64_t offset, int error);

// Fills in what a point is to tell, reading for `seconds` and until the last read has come; `answers`, if any, counts
// those that have. Errors: io_error (with the offset and the errno), out_of_memory, cancelled.
Status measure_flash(Storage& storage, double seconds, const std::atomic<bool>& cancel, FlashPoint& point,
                     std::atomic<uint64_t>* answers = nullptr);

}  // namespace phonon
