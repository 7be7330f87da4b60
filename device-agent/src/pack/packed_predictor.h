#pragma once
// What a pack says of a layer's predictor, for whoever shows it.

#include "pack/pack_file.h"

namespace phonon {

struct PackedPredictor {
    PackStatistics statistics;
    PredictorFormat format;
    uint64_t bytes = 0;  // in memory, read for every token
    PredictorCosts costs;

    // Of its own kind; 0: not known.
    float cost_us() const { return format.kind == PredictorKind::low_rank ? costs.low_rank_us : costs.two_bit_us; }
};

inline PackedPredictor packed_predictor(const PackLayer& layer) {
    return {layer.statistics, layer.predictor_format, layer.predictor.size(), layer.predictor_costs};
}

// `Json`: nlohmann's, ordered or not. `number` makes one of a double.
template <typename Json, typename Number>
Json to_json(const PackedPredictor& p, const Number& number) {
    return {{"kind", to_string(p.format.kind)},
            {"rank", p.format.rank},
            {"bytes", p.bytes},
            {"active", number(p.statistics.active)},
            {"let_through", number(p.statistics.let_through)},
            {"recall", number(p.statistics.recall)},
            {"precision", number(p.statistics.precision())},
            {"energy", number(p.statistics.energy)},
            {"cost_us", number(p.cost_us())},
            {"two_bit_us", number(p.costs.two_bit_us)},
            {"low_rank_us", number(p.costs.low_rank_us)}};
}

}  // namespace phonon
