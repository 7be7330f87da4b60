#pragma once
// How fast products are on this device, by weight format, layout, batch and threads.

#include <vector>

#include "base/task_pool.h"
#include "kernels/kernels.h"
#include "phonon/result.h"
#include "planner/hardware_profile.h"

namespace phonon {

// The points worth measuring with at most `threads` threads, with nothing measured yet.
std::vector<KernelPoint> kernel_points(int threads);

// Fills in what a point is to tell. REQUIRES pool.threads() == point.threads. Errors: out_of_memory.
Status measure_product(const Kernels& kernels, TaskPool& pool, KernelPoint& point);

}  // namespace phonon
