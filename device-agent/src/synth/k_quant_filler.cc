// Q4_K and Q6_K: super-blocks of 256 codes; sub-blocks of 32 (16) have integer scales under the super-block's F16
// scale.

#include "synth/block_fillers.h"

namespace phonon {

namespace {

// d, dmin, 12 bytes of packed 6-bit (scale, minimum) for 8 sub-blocks, 128 bytes of codes (32 bytes hold two
// sub-blocks: low nibbles the first, high nibbles the second). weight = d * scale * code - dmin * minimum, code 0..15.
// dmin = 7.5 d makes (scale, minimum = scale) a sub-block of mean 0; minimum differs from scale by -1, 0, 0 or 1, so
// that a kernel which confuses the two is noticed.
struct Q4K {
    static constexpr size_t kBytes = 144;
    static constexpr int kScaleLow = 24;  // sub-block scales are 24..55
    static constexpr double kMinimum = 7.5;
    static constexpr int kHeadScale = 63;

    static double unit() {
        double scale_square = 0;
        for (int i = 0; i < 32; ++i) scale_square += (kScaleLow + i) * (kScaleLow + i) / 32.0;
        return std::sqrt(scale_square * 21.25 + kMinimum * kMinimum * 0.5);
    }
    static void scale_bits(std::byte* block, uint16_t d) {
        const uint16_t minimum = ScaleTable::half(kMinimum * static_cast<double>(lm_ggml_fp16_to_fp32(d)));
        std::memcpy(block, &d, 2);
        std::memcpy(block + 2, &minimum, 2);
    }
    static void fill(std::byte* block, RandomStream& random, const ScaleTable& scales) {
        uint64_t word = random.next();
        scale_bits(block, scales[word]);
        uint8_t scale[8];
        uint8_t minimum[8];
        word >>= 8;
        for (int i = 0; i < 8; ++i, word >>= 7) {
            constexpr int kOffset[4] = {-1, 0, 0, 1};
            scale[i] = static_cast<uint8_t>(kScaleLow + static_cast<int>(word & 31));
            minimum[i] = static_cast<uint8_t>(scale[i] + kOffset[(word >> 5) & 3]);
        }
        uint8_t packed[12];
        for (int i = 0; i < 4; ++i) {
            packed[i] = static_cast<uint8_t>(scale[i] | ((scale[i + 4] >> 4) << 6));
            packed[i + 4] = static_cast<uint8_t>(minimum[i] | ((minimum[i + 4] >> 4) << 6));
            packed[i + 8] = static_cast<uint8_t>((scale[i + 4] & 15) | ((minimum[i + 4] & 15) << 4));
        }
        std::memcpy(block + 4, packed, 12);
        for (size_t i = 16; i < kBytes; i += 8) {
            const uint64_t codes = random.next();
            std::memcpy(block + i, &codes, 8);
        }
    }
    // The first sub-block's scale and minimum, and the low nibbles of the first 32 bytes of codes.
    static double head(std::byte* block, Head head, double value, double d) {
        const std::byte integer{head == Head::zero ? uint8_t{0} : uint8_t{kHeadScale}};
        block[4] = (block[4] & std::byte{0xc0}) | integer;
        block[8] = (block[8] & std::byte{0xc0}) | integer;
        if (head == Head::zero) return 0;
        const double minimum = lm_ggml_fp16_to_fp32(ScaleTable::half(kMinimum * d)) * kHeadScale;
        const int code = nearest_code(value + minimum, d * kHeadScale, 0, 15);
        for (size_t i = 16; i < 48; ++i) block[i] = (block[i] & std::byte{0xf0}) | static_cast<std::byte>(code);
        return d * kHeadScale * code - minimum;
    }
};

// 128 bytes of low nibbles, 64 bytes of upper bit pairs, 16 signed scales, d; weight = d * scale * (code - 32).
// Uniform codes have mean -0.5; the scales' random sign removes it (see Q4).
struct Q6K {
    static constexpr size_t kBytes = 210;
    static constexpr size_t kScales = 192;
    static constexpr int kHeadScale = 127;

    static double unit() {
        double scale_square = 0;
        for (int i = 64; i < 128; ++i) scale_square += i * i / 64.0;
        return std::sqrt(scale_square * 341.5);  // mean of (code - 32)^2
    }
    static void scale_bits(std::byte* block, uint16_t d) { std::memcpy(block + 208, &d, 2); }
    static void fill(std::byte* block, RandomStream& random, const ScaleTable& scales) {
        for (size_t i = 0; i < kScales; i += 8) {
            const uint64_t codes = random.next();
            std::memcpy(block + i, &codes, 8);
        }
        for (size_t i = kScales; i < kScales + 16; i += 8) {
            uint64_t word = random.next();
            for (size_t j = 0; j < 8; ++j, word >>= 8) {
                const int magnitude = 64 + static_cast<int>(word & 63);
                block[i + j] = static_cast<std::byte>(word & 64 ? magnitude : -magnitude);
            }
        }
        scale_bits(block, scales[random.next()]);
    }
    // The first two scales, the low nibbles of the first 32 bytes, the lowest pair of the first 32 bytes of pairs.
    static double head(std::byte* block, Head head, double value, double d) {
        block[kScales] = block[kScales + 1] = std::byte{head == Head::zero ? uint8_t{0} : uint8_t{kHeadScale}};
        if (head == Head::zero) return 0;
        const int signed_code = nearest_code(value, d * kHeadScale, -32, 31);
        const int code = signed_code + 32;
        for (size_t i = 0; i < 32; ++i) {
            block[i] = (block[i] & std::byte{0xf0}) | static_cast<std::byte>(code & 15);
            block[128 + i] = (block[128 + i] & std::byte{0xfc}) | static_cast<std::byte>(code >> 4);
        }
        return d * kHeadScale * signed_code;
    }
};

template <typename Format>
class KQuantFiller : public RowFiller {
  public:
    KQuantFiller(double deviation, Head head, double value)
        : scales_(deviation, Format::unit()), head_(head), value_(value) {
        if (head == Head::constant) {
            std::array<std::byte, Format::kBytes> scratch{};
            head_value_ = Format::head(scratch.data(), head, value, scales_.mean());
        }
    }
    using RowFiller::fill;
    void fill(std::span<std::byte> row, RandomStream random, float) const override {
        for (size_t at = 0; at < row.size(); at += Format::kBytes) Format::fill(&row[at], random, scales_);
        if (head_ == Head::random) return;
        Format::scale_bits(row.data(), ScaleTable::half(scales_.mean()));
        Format::head(row.data(), head_, value_, scales_.mean());
    }
    double head_value() const override { return head_value_; }

  private:
    ScaleTable scales_;
    Head head_;
    double value_;
    double head_value_ = 0;
};

}  // namespace

std::unique_ptr<RowFiller> make_k_quant_filler(lm_ggml_type type, double deviation, Head head, double value) {
    if (type == LM_GGML_TYPE_Q4_K) return std::make_unique<KQuantFiller<Q4K>>(deviation, head, value);
    return std::make_unique<KQuantFiller<Q6K>>(deviation, head, value);
}

}  // namespace phonon
