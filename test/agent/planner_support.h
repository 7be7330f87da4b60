#pragma once
// A device that was never measured, in round numbers.

#include <string>

#include "planner/hardware_profile.h"

namespace phonon {

// Two threads on cores 6 and 7; products at 10 GB/s a thread (by rows 5, by columns 4), memory likewise; random reads
// at 1000 a second and read under way, of any size; 1 GB/s in order.
inline HardwareProfile round_profile() {
    HardwareProfile profile;
    profile.cores = {7, 6};
    for (const int threads : {1, 2}) {
        profile.memory.push_back({threads, threads * 10e9});
        for (const char* type : {"Q4_0", "Q8_0", "Q4_K", "F16"}) {
            for (const int64_t batch : {1, 4, 64}) {
                profile.products.push_back({.type = type,
                                            .layout = "tiled",
                                            .rows = 1024,
                                            .cols = 1024,
                                            .batch = batch,
                                            .threads = threads,
                                            .seconds = 1,
                                            .bytes_per_s = threads * 10e9,
                                            .macs_per_s = threads * 1e9 * static_cast<double>(batch)});
            }
            for (const std::string layout : {"rows", "columns"}) {
                profile.products.push_back({.type = type,
                                            .layout = layout,
                                            .share = 0.1,
                                            .rows = 1024,
                                            .cols = 1024,
                                            .batch = 1,
                                            .threads = threads,
                                            .seconds = 1,
                                            .bytes_per_s = threads * (layout == "rows" ? 5e9 : 4e9),
                                            .macs_per_s = 1e9});
            }
        }
    }
    for (const uint32_t block : {4096u, 8192u, 16384u}) {
        for (const size_t depth : {1, 8, 32, 64}) {
            profile.flash.points.push_back({.random = true,
                                            .block_bytes = block,
                                            .depth = depth,
                                            .range_bytes = 1 << 30,
                                            .core = {},
                                            .bytes_per_s = 1000.0 * static_cast<double>(depth) * block,
                                            .cpu_us = 2});
        }
    }
    profile.flash.points.push_back(
        {.random = false, .block_bytes = 1 << 20, .depth = 8, .range_bytes = 1 << 30, .core = {}, .bytes_per_s = 1e9});
    return profile;
}

}  // namespace phonon
