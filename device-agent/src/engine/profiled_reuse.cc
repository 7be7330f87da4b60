#include "engine/profiled_reuse.h"

#include <algorithm>
#include <cmath>

namespace phonon {
namespace {

// Neurons that `tokens` consecutive tokens let through, expected: each neuron a chain of two states with the profile's
// frequency, which stays in its state by the layer's persistence.
double let_through_together(const Pack& pack, int64_t tokens) {
    double sum = 0;
    for (const PackLayer& layer : pack.layers) {
        const double wider = layer.statistics.active > 0 ? layer.statistics.let_through / layer.statistics.active : 1;
        const double again = persistence(layer);
        for (const float fired : layer.frequency.first(layer.order.size())) {
            const double f = std::min(1.0, fired * wider);
            sum += 1 - (1 - f) * std::pow(1 - f * (1 - again), static_cast<double>(tokens - 1));
        }
    }
    return sum;
}

}  // namespace

double persistence(const PackLayer& layer) {
    double sum = 0, squares = 0;
    for (const float f : layer.frequency.first(layer.order.size())) {
        sum += f;
        squares += static_cast<double>(f) * f;
    }
    // What frequencies alone make of a token's neurons that fire again.
    const double unrelated = sum > 0 ? squares / sum : 1;
    return unrelated < 1 ? std::max(0.0, (layer.statistics.overlap - unrelated) / (1 - unrelated)) : 0;
}

int64_t window_tokens(const Pack& pack, bool predictor, int64_t slots) {
    if (!predictor) return 1;
    int64_t fits = 1, too_long = kMostWindowTokens + 1;
    while (too_long - fits > 1) {
        const int64_t tried = (fits + too_long) / 2;
        (let_through_together(pack, tried) <= static_cast<double>(slots) ? fits : too_long) = tried;
    }
    return fits;
}

}  // namespace phonon
