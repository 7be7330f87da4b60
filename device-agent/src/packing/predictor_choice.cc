#include "packing/predictor_choice.h"

#include <algorithm>
#include <cmath>

#include "engine/model_weights.h"
#include "kernels/formats.h"
#include "pack/weight_types.h"
#include "packing/low_rank_fit.h"
#include "predictor/two_bit_gate.h"

namespace phonon {
namespace {

constexpr WeightType kFactors = WeightType::q4_0;  // more energy for its bytes than q8_0: see HACKING.md
constexpr int64_t kTokensTogether = 128;
constexpr int64_t kRowsTogether = 256;  // of a predictor that one task takes, for all of these tokens

double cost_of(const PredictorQuestion& q, const PredictorFormat& format, const EstimateProfile& estimates) {
    const Thresholds thresholds =
        choose_thresholds(estimates.bins(), estimates.bin_width(), kComparedInMemory, q.energy_share, kReadCost);
    const auto gate_bytes = static_cast<double>(q.gate.bytes) / static_cast<double>(q.gate.rows);
    return predictor_cost(static_cast<double>(predictor_bytes(format, q.gate.rows, q.gate.cols)),
                          static_cast<double>(q.gate.rows), gate_bytes, thresholds, kReadCost);
}

// What the rank would be worth if its factors were exact.
double least_cost(const PredictorQuestion& q, const LowRankFit& fit, const PredictorFormat& format) {
    const LayerTrace& trace = q.trace;
    const int64_t half = trace.tokens / 2;
    EstimateProfile profile(q.slices, trace.tokens, q.silu);
    std::vector<float> estimates(static_cast<size_t>((trace.tokens - half) * trace.neurons), 0);
    for (int64_t t = 0; t < half; ++t) profile.see(trace.gate_of(t), trace.h_of(t), estimates.data());
    fit.project(format.rank, half, trace.tokens - half, estimates.data());
    for (int64_t t = half; t < trace.tokens; ++t) {
        profile.see(trace.gate_of(t), trace.h_of(t), estimates.data() + (t - half) * trace.neurons);
    }
    return cost_of(q, format, profile);
}

struct Rank {
    PredictorFormat format;
    double least_us = 0;
};

// The rank that could cost least, from the highest down: a lower one lets no less through, so that none is tried whose
// bytes are not saved by that.
Rank choose_rank(const PredictorQuestion& q, const LowRankFit& fit, const std::vector<int64_t>& ladder,
                 double least_us) {
    Rank best;
    double let_through_us = 0;  // of the rank above
    for (size_t i = ladder.size(); i-- > 0;) {
        const PredictorFormat format{.kind = PredictorKind::low_rank, .type = kFactors, .rank = ladder[i]};
        const double own_us =
            static_cast<double>(predictor_bytes(format, q.gate.rows, q.gate.cols)) / kBytesPerMicrosecond;
        if (best.least_us > 0 && own_us + let_through_us >= std::min(least_us, best.least_us)) continue;
        const double cost = least_cost(q, fit, format);
        let_through_us = cost - own_us;
        if (best.least_us == 0 || cost < best.least_us) best = {format, cost};
    }
    return best;
}

}  // namespace

std::vector<std::byte> two_bit_copy(const TensorView& gate, TaskPool& pool) {
    std::vector<std::byte> tiles(two_bit_bytes(gate.rows, gate.cols));
    const int64_t count = (gate.rows + kTileRows - 1) / kTileRows, bytes = static_cast<int64_t>(tiles.size()) / count;
    pool.run(count, [&](int64_t tile, int) {
        std::vector<float> rows(static_cast<size_t>(kTileRows * gate.cols));
        for (int64_t r = 0; r < kTileRows && tile * kTileRows + r < gate.rows; ++r) {
            read_row(gate, tile * kTileRows + r, rows.data() + r * gate.cols);
        }
        pack_two_bit_tile(rows.data(), gate.cols, tiles.data() + tile * bytes);
    });
    return tiles;
}

Result<TriedPredictor> try_predictor(const PredictorQuestion& q, const PredictorFormat& format,
                                     std::vector<std::byte> bytes, const Kernels& kernels, TaskPool& pool) {
    const LayerTrace& trace = q.trace;
    auto predictor = make_predictor(format, bytes, q.gate.rows, q.gate.cols, kernels, pool);
    if (!predictor) return predictor.error();
    const int64_t padded = round_up(trace.neurons, kTileRows);
    EstimateProfile profile(q.slices, trace.tokens, q.silu);
    std::vector<float> estimates(static_cast<size_t>(kTokensTogether * padded));
    Inputs inputs;
    PredictorInput prepared;
    for (int64_t first = 0; first < trace.tokens; first += kTokensTogether) {
        const int64_t count = std::min(kTokensTogether, trace.tokens - first);
        inputs.assign(trace.x_of(first), count, trace.embedding, trace.embedding, {&kPredictorInput, 1}, kernels, pool);
        predictor.value()->prepare(inputs, prepared, kernels, pool);
        pool.run((trace.neurons + kRowsTogether - 1) / kRowsTogether, [&](int64_t task, int) {
            const int64_t begin = task * kRowsTogether, end = std::min(trace.neurons, begin + kRowsTogether);
            for (int64_t t = 0; t < count; ++t) {
                float* out = estimates.data() + t * padded + begin;
                predictor.value()->estimate(begin, end, prepared, t, out, kernels);
                for (int64_t i = 0; i < end - begin && !q.gate_bias.empty(); ++i) {
                    out[i] += q.gate_bias[static_cast<size_t>(begin + i)];
                }
            }
        });
        for (int64_t t = 0; t < count; ++t) {
            profile.see(trace.gate_of(first + t), trace.h_of(first + t), estimates.data() + t * padded);
        }
    }
    const double cost = cost_of(q, format, profile);
    return TriedPredictor{format, std::move(bytes), std::move(profile), cost};
}

bool parse_predictor(const std::string& name, PredictorWish& wish) {
    if (name == "auto")
        wish = PredictorWish::cheaper;
    else if (name == "two-bit")
        wish = PredictorWish::two_bit;
    else if (name == "low-rank")
        wish = PredictorWish::low_rank;
    else
        return false;
    return true;
}

std::vector<int64_t> low_rank_ladder(int64_t rows, int64_t cols, int64_t most_rank, WeightType type) {
    const PredictorFormat copy;
    const int64_t step = block_columns(type), first = std::max(step, cols / 32 / step * step);
    std::vector<int64_t> ranks;
    for (int64_t rank = first; rank <= most_rank; rank += first) {
        const PredictorFormat format{.kind = PredictorKind::low_rank, .type = type, .rank = rank};
        if (predictor_bytes(format, rows, cols) > predictor_bytes(copy, rows, cols)) break;
        ranks.push_back(rank);
    }
    return ranks;
}

Result<PredictorChoice> choose_predictor(const PredictorQuestion& q, const Kernels& kernels, TaskPool& pool) {
    auto copy = try_predictor(q, {}, two_bit_copy(q.gate, pool), kernels, pool);
    if (!copy) return copy.error();
    PredictorChoice choice{std::move(copy).value()};
    choice.two_bit_us = choice.chosen.cost_us;
    if (q.wish == PredictorWish::two_bit) return choice;
    const LowRankFit fit(q.trace, q.trace.tokens / 2, kernels, pool);
    const std::vector<int64_t> ladder = low_rank_ladder(q.gate.rows, q.gate.cols, fit.most_rank(), kFactors);
    if (ladder.empty()) return choice;
    const bool wanted = q.wish == PredictorWish::low_rank;
    const Rank rank = choose_rank(q, fit, ladder, wanted ? INFINITY : choice.two_bit_us);
    choice.low_rank_us = rank.least_us;
    if (!wanted && rank.least_us >= choice.two_bit_us) return choice;
    auto factors = try_predictor(q, rank.format, fit.factors(q.gate, rank.format.rank, kFactors), kernels, pool);
    if (!factors) return factors.error();
    choice.low_rank_us = factors.value().cost_us;
    if (wanted || choice.low_rank_us < choice.two_bit_us) choice.chosen = std::move(factors).value();
    return choice;
}

}  // namespace phonon
