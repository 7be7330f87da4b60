#pragma once
// What the block formats' fillers share. Only row_filler.cc and the fillers include this.

#include <array>
#include <cmath>
#include <cstring>
#include <memory>

#include "synth/row_filler.h"

namespace phonon {

// 256 F16 scales, evenly spread over a range of 1:2, whose mean square is (deviation / unit)^2; `unit` is the root mean
// square of the weights of a block whose scale is 1.
class ScaleTable {
  public:
    ScaleTable(double deviation, double unit) : mean_(deviation / unit) {
        auto factor = [](int i) { return 2.0 / 3 + i * (2.0 / 3 / 255); };
        double square = 0;
        for (int i = 0; i < 256; ++i) square += factor(i) * factor(i) / 256;
        for (int i = 0; i < 256; ++i) scales_[static_cast<size_t>(i)] = half(mean_ * factor(i) / std::sqrt(square));
    }
    uint16_t operator[](uint64_t random) const { return scales_[random & 0xff]; }
    // The scale of blocks that hold a head: the same in every row.
    double mean() const { return lm_ggml_fp16_to_fp32(half(mean_)); }
    static uint16_t half(double x) { return lm_ggml_fp32_to_fp16(static_cast<float>(x)); }

  private:
    double mean_;
    std::array<uint16_t, 256> scales_;
};

// The nearest code to `value` at this scale, within [low, high].
inline int nearest_code(double value, double scale, int low, int high) {
    const long code = std::lround(value / scale);
    return static_cast<int>(code < low ? low : code > high ? high : code);
}

std::unique_ptr<RowFiller> make_float_filler(double deviation, Head head, double head_value);
std::unique_ptr<RowFiller> make_half_filler(lm_ggml_type type, double deviation, Head head, double head_value);
std::unique_ptr<RowFiller> make_legacy_filler(lm_ggml_type type, double deviation, Head head, double head_value,
                                              Codes codes);
std::unique_ptr<RowFiller> make_k_quant_filler(lm_ggml_type type, double deviation, Head head, double head_value);

}  // namespace phonon
