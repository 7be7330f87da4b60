#include "kernels/bench/timing.h"

#include <algorithm>
#include <chrono>

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

}  // namespace phonon
