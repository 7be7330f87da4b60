#pragma once
// The normal distribution: a gate over tokens is about normal, and a neuron fires above its own threshold.

#include <cmath>
#include <vector>

namespace phonon {

// P(z > t).
inline double upper_tail(double t) {
    return 0.5 * std::erfc(t * 0.70710678118654752);
}

// The t with upper_tail(t) = p. REQUIRES 0 < p < 1.
inline double threshold_of(double p) {
    double low = -9, high = 9;
    for (int round = 0; round < 60; ++round) {
        const double middle = (low + high) / 2;
        (upper_tail(middle) > p ? low : high) = middle;
    }
    return (low + high) / 2;
}

// Points and weights that integrate over a standard normal variable.
struct NormalGrid {
    std::vector<double> at, weight;
};

inline NormalGrid normal_grid(int points) {
    constexpr double kReach = 4;
    NormalGrid grid;
    double sum = 0;
    for (int i = 0; i < points; ++i) {
        const double z = kReach * (2.0 * i / (points - 1) - 1);
        grid.at.push_back(z);
        grid.weight.push_back(std::exp(-z * z / 2));
        sum += grid.weight.back();
    }
    for (double& w : grid.weight) w /= sum;
    return grid;
}

}  // namespace phonon
