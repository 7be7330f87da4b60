#include "tools/predictors_run.h"

#include <algorithm>
#include <array>

#include "kernels/formats.h"
#include "packing/layer_profile.h"
#include "packing/low_rank_fit.h"
#include "packing/pack_source.h"
#include "packing/predictor_choice.h"
#include "packing/profile_pass.h"
#include "packing/profiling_ffn.h"
#include "predictor/two_bit_gate.h"

namespace phonon {
namespace {

// Each code's first bit, as the code of the middle level of the same sign: half of what one bit alone would estimate.
std::vector<std::byte> first_plane(std::vector<std::byte> copy, int64_t cols) {
    const int64_t group = two_bit_group(cols);
    const auto tile = static_cast<size_t>(two_bit_tile_bytes(cols, group));
    const auto codes = static_cast<size_t>(two_bit_scale_bytes(cols, group));
    for (size_t at = 0; at < copy.size(); ++at) {
        if (at % tile < codes) continue;
        const auto byte = static_cast<unsigned>(copy[at]);
        copy[at] = static_cast<std::byte>((byte & 0xaa) | ((~byte & 0xaa) >> 1));
    }
    return copy;
}

// One layer, whose neurons have been watched.
class LayerTrial {
  public:
    LayerTrial(const PredictorQuestion& question, std::span<const int32_t> order, const Kernels& kernels,
               TaskPool& pool)
        : q_(question), order_(order), kernels_(kernels), pool_(pool) {}

    Status run(PredictorsLayer& out) {
        const std::vector<std::byte> copy = two_bit_copy(q_.gate, pool_);
        auto two = add("two-bit", {}, copy, out);
        if (!two) return two.error();
        out.active = two.value().estimates.keep(q_.energy_share).active;
        const std::vector<std::byte> plane = first_plane(copy, q_.gate.cols);
        auto one = add("one-bit", {}, plane, out);
        if (!one) return one.error();
        out.rows.back().bytes = scales() + planes() / 2;
        if (Status status = count_steps(plane, one.value().estimates, out); !status) return status;
        if (Status status = add_low_ranks(out); !status) return status;
        auto choice = choose_predictor(q_, kernels_, pool_);
        if (!choice) return choice.error();
        const PredictorFormat& format = choice.value().chosen.format;
        out.chosen = to_string(format.kind);
        if (format.kind == PredictorKind::low_rank) out.chosen += " " + std::to_string(format.rank);
        return {};
    }

  private:
    uint64_t scales() const {
        const int64_t tiles = (q_.gate.rows + kTileRows - 1) / kTileRows;
        return static_cast<uint64_t>(tiles * two_bit_scale_bytes(q_.gate.cols, two_bit_group(q_.gate.cols)));
    }
    uint64_t planes() const { return two_bit_bytes(q_.gate.rows, q_.gate.cols) - scales(); }

    Result<TriedPredictor> add(const std::string& form, const PredictorFormat& format,
                               const std::vector<std::byte>& bytes, PredictorsLayer& out) {
        auto tried = try_predictor(q_, format, bytes, kernels_, pool_);
        if (!tried) return tried.error();
        const EstimateProfile& estimates = tried.value().estimates;
        const EstimateProfile::Kept kept = estimates.keep(q_.energy_share);
        out.rows.push_back({.form = form,
                            .bytes = bytes.size(),
                            .explained = estimates.explained(),
                            .let_through = kept.let_through,
                            .recall = kept.recall,
                            .precision = kept.let_through > 0 ? kept.recall * kept.active / kept.let_through : 1,
                            .energy = kept.energy,
                            .cost_us = tried.value().cost_us});
        return tried;
    }

    Status add_low_ranks(PredictorsLayer& out) {
        const LowRankFit fit(q_.trace, q_.trace.tokens / 2, kernels_, pool_);
        for (const WeightType type : {WeightType::q8_0, WeightType::q4_0}) {
            const char* name = type == WeightType::q8_0 ? " q8_0" : " q4_0";
            for (const int64_t rank : low_rank_ladder(q_.gate.rows, q_.gate.cols, fit.most_rank(), type)) {
                const PredictorFormat format{.kind = PredictorKind::low_rank, .type = type, .rank = rank};
                auto added =
                    add("low-rank " + std::to_string(rank) + name, format, fit.factors(q_.gate, rank, type), out);
                if (!added) return added.error();
            }
        }
        return {};
    }

    // For some shares of the energy that the first plane may keep, on the way to the wanted one.
    Status count_steps(const std::vector<std::byte>& plane, const EstimateProfile& one, PredictorsLayer& out) {
        const int64_t neurons = q_.gate.rows, tiles = (neurons + kTileRows - 1) / kTileRows;
        const int64_t half = q_.trace.tokens / 2, count = q_.trace.tokens - half;
        std::vector<int64_t> place(static_cast<size_t>(neurons));
        for (int64_t p = 0; p < neurons; ++p) place[static_cast<size_t>(order_[static_cast<size_t>(p)])] = p;
        const TwoBitGate gate(plane.data(), neurons, q_.gate.cols);
        Inputs inputs;
        PredictorInput prepared;
        inputs.assign(q_.trace.x_of(half), count, q_.trace.embedding, q_.trace.embedding, {&kPredictorInput, 1},
                      kernels_, pool_);
        gate.prepare(inputs, prepared, kernels_, pool_);
        for (const double part : {0.25, 0.5, 0.75}) {
            TwoSteps steps{.energy_share = 1 - part * (1 - q_.energy_share)};
            const float threshold = one.keep(steps.energy_share).threshold;
            std::vector<std::array<int64_t, 3>> counted(static_cast<size_t>(count));  // open, tiles, tiles by heat
            pool_.run(count, [&](int64_t t, int) {
                std::vector<float> estimates(static_cast<size_t>(tiles * kTileRows));
                std::vector<uint8_t> natural(static_cast<size_t>(tiles)), by_heat(static_cast<size_t>(tiles));
                gate.estimate(0, neurons, prepared, t, estimates.data(), kernels_);
                auto& [open, some, hot] = counted[static_cast<size_t>(t)];
                for (int64_t i = 0; i < neurons; ++i) {
                    const auto n = static_cast<size_t>(i);
                    const float bias = q_.gate_bias.empty() ? 0 : q_.gate_bias[n];
                    if (!(estimates[n] + bias + one.correction()[n] > threshold)) continue;
                    ++open;
                    natural[static_cast<size_t>(i / kTileRows)] = 1;
                    by_heat[static_cast<size_t>(place[n] / kTileRows)] = 1;
                }
                some = std::count(natural.begin(), natural.end(), 1);
                hot = std::count(by_heat.begin(), by_heat.end(), 1);
            });
            const auto mean = [&](size_t which, int64_t of) {
                double sum = 0;
                for (const auto& token : counted) sum += static_cast<double>(token[which]);
                return sum / static_cast<double>(count * of);
            };
            steps.open = mean(0, neurons);
            steps.tiles = mean(1, tiles);
            steps.tiles_by_heat = mean(2, tiles);
            const double second = static_cast<double>(planes()) / 2;
            const double all = static_cast<double>(planes() + scales());
            steps.bytes_saved = second * (1 - steps.tiles) / all;
            steps.bytes_saved_by_heat = second * (1 - steps.tiles_by_heat) / all;
            out.two_steps.push_back(steps);
        }
        return {};
    }

    const PredictorQuestion& q_;
    const std::span<const int32_t> order_;
    const Kernels& kernels_;
    TaskPool& pool_;
};

bool looked_at(int64_t layer, int64_t layers, int64_t wanted) {
    return wanted <= 0 || wanted >= layers || (layer * wanted / layers != (layer + 1) * wanted / layers);
}

}  // namespace

Result<std::vector<PredictorsLayer>> run_predictors(const std::string& path, const PredictorsConfig& config,
                                                    const std::atomic<bool>& cancel) {
    const PackConfig packed{.model = path, .threads = config.threads, .seed = config.seed};
    PackSource source;
    if (Status status = open_source(packed, cancel, source); !status) return status.error();
    const Hyperparameters& hp = source.hp;
    if (hp.experts > 1) {
        return Error{"unsupported_architecture", path + ": predictors are tried for models without experts"};
    }
    if (two_bit_group(hp.embedding) == 0) {
        return Error{"unsupported_model", path + ": its embedding does not divide into groups of 32"};
    }
    const auto tokens = choose_tokens(
        packed, source, [](int64_t) {}, cancel);
    if (!tokens) return tokens.error();

    ProfilePass pass(hp, source.weights, tokens.value(), *source.kernels, *source.pool);
    if (Status status = pass.allocate(); !status) return status.error();
    ProfilingFfn ffn(hp, 0, *source.kernels, *source.pool);
    std::vector<float> stream;
    std::vector<PredictorsLayer> out;
    LayerTrace trace;
    for (int64_t l = 0; l < hp.layers; ++l) {
        const FfnWeights& weights = source.weights.layers[static_cast<size_t>(l)].ffn.front();
        ffn.watch(weights, trace, tokens.value().steps * kProfileSequences);
        if (Status status = pass.run_layer(l, ffn, stream, cancel); !status) return status.error();
        if (!looked_at(l, hp.layers, config.layers)) continue;
        LayerProfile profile(trace.neurons);
        for (int64_t t = 0; t < trace.tokens / 2; ++t) profile.see(trace.h_of(t));
        const std::vector<uint8_t> slices = profile.slices();
        const PredictorQuestion question{.trace = trace,
                                         .gate = source.tensors.layers[static_cast<size_t>(l)].ffn.front().gate,
                                         .gate_bias = weights.gate_bias,
                                         .slices = slices,
                                         .energy_share = config.energy_share,
                                         .silu = hp.activation == Activation::silu};
        out.push_back({.layer = l});
        const std::vector<int32_t> order = profile.order();
        if (Status status = LayerTrial(question, order, *source.kernels, *source.pool).run(out.back()); !status)
            return status.error();
    }
    return out;
}

}  // namespace phonon
