#pragma once
// The flash's whole curve, measured on a thread of its own: a disk that is dead holds whoever asks it, and that must
// not be the one who waits for the result.

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "phonon/result.h"
#include "planner/hardware_profile.h"

namespace phonon {

// "flash: 8 KiB at random, 32 at once, of 512 MiB"
std::string describe(const FlashPoint& point);
// "flash: what a read takes from cores that compute"
std::string describe_read_cost();

struct FlashJob {
    std::string folder;
    uint64_t file_bytes = 0;
    double seconds = 0;        // of reading, for all points together
    double write_seconds = 8;  // then the file is large enough, if it can be measured at all
    std::vector<FlashPoint> points;
    std::vector<int> busy_cores;                // beside which a read's cost is measured; none: it is not
    std::chrono::milliseconds patience{10000};  // without any answer from flash: then measuring has failed
    // Opens the file that is read; tests have flash of their own.
    std::function<Result<std::unique_ptr<Storage>>(const std::string& path)> open;

    // Reads of a point that are under way when its time is over are waited for.
    double read_seconds() const { return 1.25 * seconds; }
    // However slow or dead flash is.
    double most_seconds() const { return write_seconds + read_seconds() + 1e-3 * milliseconds(patience); }
};

struct FlashCurve {
    FlashProfile profile;
    std::vector<std::string> skipped;  // points for which there was no time
};

// Points that are left after read_seconds() are skipped. `next` is told on the caller's thread what comes now. Where
// flash does not answer for `patience`, has not come to an end after most_seconds(), or does not let go when it is
// cancelled, it is given up: then the thread and what it holds stay until flash answers. Errors: no_space, io_error
// (also of what is given up), out_of_memory, cancelled.
Result<FlashCurve> measure_flash_curve(FlashJob job, const std::function<void(std::string)>& next,
                                       const std::atomic<bool>& cancel);

}  // namespace phonon
