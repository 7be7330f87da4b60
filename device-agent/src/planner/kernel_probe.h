#pragma once
// How fast products are on this device, by weight format, layout, shape, batch and threads.

#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/task_pool.h"
#include "kernels/aligned_buffer.h"
#include "kernels/kernels.h"
#include "kernels/weights.h"
#include "phonon/result.h"
#include "planner/hardware_profile.h"
#include "predictor/predictor.h"

namespace phonon {

// The points worth measuring with at most `threads` threads, with nothing measured yet: what no plan can be made
// without comes first, and points of one matrix follow each other.
std::vector<KernelPoint> kernel_points(int threads);

// Measures points until its time is over. Not thread-safe. Holds some 300 MB of matrices, those of the last point.
class KernelProbe {
  public:
    KernelProbe(const Kernels& kernels, Clock::time_point deadline) : kernels_(kernels), deadline_(deadline) {}

    bool late() const { return Clock::now() > deadline_; }

    // Fills in what a point is to tell; `seconds` stays 0 where the deadline came first. REQUIRES
    // pool.threads() == point.threads. Errors: out_of_memory.
    Status measure(TaskPool& pool, KernelPoint& point);

  private:
    Status hold(TaskPool& pool, const KernelPoint& point);
    Status hold_predictors(TaskPool& pool, size_t copies);
    const std::byte* source(size_t bytes);
    template <typename Once>
    void time_rounds(KernelPoint& point, size_t copies, double macs, Once once) const;
    void measure_predictor(TaskPool& pool, KernelPoint& point) const;

    const Kernels& kernels_;
    const Clock::time_point deadline_;
    KernelPoint held_;  // whose matrices these are
    size_t bytes_ = 0;  // of one of them
    AlignedBuffer source_;
    std::vector<Weights> weights_;                        // as many as no cache holds
    std::vector<std::unique_ptr<Predictor>> predictors_;  // or these
};

}  // namespace phonon
