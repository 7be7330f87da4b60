#include "packing/layer_packer.h"

#include "kernels/formats.h"
#include "kernels/prepare_columns.h"
#include "kernels/weights_data.h"
#include "pack/weight_types.h"
#include "predictor/two_bit_gate.h"

namespace phonon {

LayerPacker::LayerPacker(PackSource& source, PackState& state, const PackPlan& plan, const PartFile& file,
                         const PackConfig& config, PredictorWish wish)
    : source_(source),
      config_(config),
      wish_(wish),
      plan_(plan),
      state_(state),
      writer_(plan, file),
      pass_(source.hp, source.weights, state.tokens, *source.kernels, *source.pool),
      ffn_(source.hp, config.sparsity, *source.kernels, *source.pool),
      exact_(source.hp, source.weights, *source.kernels, *source.pool) {}

Result<PackedPredictor> LayerPacker::pack_layer(int64_t layer, const std::atomic<bool>& cancel) {
    const LayerTensors& tensors = source_.tensors.layers[static_cast<size_t>(layer)];
    const FfnTensors& ffn = tensors.ffn.front();
    const FfnWeights& original = source_.weights.layers[static_cast<size_t>(layer)].ffn.front();
    RequantisedLayer anew;
    const bool requantise = config_.requantise != Requantise::none;
    if (requantise) {
        auto made = RequantisedLayer::make(ffn, original, plan_.bundles[static_cast<size_t>(layer)], *source_.kernels,
                                           *source_.pool);
        if (!made) return made.error();
        anew = std::move(made).value();
    }
    ffn_.watch(requantise ? anew.weights() : original, trace_, state_.tokens.steps * kProfileSequences);
    if (Status status = pass_.run_layer(layer, ffn_, state_.streams[0], cancel); !status) return status.error();
    if (state_.streams.size() > 1) {
        if (Status status = pass_.run_layer(layer, exact_, state_.streams[1], cancel); !status) return status.error();
    }
    const LayerProfile profile = profile_of_all();
    auto choice = choose(ffn, original);
    if (!choice) return choice.error();
    const PackedPredictor report = report_of(profile, choice.value(), ffn);
    if (Status status = write_layer(layer, ffn, requantise ? &anew.bytes() : nullptr, profile, report, choice.value());
        !status) {
        return status.error();
    }
    for (const TensorView* view :
         {&tensors.query, &tensors.key, &tensors.value, &tensors.output, &ffn.gate, &ffn.up, &ffn.down}) {
        source_.gguf->file().release({view->data, view->bytes});
    }
    return report;
}

Result<PackQuality> LayerPacker::compare(const std::atomic<bool>& cancel) {
    return compare_streams(pass_, state_.tokens.steps, state_.streams[1], state_.streams[0], *source_.pool, cancel);
}

LayerProfile LayerPacker::profile_of_all() const {
    LayerProfile profile(trace_.neurons);
    for (int64_t step = 0; step < state_.tokens.steps; ++step) {
        for (int64_t s = 0; s < kProfileSequences; ++s) {
            profile.see(trace_.h_of(place_in_halves(state_.tokens, step, s)));
        }
    }
    return profile;
}

Result<PredictorChoice> LayerPacker::choose(const FfnTensors& ffn, const FfnWeights& original) const {
    LayerProfile first_half(trace_.neurons);
    for (int64_t t = 0; t < trace_.tokens / 2; ++t) first_half.see(trace_.h_of(t));
    const std::vector<uint8_t> slices = first_half.slices();
    return choose_predictor({.trace = trace_,
                             .gate = ffn.gate,
                             .gate_bias = original.gate_bias,
                             .slices = slices,
                             .energy_share = config_.energy_share,
                             .silu = source_.hp.activation == Activation::silu,
                             .wish = wish_},
                            *source_.kernels, *source_.pool);
}

PackedPredictor LayerPacker::report_of(const LayerProfile& profile, const PredictorChoice& choice,
                                       const FfnTensors& ffn) const {
    const TriedPredictor& chosen = choice.chosen;
    const EstimateProfile::Kept kept = chosen.estimates.keep(config_.energy_share);
    return {.statistics = {.threshold = kept.threshold,
                           .active = kept.active,
                           .let_through = kept.let_through,
                           .recall = kept.recall,
                           .energy = kept.energy,
                           .overlap = profile.overlap(),
                           .bin_width = chosen.estimates.bin_width()},
            .format = chosen.format,
            .bytes = predictor_bytes(chosen.format, ffn.gate.rows, ffn.gate.cols),
            .costs = {.two_bit_us = static_cast<float>(choice.two_bit_us),
                      .low_rank_us = static_cast<float>(choice.low_rank_us)}};
}

Status LayerPacker::write_predictor(int64_t layer, const FfnTensors& ffn, const PackedPredictor& report,
                                    PredictorChoice& choice) {
    const auto name = [&](const char* part) { return pack_tensor(layer, part); };
    const std::array<int32_t, kPredictorFormatFields> format{static_cast<int32_t>(report.format.kind),
                                                             ggml_type(report.format.type),
                                                             static_cast<int32_t>(report.format.rank)};
    const std::array<float, kPredictorCosts> costs{report.costs.two_bit_us, report.costs.low_rank_us};
    const std::vector<EstimateBin> estimates = choice.chosen.estimates.bins();
    std::vector<std::byte>& bytes = choice.chosen.bytes;
    bytes.resize(two_bit_bytes(ffn.gate.rows, ffn.gate.cols));
    Status status = writer_.write_array<float>(name("correction"), choice.chosen.estimates.correction());
    if (status) status = writer_.write_array<EstimateBin>(name("estimates"), estimates);
    if (status) status = writer_.write(name("predictor"), bytes);
    if (status) status = writer_.write_array<int32_t>(name("predictor_format"), format);
    if (status) status = writer_.write_array<float>(name("predictor_costs"), costs);
    return status;
}

Status LayerPacker::write_layer(int64_t layer, const FfnTensors& ffn, const LayerBytes* anew,
                                const LayerProfile& profile, const PackedPredictor& report, PredictorChoice& choice) {
    const auto name = [&](const char* part) { return pack_tensor(layer, part); };
    const std::vector<int32_t> order = profile.order();
    const std::vector<float> frequency = profile.frequency();
    const PackStatistics& s = report.statistics;
    const std::array<float, kPackStatistics> numbers{s.threshold, s.active,  s.let_through, s.recall,
                                                     s.energy,    s.overlap, s.bin_width};
    Status status = writer_.write_array<int32_t>(name("order"), order);
    if (status) status = writer_.write_array<float>(name("frequency"), frequency);
    if (status) status = writer_.write_array<float>(name("statistics"), numbers);
    if (status) status = writer_.write_array<float>(name("overlaps"), profile.overlaps().shares());
    if (const float threshold = ffn_.threshold(); status && threshold > 0) {
        status = writer_.write_array<float>(name("activation_threshold"), {&threshold, 1});
    }
    if (status) status = write_predictor(layer, ffn, report, choice);
    if (!status) return status;
    if (anew != nullptr) return writer_.write_bundles(layer, *anew, order, *source_.pool);
    const Tensor source{*weight_type(ffn.down.type), ffn.down.data, ffn.down.rows, ffn.down.cols};
    auto down = Weights::prepare(source, Layout::columns, *source_.kernels, *source_.pool);
    if (!down) return down.error();
    if (status = write_scales(layer, down.value()); !status) return status;
    const LayerBytes bytes{.gate = ffn.gate.data, .up = ffn.up.data, .down = down.value().data().columns};
    return writer_.write_bundles(layer, bytes, order, *source_.pool);
}

Status LayerPacker::write_scales(int64_t layer, const Weights& down) {
    const ColumnSizes sizes = column_sizes(down.type(), down.rows(), down.cols());
    std::vector<std::byte> all;
    const auto add = [&](const AlignedBuffer& buffer, int64_t bytes) {
        all.insert(all.end(), buffer.as<std::byte>(), buffer.as<std::byte>() + bytes);
    };
    const Weights::Data& d = down.data();
    add(d.scales, sizes.scales);
    add(d.minima, sizes.minima);
    add(d.subscales, sizes.subscales);
    add(d.subminima, sizes.subminima);
    return all.empty() ? Status{} : writer_.write(pack_tensor(layer, "down_scales"), all);
}

}  // namespace phonon
