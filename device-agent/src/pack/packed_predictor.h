#pragma once
// What a pack says of a layer's predictor, for whoever shows it.

#include "pack/pack_file.h"
#include "phonon/layer_predictor.h"

namespace phonon {

struct PackedPredictor {
    PackStatistics statistics;
    PredictorFormat format;
    uint64_t bytes = 0;  // in memory, read for every token
    PredictorCosts costs;

    LayerPredictor described() const {
        return {.kind = to_string(format.kind),
                .rank = format.rank,
                .bytes = bytes,
                .active = statistics.active,
                .let_through = statistics.let_through,
                .recall = statistics.recall,
                .precision = statistics.precision(),
                .energy = statistics.energy,
                .two_bit_us = costs.two_bit_us,
                .low_rank_us = costs.low_rank_us};
    }
};

inline PackedPredictor packed_predictor(const PackLayer& layer) {
    return {layer.statistics, layer.predictor_format, layer.predictor.size(), layer.predictor_costs};
}

// `Json`: nlohmann's, ordered or not. `number` makes one of a double.
template <typename Json, typename Number>
Json to_json(const LayerPredictor& p, const Number& number) {
    return {{"kind", p.kind},
            {"rank", p.rank},
            {"bytes", p.bytes},
            {"active", number(p.active)},
            {"let_through", number(p.let_through)},
            {"recall", number(p.recall)},
            {"precision", number(p.precision)},
            {"energy", number(p.energy)},
            {"cost_us", number(p.cost_us())},
            {"two_bit_us", number(p.two_bit_us)},
            {"low_rank_us", number(p.low_rank_us)}};
}

}  // namespace phonon
