// Q4_0 and Q8_0: blocks of 32 codes under one F16 scale.

#include "synth/block_fillers.h"

namespace phonon {

namespace {

constexpr size_t kBlock = 32;
static_assert(kBlock == kHeadColumns, "a head is one block");

// d, then 16 bytes of which the low nibbles are columns 0..15 and the high nibbles 16..31; weight = d * (code - 8).
// Uniform codes have mean -0.5, so the scale's sign is random: the mean over a matrix must vanish, or the all-ones
// direction would be amplified sqrt(cols) times more than any other.
struct Q4 {
    static constexpr size_t kBytes = 18;
    static double unit() { return std::sqrt(21.5); }  // mean of (code - 8)^2
    static void fill(std::byte* block, RandomStream& random, const ScaleTable& scales) {
        const uint64_t codes[2] = {random.next(), random.next()};
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
};

// d, then 32 signed codes; weight = d * code. -128, which quantisers never write, becomes 0.
struct Q8 {
    static constexpr size_t kBytes = 34;
    static double unit() { return std::sqrt(2.0 * 127 * 128 * 255 / 6 / 256); }
    static void fill(std::byte* block, RandomStream& random, const ScaleTable& scales) {
        const uint16_t d = scales[random.next()];
        std::memcpy(block, &d, 2);
        uint8_t codes[kBlock];
        for (size_t i = 0; i < kBlock; i += 8) {
            const uint64_t word = random.next();
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
};

template <typename Format>
class LegacyFiller : public RowFiller {
  public:
    LegacyFiller(double deviation, Head head, double value) : scales_(deviation, Format::unit()), head_(head) {
        if (head == Head::random) return;
        const uint16_t d = ScaleTable::half(scales_.mean());
        if (head == Head::constant) {
            std::memcpy(head_block_.data(), &d, 2);
            head_value_ = Format::constant(head_block_.data(), value, scales_.mean());
        }
    }
    void fill(std::span<std::byte> row, RandomStream random) const override {
        for (size_t at = 0; at < row.size(); at += Format::kBytes) Format::fill(&row[at], random, scales_);
        if (head_ != Head::random) std::memcpy(row.data(), head_block_.data(), Format::kBytes);
    }
    double head_value() const override { return head_value_; }

  private:
    ScaleTable scales_;
    Head head_;
    std::array<std::byte, Format::kBytes> head_block_{};  // all zero: a scale of 0
    double head_value_ = 0;
};

}  // namespace

std::unique_ptr<RowFiller> make_legacy_filler(lm_ggml_type type, double deviation, Head head, double value) {
    if (type == LM_GGML_TYPE_Q4_0) return std::make_unique<LegacyFiller<Q4>>(deviation, head, value);
    return std::make_unique<LegacyFiller<Q8>>(deviation, head, value);
}

}  // namespace phonon
