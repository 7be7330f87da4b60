#include "predictor/two_bit_gate.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/half.h"
#include "kernels/weights_data.h"

namespace phonon {
namespace {

constexpr int kIterations = 3;

int code_of(float value, float scale) {
    return scale > 0 ? static_cast<int>(std::clamp(std::floor(value / scale) + 2.0f, 0.0f, 3.0f)) : 0;
}

// The best scale for the codes that the last one gives, again and again.
float fit_scale(const float* w, int64_t n) {
    double squares = 0;
    for (int64_t i = 0; i < n; ++i) squares += static_cast<double>(w[i]) * w[i];
    auto scale = static_cast<float>(std::sqrt(squares / static_cast<double>(n)));  // near the best for a normal w
    for (int round = 0; round < kIterations && scale > 0; ++round) {
        double product = 0, norm = 0;
        for (int64_t i = 0; i < n; ++i) {
            const double level = code_of(w[i], scale) - 1.5;
            product += level * w[i];
            norm += level * level;
        }
        scale = static_cast<float>(product / norm);
    }
    return scale;
}

}  // namespace

int64_t two_bit_group(int64_t cols) {
    for (const int64_t group : {128, 64, 32}) {
        if (cols % group == 0) return group;
    }
    return 0;
}

uint64_t two_bit_bytes(int64_t rows, int64_t cols) {
    return static_cast<uint64_t>((rows + kTileRows - 1) / kTileRows * two_bit_tile_bytes(cols, two_bit_group(cols)));
}

void pack_two_bit_tile(const float* rows, int64_t cols, std::byte* tile) {
    const int64_t group = two_bit_group(cols);
    auto* codes = reinterpret_cast<uint8_t*>(tile + two_bit_scale_bytes(cols, group));
    std::memset(tile, 0, static_cast<size_t>(two_bit_tile_bytes(cols, group)));
    for (int64_t r = 0; r < kTileRows; ++r) {
        for (int64_t g = 0; g < cols / group; ++g) {
            const float* w = rows + r * cols + g * group;
            const uint16_t half = float_to_f16(fit_scale(w, group));
            std::memcpy(tile + (g * kTileRows + r) * 2, &half, 2);
            const float scale = f16_to_float(half);
            for (int64_t i = 0; i < group; ++i) {
                const int64_t c = g * group + i;  // byte 4r + c % 4 of vector c / 16, bits 2 (c / 4 % 4)
                codes[c / 16 * 64 + r * 4 + c % 4] |= static_cast<uint8_t>(code_of(w[i], scale) << (c / 4 % 4 * 2));
            }
        }
    }
}

void TwoBitGate::estimate(int64_t begin, int64_t end, const PredictorInput& x, int64_t m, float* out,
                          const Kernels& kernels) const {
    const int64_t group = two_bit_group(cols_), first = begin / kTileRows;
    const int64_t tiles = (std::min(end, rows_) + kTileRows - 1) / kTileRows - first;
    kernels.matrix->two_bit_tiles(tiles_ + first * two_bit_tile_bytes(cols_, group), tiles, cols_, group,
                                  x.x->data().forms[static_cast<int>(input_kind(kPredictorInput))].row(m), out);
}

}  // namespace phonon
