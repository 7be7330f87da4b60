#include "kernels/memory_bandwidth.h"

#include <algorithm>
#include <atomic>
#include <vector>

#include "base/clock.h"
#include "kernels/aligned_buffer.h"

namespace phonon {

double read_bandwidth(TaskPool& pool, int64_t bytes) {
    constexpr int64_t kTask = int64_t{256} << 10;
    constexpr int kRounds = 9;
    AlignedBuffer buffer;
    if (!buffer.reserve(static_cast<size_t>(bytes))) return 0;
    uint64_t* words = buffer.as<uint64_t>();
    const int64_t tasks = bytes / kTask;
    pool.run(tasks, [&](int64_t task, int) { std::fill_n(words + task * kTask / 8, kTask / 8, uint64_t(task)); });
    std::atomic<uint64_t> total{0};
    std::vector<double> seconds;
    for (int round = 0; round < kRounds; round++) {
        const auto began = Clock::now();
        pool.run(tasks, [&](int64_t task, int) {
            const uint64_t* p = words + task * kTask / 8;
            uint64_t sums[8] = {};
            for (int64_t i = 0; i < kTask / 8; i += 8) {
                // As far ahead as the kernels ask.
                __builtin_prefetch(p + i + 512);
                for (int k = 0; k < 8; k++) sums[k] += p[i + k];
            }
            for (const uint64_t s : sums) total += s;
        });
        seconds.push_back(1e-3 * milliseconds_since(began));
    }
    std::nth_element(seconds.begin(), seconds.begin() + kRounds / 2, seconds.end());
    return static_cast<double>(tasks * kTask) / seconds[kRounds / 2];
}

}  // namespace phonon
