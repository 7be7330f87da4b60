#pragma once

#include <cstdint>
#include <string>

namespace phonon {

// Bytes that can still be allocated without swapping or being killed: what the kernel calls available, or less where a
// memory cgroup (version 2) of this process leaves less. `root` is where /proc and /sys are, for tests.
uint64_t available_memory(const std::string& root = "");

}  // namespace phonon
