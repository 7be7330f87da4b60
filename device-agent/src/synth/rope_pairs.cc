#include "synth/rope_pairs.h"

#include <cmath>

namespace phonon {

namespace {

bool side_by_side(const ModelShape& shape) {
    return shape.architecture == "llama";
}

double angle(const ModelShape& shape, int64_t pair) {
    return std::pow(shape.rope_base, -2 * static_cast<double>(pair) / static_cast<double>(shape.head_dim));
}

}  // namespace

std::vector<float> rope_factors(const ModelShape& shape) {
    std::vector<float> factors;
    if (!shape.rope_factors || shape.architecture != "llama") return factors;
    // Llama 3.2's published scaling: factor 32, low 1, high 4, original context 8192.
    for (int64_t pair = 0; pair < shape.head_dim / 2; ++pair) {
        const double wavelength = 2 * std::acos(-1.0) / angle(shape, pair);
        const double smooth = (8192 / wavelength - 1) / (4 - 1);
        const double factor = smooth >= 1 ? 1 : smooth <= 0 ? 32 : 1 / ((1 - smooth) / 32 + smooth);
        factors.push_back(static_cast<float>(factor));
    }
    return factors;
}

std::vector<double> rope_angles(const ModelShape& shape) {
    const std::vector<float> factors = rope_factors(shape);
    std::vector<double> angles;
    for (int64_t pair = 0; pair < shape.head_dim / 2; ++pair) {
        const double factor = factors.empty() ? 1 : static_cast<double>(factors[static_cast<size_t>(pair)]);
        angles.push_back(angle(shape, pair) / factor);
    }
    return angles;
}

int64_t pair_row(const ModelShape& shape, int64_t head, int64_t pair, int64_t part) {
    const int64_t within = side_by_side(shape) ? 2 * pair + part : pair + part * (shape.head_dim / 2);
    return head * shape.head_dim + within;
}

int64_t paired_row(const ModelShape& shape, int64_t row) {
    if (side_by_side(shape)) return row;
    const int64_t half = shape.head_dim / 2;
    const int64_t within = row % shape.head_dim;
    return row - within + 2 * (within % half) + within / half;
}

}  // namespace phonon
