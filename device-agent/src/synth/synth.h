#pragma once
// Writes a GGUF with random weights of a real model's shape, at the disk's speed and in a few megabytes of memory.
// The same configuration gives the same bytes, whatever the number of threads.

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "phonon/result.h"
#include "synth/layout.h"

namespace phonon {

struct SynthReport {
    uint64_t bytes = 0;
    uint64_t tensors = 0;
    uint64_t parameters = 0;
};

// Called by the thread that called synthesise(), some times per second and once at the end.
using SynthProgress = std::function<void(uint64_t done, uint64_t total)>;

// Leaves either the whole file or none. Errors: bad_request (validate_config), those of PartFile, cancelled.
Result<SynthReport> synthesise(const SynthConfig& config, const std::string& path, bool replace, int threads,
                               const SynthProgress& progress, const std::atomic<bool>& cancel);

}  // namespace phonon
