#pragma once
// What reading takes from cores that compute. The issuing thread's own time is the least of it: interrupts, what they
// wake and the switches between threads are on nobody's account, or on that of whom they stopped.

#include <atomic>
#include <vector>

#include "flash/storage.h"
#include "phonon/result.h"

namespace phonon {

// The reads whose cost is measured: about what a layer of a 7B misses, and each as much as a neuron of it. They are
// asked for as the pipeline asks, cluster by cluster, and all have come before the next layer's: reads that go on and
// on are answered more together, and cost half as much.
inline constexpr uint32_t kCostBlockBytes = 8192;
inline constexpr size_t kCostClusters = 8, kCostReads = 8;  // of a layer, of a cluster

// Core microseconds that a random read within the first `range_bytes` takes away from threads on all of `cores` that
// compute, and lack that much of what they do when nothing is read. Blocks for `seconds`, and from then on the calling
// thread has the priority of one that reads for a run; `answers`, if any, counts reads. REQUIRES nothing under way.
// Errors: io_error (with the offset and the errno), out_of_memory, cancelled.
Result<double> measure_read_cost(Storage& storage, uint64_t range_bytes, const std::vector<int>& cores, double seconds,
                                 const std::atomic<bool>& cancel, std::atomic<uint64_t>* answers = nullptr);

}  // namespace phonon
