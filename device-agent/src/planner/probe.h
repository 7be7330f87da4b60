#pragma once
// Measures a device: flash, memory, kernels.

#include <atomic>
#include <functional>
#include <string>

#include "phonon/result.h"
#include "planner/hardware_profile.h"

namespace phonon {

struct ProbeConfig {
    std::string folder;                        // on the flash that models are read from
    uint64_t flash_bytes = uint64_t{1} << 30;  // of the file that is written and read; at most a quarter of free space
    double flash_seconds = 20;                 // for all points of the curve together
    double other_seconds = 35;                 // for everything else: then what is left is skipped
};

struct ProbeProgress {
    int done = 0, total = 0;  // measurements
    std::string what;         // the one that comes now
};

// Ends with flash_seconds + other_seconds, and names what it skipped. The file has no name: nothing is left behind
// however the process ends. Errors: those of measure_flash_curve(); out_of_memory, cancelled.
Result<HardwareProfile> probe_hardware(const ProbeConfig& config,
                                       const std::function<void(const ProbeProgress&)>& progress,
                                       const std::atomic<bool>& cancel);

}  // namespace phonon
