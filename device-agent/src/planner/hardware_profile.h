#pragma once
// What a device can do, measured: the planner's ground (PowerInfer-2, section 5: the hardware's part of the profile).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "flash/storage.h"

namespace phonon {

inline constexpr int64_t kProbedRank = 256;  // of low-rank factors, in Q4_0

// One point of the flash's curve: reads of one size, so many under way, within the first `range_bytes` of a file.
struct FlashPoint {
    bool random = true;  // else one after the other
    uint32_t block_bytes = 0;
    size_t depth = 0;
    uint64_t range_bytes = 0;
    std::optional<int> core;  // the issuing thread was pinned to it
    double bytes_per_s = 0;
    double p50_us = 0, p99_us = 0;  // from submission to completion
    double cpu_us = 0;              // of the issuing thread, per read
};

struct FlashProfile {
    FlashFacts facts;
    double write_bytes_per_s = 0;  // of the file that was measured, flushed
    std::vector<FlashPoint> points;
    // What a read takes from the compute threads' cores when all of them compute (read_cost.h); none: not measured.
    std::optional<double> read_core_us;
};

// Reading memory and doing nothing else: what decoding is bounded by.
struct MemoryPoint {
    int threads = 0;
    double bytes_per_s = 0;
};

struct MatrixShape {
    int64_t rows = 0, cols = 0;
};

// A product with a matrix that no cache holds (batch 1), or of a whole batch.
struct KernelPoint {
    // "Q4_0", ...; of predictors of a Gate of this shape "two-bit": its copy, "low-rank": its factors (kProbedRank)
    std::string type;
    std::string layout;  // "tiled": the whole matrix; "rows", "columns": a share of them, as FFN by neuron does
    double share = 1;
    int64_t rows = 0, cols = 0, batch = 0;
    int threads = 0;
    double seconds = 0;      // median
    double bytes_per_s = 0;  // of the weights that were read
    double macs_per_s = 0;
};

struct HardwareProfile {
    std::string kernels;     // instruction-set level
    std::vector<int> cores;  // of the compute threads, in their order
    FlashProfile flash;
    std::vector<MemoryPoint> memory;
    std::vector<KernelPoint> products;
    std::vector<std::string> skipped;  // measurements for which there was no time, in words
    double seconds = 0;                // what measuring took
};

}  // namespace phonon
