#pragma once
// What Weights and Inputs hold. Only kernels/*.cc look inside.

#include "kernels/aligned_buffer.h"
#include "kernels/formats.h"
#include "kernels/matrix_kernels.h"

namespace phonon {

struct Weights::Data {
    WeightType type = WeightType::f32;
    Layout layout = Layout::rows;
    int64_t rows = 0;
    int64_t cols = 0;

    const std::byte* borrowed = nullptr;  // rows: [rows][row_bytes]
    size_t row_bytes = 0;

    AlignedBuffer tiles;  // tiled: [ceil(rows / 16)][tile_bytes]
    int64_t tile_bytes = 0;

    ColumnsView columns;  // columns: points into these
    AlignedBuffer codes, scales, minima, subscales, subminima;
};

// The way a type wants its activations.
enum class InputKind : uint8_t { q8_0, q8_k, f32, f16, bf16 };
constexpr int kInputKinds = 5;

constexpr InputKind input_kind(WeightType t) {
    switch (t) {
        case WeightType::f32:
            return InputKind::f32;
        case WeightType::f16:
            return InputKind::f16;
        case WeightType::bf16:
            return InputKind::bf16;
        case WeightType::q8_0:
        case WeightType::q4_0:
            return InputKind::q8_0;
        case WeightType::q4_k:
        case WeightType::q6_k:
            return InputKind::q8_k;
    }
    return InputKind::f32;
}

// m tokens in one form: each alone, and interleaved in blocks of nearly equal size.
class InputForm {
  public:
    // Sizes the buffers. Throws std::bad_alloc.
    void resize(InputKind kind, int64_t m, int64_t cols, int block_tokens);
    void fill_row(int64_t token, const float* x, const Kernels& kernels);
    void fill_block(int64_t block);  // after its rows

    int64_t blocks() const { return blocks_; }
    int64_t block_begin(int64_t b) const { return b * (m_ / blocks_) + (b < m_ % blocks_ ? b : m_ % blocks_); }
    BlockView row(int64_t token) const { return view(alone_, token, 1); }
    BlockView block(int64_t b) const {
        const int64_t begin = block_begin(b);
        return view(m_ == 1 ? alone_ : together_, begin, static_cast<int>(block_begin(b + 1) - begin));
    }

  private:
    struct Arrays {  // per token: cols codes, groups_ scales ...; see BlockView
        AlignedBuffer codes, scales, sums, group_sums, values;
    };
    void reserve(Arrays& arrays);
    BlockView view(const Arrays& arrays, int64_t begin, int n) const;

    InputKind kind_ = InputKind::f32;
    int64_t m_ = 0, cols_ = 0, blocks_ = 0;
    // Entries per token.
    int64_t codes_ = 0, scales_ = 0, sums_ = 0, group_sums_ = 0, values_ = 0;
    Arrays alone_, together_;
};

struct Inputs::Data {
    int64_t m = 0, cols = 0;
    InputForm forms[kInputKinds];  // by InputKind; only those asked for are filled
};

}  // namespace phonon
