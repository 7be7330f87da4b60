#pragma once
// Layers whose gates are known, as traces that predictors are fitted to and judged by.

#include <doctest/doctest.h>

#include "kernels_support.h"
#include "packing/layer_profile.h"
#include "packing/predictor_choice.h"

namespace phonon::predictor_test {

// Gate [neurons][embedding] in F32, and tokens that went through it with Up's products of 1: h = max(0, gate).
struct Layer {
    std::vector<float> gate;
    LayerTrace trace;
    std::vector<uint8_t> slices;

    TensorView view() const {
        return {.name = "blk.0.ffn_gate.weight",
                .type = LM_GGML_TYPE_F32,
                .rows = trace.neurons,
                .cols = trace.embedding,
                .data = reinterpret_cast<const std::byte*>(gate.data()),
                .bytes = gate.size() * sizeof(float)};
    }
    PredictorQuestion question(PredictorWish wish = PredictorWish::cheaper) const {
        return {.trace = trace,
                .gate = view(),
                .gate_bias = {},
                .slices = slices,
                .energy_share = 0.995,
                .silu = false,
                .wish = wish};
    }
};

// `rank`: of Gate, beside a threshold of its own for each neuron; 0: full.
inline Layer make_layer(int64_t neurons, int64_t embedding, int64_t rank, int64_t tokens = 512, uint32_t seed = 1) {
    Layer layer;
    layer.gate = kernel_test::random_values(neurons * embedding, seed);
    if (rank > 0) {
        const auto a = kernel_test::random_values(neurons * rank, seed + 1);
        const auto b = kernel_test::random_values(rank * embedding, seed + 2);
        for (int64_t i = 0; i < neurons; ++i)
            for (int64_t c = 0; c < embedding; ++c) {
                float sum = 0;
                for (int64_t r = 0; r < rank; ++r) sum += a[i * rank + r] * b[r * embedding + c];
                layer.gate[i * embedding + c] = sum / std::sqrt(static_cast<float>(rank));
            }
    }
    LayerTrace& trace = layer.trace;
    trace.tokens = tokens;
    trace.embedding = embedding;
    trace.neurons = neurons;
    trace.x = kernel_test::random_values(tokens * embedding, seed + 3);
    for (int64_t t = 0; t < tokens; ++t) trace.x[t * embedding] = 1;  // column 0 holds the thresholds
    const auto shift = kernel_test::random_values(neurons, seed + 4);
    const float deviation = std::sqrt(static_cast<float>(embedding));
    for (int64_t i = 0; i < neurons; ++i) layer.gate[i * embedding] = (shift[i] - 1.5f) * deviation;
    for (int64_t t = 0; t < tokens; ++t)
        for (int64_t i = 0; i < neurons; ++i) {
            float sum = 0;
            for (int64_t c = 0; c < embedding; ++c) sum += layer.gate[i * embedding + c] * trace.x_of(t)[c];
            trace.gate.push_back(sum);
            trace.h.push_back(std::max(0.0f, sum));
        }
    LayerProfile profile(neurons);
    for (int64_t t = 0; t < tokens / 2; ++t) profile.see(trace.h_of(t));
    layer.slices = profile.slices();
    return layer;
}

}  // namespace phonon::predictor_test
