#include "predictor/predictor.h"

#include <cstring>

#include "kernels/aligned_buffer.h"
#include "predictor/low_rank_gate.h"
#include "predictor/two_bit_gate.h"

namespace phonon {
namespace {

class OwnedTwoBitGate : public TwoBitGate {
  public:
    OwnedTwoBitGate(AlignedBuffer tiles, int64_t rows, int64_t cols)
        : TwoBitGate(tiles.as<std::byte>(), rows, cols), tiles_(std::move(tiles)) {}

  private:
    AlignedBuffer tiles_;
};

}  // namespace

const char* to_string(PredictorKind kind) {
    return kind == PredictorKind::two_bit ? "two-bit" : "low-rank";
}

uint64_t predictor_bytes(const PredictorFormat& format, int64_t rows, int64_t cols) {
    if (format.kind == PredictorKind::two_bit) return two_bit_bytes(rows, cols);
    return low_rank_bytes(format.type, format.rank, rows, cols);
}

Result<std::unique_ptr<Predictor>> make_predictor(const PredictorFormat& format, std::span<const std::byte> bytes,
                                                  int64_t rows, int64_t cols, const Kernels& kernels, TaskPool& pool) {
    if (format.kind == PredictorKind::low_rank) {
        auto gate = LowRankGate::make(format.type, format.rank, bytes, rows, cols, kernels, pool);
        if (!gate) return gate.error();
        return std::unique_ptr<Predictor>(std::make_unique<LowRankGate>(std::move(gate).value()));
    }
    AlignedBuffer tiles;
    if (!tiles.reserve(bytes.size())) return Error{"out_of_memory", "no memory for a predictor"};
    std::memcpy(tiles.as<std::byte>(), bytes.data(), bytes.size());
    return std::unique_ptr<Predictor>(std::make_unique<OwnedTwoBitGate>(std::move(tiles), rows, cols));
}

}  // namespace phonon
