#pragma once

#include "base/task_pool.h"

namespace phonon {

// Bytes per second at which the pool's threads can read memory, and do nothing else: what decoding is bounded by. The
// median of several rounds over `bytes`, which should be more than any cache holds. 0 when there is no memory.
double read_bandwidth(TaskPool& pool, int64_t bytes = int64_t{256} << 20);

}  // namespace phonon
