// F32, F16 and BF16: 16 random bits choose one of 4096 quantiles of a Gaussian.

#include "synth/block_fillers.h"
#include "synth/normal.h"

namespace phonon {

namespace {

constexpr size_t kLevels = 4096;

// One standard deviation wide, and scaled so that the levels' variance is exactly 1.
const std::array<double, kLevels>& gaussian_levels() {
    static const std::array<double, kLevels> levels = [] {
        std::array<double, kLevels> out;
        double square = 0;
        for (size_t i = 0; i < kLevels; ++i) {
            out[i] = normal_quantile((static_cast<double>(i) + 0.5) / kLevels);
            square += out[i] * out[i] / kLevels;
        }
        for (double& level : out) level /= std::sqrt(square);
        return out;
    }();
    return levels;
}

template <typename T>
class TableFiller : public RowFiller {
  public:
    template <typename Encode, typename Decode>
    TableFiller(double deviation, Head head, double value, Encode encode, Decode decode)
        : head_(head), encode_(encode), constant_(encode(static_cast<float>(head == Head::constant ? value : 0))) {
        for (size_t i = 0; i < kLevels; ++i) {
            table_[i] = encode(static_cast<float>(gaussian_levels()[i] * deviation));
        }
        head_value_ = decode(constant_);
    }

    using RowFiller::fill;
    void fill(std::span<std::byte> row, RandomStream random, float head) const override {
        const size_t cols = row.size() / sizeof(T);
        T* out = reinterpret_cast<T*>(row.data());
        size_t i = 0;
        for (; i + 4 <= cols; i += 4) {
            const uint64_t word = random.next();
            for (size_t j = 0; j < 4; ++j) out[i + j] = table_[(word >> (16 * j)) & (kLevels - 1)];
        }
        for (; i < cols; ++i) out[i] = table_[random.next() & (kLevels - 1)];
        if (head_ != Head::random) std::fill_n(out, kHeadColumns, head_ == Head::by_row ? encode_(head) : constant_);
    }
    double head_value() const override { return head_value_; }

  private:
    std::array<T, kLevels> table_;
    Head head_;
    T (*encode_)(float);
    T constant_;
    double head_value_;
};

}  // namespace

std::unique_ptr<RowFiller> make_float_filler(double deviation, Head head, double value) {
    constexpr auto same = [](float x) { return x; };
    return std::make_unique<TableFiller<float>>(deviation, head, value, same, same);
}

std::unique_ptr<RowFiller> make_half_filler(lm_ggml_type type, double deviation, Head head, double value) {
    if (type == LM_GGML_TYPE_F16) {
        return std::make_unique<TableFiller<uint16_t>>(deviation, head, value, lm_ggml_fp32_to_fp16,
                                                       lm_ggml_fp16_to_fp32);
    }
    return std::make_unique<TableFiller<uint16_t>>(
        deviation, head, value, [](float x) { return lm_ggml_fp32_to_bf16(x).bits; },
        [](uint16_t x) { return lm_ggml_bf16_to_fp32({x}); });
}

}  // namespace phonon
