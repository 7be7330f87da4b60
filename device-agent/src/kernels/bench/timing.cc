#include "kernels/bench/timing.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "kernels/aligned_buffer.h"

namespace phonon {

std::vector<std::vector<double>> time_rounds(int rounds, const std::vector<std::function<void()>>& functions) {
    std::vector<std::vector<double>> seconds(functions.size());
    for (int r = -1; r < rounds; r++) {
        for (size_t f = 0; f < functions.size(); f++) {
            const auto begin = std::chrono::steady_clock::now();
            functions[f]();
            const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
            if (r >= 0) seconds[f].push_back(took.count());
        }
    }
    return seconds;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const size_t n = values.size();
    return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

double median_ratio(const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<double> ratios;
    for (size_t i = 0; i < a.size(); i++) ratios.push_back(a[i] / b[i]);
    return median(ratios);
}

double read_bandwidth(TaskPool& pool) {
    constexpr int64_t kBytes = int64_t{256} << 20, kTask = int64_t{256} << 10;
    AlignedBuffer buffer(kBytes);
    uint64_t* words = buffer.as<uint64_t>();
    pool.run(kBytes / kTask,
             [&](int64_t task, int) { std::fill_n(words + task * kTask / 8, kTask / 8, uint64_t(task)); });
    std::atomic<uint64_t> total{0};
    const auto read = [&] {
        pool.run(kBytes / kTask, [&](int64_t task, int) {
            const uint64_t* p = words + task * kTask / 8;
            uint64_t sums[8] = {};
            for (int64_t i = 0; i < kTask / 8; i += 8) {
                // As far ahead as the kernels ask.
                __builtin_prefetch(p + i + 512);
                for (int k = 0; k < 8; k++) sums[k] += p[i + k];
            }
            for (const uint64_t s : sums) total += s;
        });
    };
    return kBytes / median(time_rounds(9, {read})[0]);
}

}  // namespace phonon
