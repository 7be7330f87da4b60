#include "model/firing_gates.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace phonon {
namespace {

constexpr double kDeepest = -1.2784645427610738;  // where silu is least
constexpr double kFar = 1000;                     // where silu(x) is x, and silu(-x) nothing
constexpr int64_t kLooked = 1 << 20;              // gates that tell a share to a thousandth

double silu_size(double x) {
    return std::abs(x) / (1 + std::exp(-x));
}

// The x between two points, with |silu| below the threshold at `below` and not at `beyond`, where it is reached.
double crossing(double threshold, double below, double beyond) {
    for (int step = 0; step < 80; ++step) {
        const double middle = (below + beyond) / 2;
        (silu_size(middle) < threshold ? below : beyond) = middle;
    }
    return beyond;
}

}  // namespace

FiringGates firing_gates(Activation activation, float threshold) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    if (activation != Activation::silu) return {};
    if (!(threshold > 0)) return {.above = -kInfinity};
    FiringGates gates{.above = static_cast<float>(crossing(threshold, 0, std::max<double>(kFar, 2.0 * threshold)))};
    if (silu_size(kDeepest) < threshold) return gates;
    gates.from = static_cast<float>(crossing(threshold, -kFar, kDeepest));
    gates.to = static_cast<float>(crossing(threshold, 0, kDeepest));
    return gates;
}

float silu_threshold(const float* gates, int64_t count, double share) {
    std::vector<float> sizes;
    const int64_t stride = std::max<int64_t>(1, count / kLooked) | 1;  // odd: no neuron is passed over every time
    for (int64_t i = 0; i < count; i += stride) sizes.push_back(static_cast<float>(silu_size(gates[i])));
    const auto at = std::min(static_cast<size_t>(share * static_cast<double>(sizes.size())), sizes.size() - 1);
    std::nth_element(sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(at), sizes.end());
    return sizes[at];
}

}  // namespace phonon
