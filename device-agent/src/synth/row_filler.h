#pragma once
// Writes rows of random weights straight in a GGUF type's block format: random codes under scales chosen so that the
// weights have mean 0 and a given standard deviation. Scales vary by block (by 33 % either way), so a kernel that mixes
// up scales is noticed. F16, BF16 and F32 weights are Gaussian (4096 levels).

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "ggml.h"
#include "phonon/result.h"
#include "synth/random.h"

namespace phonon {

// The first 32 columns of a row, which the synthetic sparsity uses as a bias (signal.h).
inline constexpr int64_t kHeadColumns = 32;
enum class Head : uint8_t { random, zero, constant, by_row };

// How quantised weights lie within a block. Quantising Gaussian weights makes a bell; a uniform distribution loses less
// when it is cut down to fewer bits. F16, BF16 and F32 weights are Gaussian either way.
enum class Codes : uint8_t {
    uniform,
    bell,  // Q8_0 and Q4_0 only; in deviations as wide as Gaussian weights in blocks of 32
};

// Immutable: rows may be written from any thread.
class RowFiller {
  public:
    virtual ~RowFiller() = default;
    // `row` receives lm_ggml_row_size(type, cols) bytes; cols is a multiple of the type's block. With a head other
    // than random, the first kHeadColumns weights are 0, the constant that was given to all rows, or `head`, to within
    // the precision of an F16 (BF16) number.
    virtual void fill(std::span<std::byte> row, RandomStream random, float head) const = 0;
    void fill(std::span<std::byte> row, RandomStream random) const { fill(row, random, 0); }
    // The constant that the format really holds: the nearest to what was given, the same in every row.
    virtual double head_value() const = 0;
};

// Whether rows of this type can have heads of their own and codes in a bell. In Q4_K and Q6_K a head would share its
// scale with weights many times smaller.
bool has_heads_by_row(lm_ggml_type type);

std::unique_ptr<RowFiller> make_row_filler(lm_ggml_type type, double deviation, Head head = Head::random,
                                           double head_value = 0, Codes codes = Codes::uniform);

// "F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_K", "Q6_K".
Result<lm_ggml_type> quantisation_type(std::string_view name);
// GGUF's general.file_type of a model whose matrices all have this type.
uint32_t file_type(lm_ggml_type type);

}  // namespace phonon
