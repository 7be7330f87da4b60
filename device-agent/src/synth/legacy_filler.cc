// Q4_0 and Q8_0: blocks of 32 codes under one F16 scale.

#include "synth/block_fillers.h"

namespace phonon {

namespace {

constexpr size_t kBlock = 32;
static_assert(kBlock == kHeadColumns, "a head is one block");

// The same number of bits of each of two words, added field by field, and a bit from above them: two uniform numbers
// and a half, a bell as high and as wide as quantised Gaussian weights make.
uint64_t bell(RandomStream& random, uint64_t low, uint64_t ones, int width) {
    const uint64_t a = random.next();
    const uint64_t b = random.next();
    return (a & low) + (b & low) + ((a >> (width - 1)) & ones);
}

// d, then 16 bytes of which the low nibbles are columns 0..15 and the high nibbles 16..31; weight = d * (code - 8).
// Uniform codes have mean -0.5, so the scale's sign is random: the mean over a matrix must vanish, or the all-ones
// direction would be amplified sqrt(cols) times more than any other.
struct Q4 {
    static constexpr size_t kBytes = 18;
    static double unit(Codes codes) { return std::sqrt(codes == Codes::bell ? 11 : 21.5); }  // mean of (code - 8)^2
    static uint64_t bell_codes(RandomStream& random) { return bell(random, 0x7777777777777777, 0x1111111111111111, 4); }
    static void fill(std::byte* block, RandomStream& random, const ScaleTable& scales, Codes kind) {
        uint64_t codes[2];
        for (uint64_t& word : codes) word = kind == Codes::bell ? bell_codes(random) : random.next();
        const uint64_t word = random.next();
        const uint16_t d = static_cast<uint16_t>(scales[word] ^ ((word >> 8) & 0x8000));
        std::memcpy(block, &d, 2);
        std::memcpy(block + 2, codes, 16);
    }
    static double constant(std::byte* block, double value, double scale) {
        const int code = nearest_code(value, scale, -8, 7);
        std::memset(block + 2, (code + 8) * 0x11, 16);
        return code * scale;
    }
    static constexpr int kLargestCode = -8;
};

// d, then 32 signed codes; weight = d * code. -128, which quantisers never write, becomes 0.
struct Q8 {
    static constexpr size_t kBytes = 34;
    static double unit(Codes codes) {
        return std::sqrt(codes == Codes::bell ? 2731.0 : 2.0 * 127 * 128 * 255 / 6 / 256);
    }
    // Signed: the sum is flipped in its highest bit, that is, 128 is subtracted.
    static uint64_t bell_codes(RandomStream& random) {
        return bell(random, 0x7f7f7f7f7f7f7f7f, 0x0101010101010101, 8) ^ 0x8080808080808080;
    }
    static void fill(std::byte* block, RandomStream& random, const ScaleTable& scales, Codes kind) {
        const uint64_t first = random.next();
        // The bell's mean is -0.5 too; of uniform codes -128 is left out.
        const uint64_t sign = kind == Codes::bell ? (first >> 8) & 0x8000 : 0;
        const uint16_t d = static_cast<uint16_t>(scales[first] ^ sign);
        std::memcpy(block, &d, 2);
        uint8_t codes[kBlock];
        for (size_t i = 0; i < kBlock; i += 8) {
            const uint64_t word = kind == Codes::bell ? bell_codes(random) : random.next();
            std::memcpy(codes + i, &word, 8);
        }
        for (uint8_t& code : codes) code = code == 0x80 ? 0 : code;
        std::memcpy(block + 2, codes, kBlock);
    }
    static double constant(std::byte* block, double value, double scale) {
        const int code = nearest_code(value, scale, -127, 127);
        std::memset(block + 2, code, kBlock);
        return code * scale;
    }
    static constexpr int kLargestCode = 127;
};

template <typename Format>
class LegacyFiller : public RowFiller {
  public:
    LegacyFiller(double deviation, Head head, double value, Codes codes)
        : scales_(deviation, Format::unit(codes)), head_(head), codes_(codes) {
        if (head == Head::random) return;
        const uint16_t d = ScaleTable::half(scales_.mean());
        if (head == Head::constant) {
            std::memcpy(head_block_.data(), &d, 2);
            head_value_ = Format::constant(head_block_.data(), value, scales_.mean());
        }
    }
    using RowFiller::fill;
    void fill(std::span<std::byte> row, RandomStream random, float head) const override {
        for (size_t at = 0; at < row.size(); at += Format::kBytes) Format::fill(&row[at], random, scales_, codes_);
        if (head_ == Head::by_row) {
            const uint16_t d = ScaleTable::half(static_cast<double>(head) / Format::kLargestCode);
            std::memcpy(row.data(), &d, 2);
            Format::constant(row.data(), Format::kLargestCode, 1);
        } else if (head_ != Head::random) {
            std::memcpy(row.data(), head_block_.data(), Format::kBytes);
        }
    }
    double head_value() const override { return head_value_; }

  private:
    ScaleTable scales_;
    Head head_;
    Codes codes_;
    std::array<std::byte, Format::kBytes> head_block_{};  // all zero: a scale of 0
    double head_value_ = 0;
};

}  // namespace

std::unique_ptr<RowFiller> make_legacy_filler(lm_ggml_type type, double deviation, Head head, double value,
                                              Codes codes) {
    if (type == LM_GGML_TYPE_Q4_0) return std::make_unique<LegacyFiller<Q4>>(deviation, head, value, codes);
    return std::make_unique<LegacyFiller<Q8>>(deviation, head, value, codes);
}

}  // namespace phonon
