#include "engine/experts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace phonon {
namespace {

// The smallest number that F16 represents normally, as llama.cpp bounds the sum it divides by.
constexpr float kLeastSum = 6.103515625e-5f;

}  // namespace

Experts::Experts(const Hyperparameters& hp, Ffn& ffn, const Kernels& kernels, TaskPool& pool)
    : hp_(hp), ffn_(ffn), kernels_(kernels), pool_(pool) {}

void Experts::route(const LayerWeights& layer, const float* x, int64_t m) {
    const std::array types{layer.router.type()};
    router_inputs_.assign(x, m, hp_.embedding, hp_.embedding, types, kernels_, pool_);
    scores_.resize(static_cast<size_t>(m * hp_.experts));
    choices_.resize(static_cast<size_t>(m * hp_.experts_used));
    const Product product{&layer.router, scores_.data(), hp_.experts};
    multiply({&product, 1}, router_inputs_, kernels_, pool_);
    for (int64_t t = 0; t < m; ++t) {
        choose(scores_.data() + t * hp_.experts, choices_.data() + t * hp_.experts_used);
    }
}

void Experts::choose(float* scores, Choice* choices) const {
    if (hp_.gating == RouterGating::softmax) kernels_.softmax(scores, hp_.experts);
    if (hp_.gating == RouterGating::sigmoid) {
        for (int64_t e = 0; e < hp_.experts; ++e) scores[e] = 1.0f / (1.0f + std::exp(-scores[e]));
    }
    std::array<int32_t, 512> order;
    std::iota(order.begin(), order.begin() + hp_.experts, 0);
    // NaN counts as least, so that the order stays one.
    std::partial_sort(order.begin(), order.begin() + hp_.experts_used, order.begin() + hp_.experts,
                      [&](int32_t a, int32_t b) {
                          const float x = std::isnan(scores[a]) ? -INFINITY : scores[a];
                          const float y = std::isnan(scores[b]) ? -INFINITY : scores[b];
                          return x > y || (x == y && a < b);
                      });
    std::array<float, 512> weights;
    for (int64_t i = 0; i < hp_.experts_used; ++i)
        weights[static_cast<size_t>(i)] = scores[order[static_cast<size_t>(i)]];
    if (hp_.gating == RouterGating::softmax_selected) kernels_.softmax(weights.data(), hp_.experts_used);
    const float sum = std::max(kLeastSum, std::accumulate(weights.begin(), weights.begin() + hp_.experts_used, 0.0f));
    for (int64_t i = 0; i < hp_.experts_used; ++i) {
        choices[i] = {order[static_cast<size_t>(i)], weights[static_cast<size_t>(i)] / sum};
    }
}

void Experts::keep(std::span<const int64_t> kept) {
    for (size_t i = 0; i < kept.size(); ++i) {
        std::copy_n(choices_.begin() + kept[i] * hp_.experts_used, hp_.experts_used,
                    choices_.begin() + static_cast<int64_t>(i) * hp_.experts_used);
    }
}

int64_t Experts::run(const LayerWeights& layer, const float* x, int64_t m, float* y) {
    return m == 1 ? run_one(layer, x, y) : run_many(layer, x, m, y);
}

int64_t Experts::run_one(const LayerWeights& layer, const float* x, float* y) {
    std::vector<const FfnWeights*> networks;
    for (int64_t i = 0; i < hp_.experts_used; ++i) {
        networks.push_back(&layer.ffn[static_cast<size_t>(choices_[static_cast<size_t>(i)].expert)]);
    }
    inputs_.assign(x, 1, hp_.embedding, hp_.embedding, Ffn::input_types(*networks.front()), kernels_, pool_);
    outputs_.resize(std::max(outputs_.size(), static_cast<size_t>(hp_.experts_used * hp_.embedding)));
    const int64_t computed = ffn_.run_each(networks, inputs_, outputs_.data());
    std::fill_n(y, hp_.embedding, 0.0f);
    for (int64_t i = 0; i < hp_.experts_used; ++i) {
        const float weight = choices_[static_cast<size_t>(i)].weight;
        for (int64_t d = 0; d < hp_.embedding; ++d)
            y[d] += weight * outputs_[static_cast<size_t>(i * hp_.embedding + d)];
    }
    return computed;
}

int64_t Experts::run_many(const LayerWeights& layer, const float* x, int64_t m, float* y) {
    const int64_t width = hp_.embedding;
    std::fill_n(y, m * width, 0.0f);
    gathered_.resize(std::max(gathered_.size(), static_cast<size_t>(m * width)));
    outputs_.resize(std::max(outputs_.size(), static_cast<size_t>(m * width)));
    int64_t computed = 0;
    std::vector<std::pair<int64_t, float>> tokens;  // and their weights for this expert
    for (int64_t e = 0; e < hp_.experts; ++e) {
        tokens.clear();
        for (int64_t i = 0; i < m * hp_.experts_used; ++i) {
            const Choice& choice = choices_[static_cast<size_t>(i)];
            if (choice.expert == e) tokens.emplace_back(i / hp_.experts_used, choice.weight);
        }
        if (tokens.empty()) continue;
        const auto count = static_cast<int64_t>(tokens.size());
        for (int64_t i = 0; i < count; ++i) {
            std::copy_n(x + tokens[static_cast<size_t>(i)].first * width, width, gathered_.data() + i * width);
        }
        const FfnWeights& w = layer.ffn[static_cast<size_t>(e)];
        inputs_.assign(gathered_.data(), count, width, width, Ffn::input_types(w), kernels_, pool_);
        computed += ffn_.run(w, inputs_, outputs_.data());
        for (int64_t i = 0; i < count; ++i) {
            const auto [token, weight] = tokens[static_cast<size_t>(i)];
            for (int64_t d = 0; d < width; ++d)
                y[token * width + d] += weight * outputs_[static_cast<size_t>(i * width + d)];
        }
    }
    return computed;
}

}  // namespace phonon
