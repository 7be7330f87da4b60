#pragma once
// Which neurons will fire: cheap estimates of a layer's gates (PowerInfer-2, section 4.2).
//
// Two kinds share one interface: a two-bit copy of Gate (two_bit_gate.h) and two low-rank factors of it that are fitted
// on the activation profile (low_rank_gate.h). What is let through is computed exactly, so a wrong yes costs time and a
// wrong no costs a neuron that was nearly always small.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/weights.h"
#include "phonon/result.h"

namespace phonon {

enum class PredictorKind : uint8_t { two_bit, low_rank };

const char* to_string(PredictorKind kind);

// What a predictor's bytes are.
struct PredictorFormat {
    PredictorKind kind = PredictorKind::two_bit;
    WeightType type = WeightType::q4_0;  // of low-rank factors
    int64_t rank = 0;                    // of low-rank factors, a multiple of their type's blocks
};

// The form that inputs must be prepared in, whatever the kind.
inline constexpr WeightType kPredictorInput = WeightType::q8_0;

// Tokens as a predictor wants them. Buffers are reused between calls.
struct PredictorInput {
    const Inputs* x = nullptr;    // what was prepared
    std::vector<float> products;  // [tokens][rank]
    Inputs reduced;               // products, prepared for the second factor
};

// Estimates of the products of Gate [rows][cols] with tokens [cols]. Thread-safe once it is made.
class Predictor {
  public:
    virtual ~Predictor() = default;

    // What all rows share of x's tokens, prepared for kPredictorInput. x must outlive `out`'s use.
    virtual void prepare(const Inputs& x, PredictorInput& out, const Kernels& kernels, TaskPool& pool) const = 0;

    // out [end - begin] about Gate's rows [begin, end) . token m of what was prepared; the same bits whatever the other
    // rows. `begin` is a multiple of 16; `out` has room for a multiple of 16.
    virtual void estimate(int64_t begin, int64_t end, const PredictorInput& x, int64_t m, float* out,
                          const Kernels& kernels) const = 0;
};

// Bytes of a predictor of a [rows][cols] matrix: what it holds in memory, and reads for every token.
uint64_t predictor_bytes(const PredictorFormat& format, int64_t rows, int64_t cols);

// Copies `bytes`, which are predictor_bytes() long. Errors: out_of_memory.
Result<std::unique_ptr<Predictor>> make_predictor(const PredictorFormat& format, std::span<const std::byte> bytes,
                                                  int64_t rows, int64_t cols, const Kernels& kernels, TaskPool& pool);

}  // namespace phonon
