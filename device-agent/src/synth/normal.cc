#include "synth/normal.h"

#include <cmath>

namespace phonon {

double normal_cdf(double x) {
    return 0.5 * std::erfc(-x / std::sqrt(2.0));
}

double normal_quantile(double p) {
    // The tails beyond +-9 hold less than a double can tell from 0 and 1.
    double low = -9;
    double high = 9;
    for (int step = 0; step < 60; ++step) {
        const double middle = (low + high) / 2;
        (normal_cdf(middle) < p ? low : high) = middle;
    }
    return (low + high) / 2;
}

}  // namespace phonon
