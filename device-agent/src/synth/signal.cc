#include "synth/signal.h"

#include <algorithm>
#include <cmath>

#include "synth/normal.h"
#include "synth/row_filler.h"

namespace phonon {

namespace {

constexpr double kLogitDeviation = 2.5;
// Large enough that the smallest matrices' scales (Down's, in Q6_K) are still F16 numbers of some precision.
constexpr double kEmbedding = 4;
// Variance added to the embedding's, in units of it.
struct Shares {
    double ffn;             // by all layers together
    double attention;       // by all layers together, while there is one token to attend to
    double attention_left;  // what is left of it where there are many
    double memory;          // by layer 0's attention, in place of its part of the above; 0: nothing special
};
// Scores of deviation 1 leave e / tokens. A memory's leading token is not always alone.
constexpr Shares kPlain = {.ffn = 1.0, .attention = 0.5, .attention_left = 0.04, .memory = 0};
constexpr Shares kIndependent = {.ffn = 1.0, .attention = 0.1, .attention_left = 0.04, .memory = 0};
constexpr Shares kBamboo = {.ffn = 6.75, .attention = 8, .attention_left = 0.88, .memory = 8};
constexpr double kMemoryQuery = 0.1;  // deviation of a query's random part; of anything else's it is 1
// What the constant is after the norm.
constexpr double kGateConstant = 2;
constexpr double kAttentionConstant = 4;
// Gate's head columns, in deviations of its weights: within every format's range.
constexpr double kHeadDeviations = -1.5;

double activate(Activation activation, double gate) {
    switch (activation) {
        case Activation::silu:
            return gate / (1 + std::exp(-gate));
        case Activation::relu2:
            return gate > 0 ? gate * gate : 0;
        default:
            return std::max(gate, 0.0);
    }
}

// E[(activation(gate) * up)^2] for gate ~ N(mean, 1), up ~ N(0, 1).
double neuron_variance(Activation activation, double mean) {
    constexpr int kSteps = 4000;
    double sum = 0;
    for (int i = 0; i < kSteps; ++i) {
        const double x = -10 + 20 * (i + 0.5) / kSteps;
        const double value = activate(activation, x + mean);
        sum += value * value * std::exp(-x * x / 2);
    }
    const double gate = sum * (20.0 / kSteps) / std::sqrt(2 * std::acos(-1.0));
    return activation == Activation::drelu ? gate / 2 : gate;
}

const Shares& shares_of(Skew skew) {
    return skew == Skew::bamboo ? kBamboo : skew == Skew::independent ? kIndependent : kPlain;
}

// Over neurons whose gates have these means.
double mean_neuron_variance(Activation activation, std::span<const double> means) {
    constexpr size_t kStride = 16;
    double sum = 0;
    size_t count = 0;
    for (size_t i = kStride / 2; i < means.size(); i += kStride, ++count) sum += neuron_variance(activation, means[i]);
    return sum / static_cast<double>(count);
}

}  // namespace

ModelScale plan_scale(const ModelShape& shape, Activation activation, double sparsity, Skew skew,
                      std::span<const double> means, lm_ggml_type type) {
    const bool biased = sparsity > 0.5;
    const double mean = biased ? -normal_quantile(sparsity) : 0;
    const double width = static_cast<double>(shape.embedding);
    const double head = biased ? static_cast<double>(kHeadColumns) : 0;
    const double rest = width - head;  // columns that carry the signal

    ModelScale scale;
    scale.embedding = kEmbedding;
    if (biased) {
        const auto filler = make_row_filler(type, scale.embedding, Head::constant, scale.embedding, codes_of(skew));
        scale.embedding_head = filler->head_value();
    }
    const double constant = scale.embedding_head;
    double variance = scale.embedding * scale.embedding;  // of the residual, per signal column
    auto mean_square = [&] { return (rest * variance + head * constant * constant) / width + shape.norm_epsilon; };
    // The deviation that turns a normed input into an output of variance 1.
    auto unit = [&] { return std::sqrt(mean_square() / variance / rest); };

    const Shares& shares = shares_of(skew);
    const double embedded = variance;
    const double share = variance / static_cast<double>(shape.layers);  // what a share of 1 adds per layer
    const double fired =
        skew == Skew::none ? neuron_variance(activation, mean) : mean_neuron_variance(activation, means);
    for (int64_t i = 0; i < shape.layers; ++i) {
        LayerScale layer;
        // smallthinker's router reads the layer's input before its norm, llama's reads what the experts read.
        const bool early = shape.architecture == "smallthinker";
        if (early) layer.router = 1 / std::sqrt(rest * variance);
        layer.query = layer.key_value = unit();
        if (skew == Skew::bamboo) {
            layer.query *= kMemoryQuery;
            layer.attention_norm_head = static_cast<float>(kAttentionConstant * std::sqrt(mean_square()) / constant);
            layer.attention_head_by_row = 1 / (head * kAttentionConstant);
        }
        const bool first_memory = i == 0 && shares.memory > 0;
        const double attention = first_memory ? shares.memory * embedded : shares.attention * share;
        layer.attention_output = std::sqrt(attention / static_cast<double>(shape.heads * shape.head_dim));
        variance += attention * shares.attention_left;

        layer.gate = layer.up = unit();
        if (!early) layer.router = unit();
        if (skew != Skew::none) {
            layer.ffn_norm_head = static_cast<float>(kGateConstant * std::sqrt(mean_square()) / constant);
            layer.gate_head_by_row = 1 / (head * kGateConstant);
        } else if (biased) {
            layer.gate_head =
                make_row_filler(type, layer.gate, Head::constant, kHeadDeviations * layer.gate)->head_value();
            layer.ffn_norm_head =
                static_cast<float>(mean * std::sqrt(mean_square()) / (head * layer.gate_head * constant));
        }
        // The outputs of several experts are averaged.
        layer.down = std::sqrt(shares.ffn * share * static_cast<double>(shape.experts_used) /
                               (static_cast<double>(shape.ffn) * fired));
        variance += shares.ffn * share;
        scale.layers.push_back(layer);
    }
    scale.output = kLogitDeviation * unit();
    if (shape.tied) scale.output_norm = static_cast<float>(scale.output / scale.embedding);
    return scale;
}

}  // namespace phonon
