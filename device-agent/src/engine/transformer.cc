#include "engine/transformer.h"

#include <algorithm>
#include <array>

#include "base/clock.h"

namespace phonon {
namespace {

void reserve(std::vector<float>& buffer, int64_t size) {
    if (buffer.size() < static_cast<size_t>(size)) buffer.resize(static_cast<size_t>(size));
}

void add(const float* from, float* to, int64_t n) {
    for (int64_t i = 0; i < n; ++i) to[i] += from[i];
}

// Moves the rows at `kept` (ascending) to the front.
void compact(std::vector<float>& rows, int64_t width, std::span<const int64_t> kept) {
    for (size_t i = 0; i < kept.size(); ++i) {
        std::copy_n(rows.data() + kept[i] * width, width, rows.data() + static_cast<int64_t>(i) * width);
    }
}

}  // namespace

Transformer::Transformer(const Hyperparameters& hp, const ModelWeights& weights, FeedForward& feed_forward,
                         KvCache& cache, const Kernels& kernels, TaskPool& pool, Timeline* timeline)
    : hp_(hp),
      weights_(weights),
      feed_forward_(feed_forward),
      cache_(cache),
      kernels_(kernels),
      pool_(pool),
      timeline_(timeline),
      attention_(hp, weights.rope_factors, cache, kernels, pool) {}

void Transformer::begin(std::span<const BatchToken> tokens) {
    const auto m = static_cast<int64_t>(tokens.size());
    reserve(x_, m * hp_.embedding);
    reserve(normed_, m * hp_.embedding);
    reserve(sum_, m * hp_.embedding);
    reserve(query_, m * hp_.heads * hp_.head_dim);
    reserve(mixed_, m * hp_.heads * hp_.head_dim);
    reserve(key_, m * hp_.kv_heads * hp_.head_dim);
    reserve(value_, m * hp_.kv_heads * hp_.head_dim);
    places_.clear();
    wanted_.clear();
    int64_t end = 0;
    for (int64_t t = 0; t < m; ++t) {
        const BatchToken& token = tokens[static_cast<size_t>(t)];
        places_.push_back({token.sequence, token.position});
        if (token.logits) wanted_.push_back(t);
        end = std::max<int64_t>(end, token.position + 1);
        read_row(weights_.embedding, token.token, x_.data() + t * hp_.embedding);
    }
    attention_.extend(end);
    alive_ = m;
}

void Transformer::norm(const std::vector<float>& weight, int64_t m) {
    auto norm_token = [&](int64_t t, int) {
        const int64_t offset = t * hp_.embedding;
        kernels_.rms_norm(x_.data() + offset, weight.data(), hp_.rms_eps, normed_.data() + offset, hp_.embedding);
    };
    if (m == 1) {
        norm_token(0, 0);
    } else {
        pool_.run(m, norm_token);
    }
}

int64_t Transformer::attention(int64_t layer, int64_t m) {
    const LayerWeights& w = weights_.layers[static_cast<size_t>(layer)];
    const int64_t width = hp_.heads * hp_.head_dim;
    const int64_t kv_width = hp_.kv_heads * hp_.head_dim;
    norm(w.attention_norm, m);
    const std::array types{w.query.type(), w.key.type(), w.value.type()};
    inputs_.assign(normed_.data(), m, hp_.embedding, hp_.embedding, types, kernels_, pool_);
    const std::array products{Product{&w.query, query_.data(), width}, Product{&w.key, key_.data(), kv_width},
                              Product{&w.value, value_.data(), kv_width}};
    multiply(products, inputs_, kernels_, pool_);
    add_bias(w.query_bias, query_.data(), m);
    add_bias(w.key_bias, key_.data(), m);
    add_bias(w.value_bias, value_.data(), m);
    attention_.store(layer, places_, query_.data(), key_.data(), value_.data());

    if (layer == hp_.layers - 1 && static_cast<int64_t>(wanted_.size()) < m) {
        m = static_cast<int64_t>(wanted_.size());
        compact(query_, width, wanted_);
        compact(x_, hp_.embedding, wanted_);
        feed_forward_.keep(wanted_);
        for (size_t i = 0; i < wanted_.size(); ++i) places_[i] = places_[static_cast<size_t>(wanted_[i])];
        places_.resize(wanted_.size());
        if (m == 0) return 0;
    }
    attention_.attend(layer, places_, query_.data(), mixed_.data());
    const std::array output_types{w.output.type()};
    inputs_.assign(mixed_.data(), m, width, width, output_types, kernels_, pool_);
    const Product product{&w.output, sum_.data(), hp_.embedding};
    multiply({&product, 1}, inputs_, kernels_, pool_);
    add_bias(w.output_bias, sum_.data(), m);
    add(sum_.data(), x_.data(), m * hp_.embedding);
    return m;
}

Result<int64_t> Transformer::feed_forward(int64_t layer, int64_t m) {
    norm(weights_.layers[static_cast<size_t>(layer)].ffn_norm, m);
    auto computed = feed_forward_.run(layer, normed_.data(), m, sum_.data());
    if (computed) add(sum_.data(), x_.data(), m * hp_.embedding);
    return computed;
}

void Transformer::head(std::vector<float>& logits) {
    const int64_t m = alive_;
    logits.resize(static_cast<size_t>(m * hp_.vocabulary));
    if (m == 0) return;
    norm(weights_.output_norm, m);
    const std::array types{weights_.output.type()};
    inputs_.assign(normed_.data(), m, hp_.embedding, hp_.embedding, types, kernels_, pool_);
    const Product product{&weights_.output, logits.data(), hp_.vocabulary};
    multiply({&product, 1}, inputs_, kernels_, pool_);
    add_bias(weights_.output_bias, logits.data(), m);
}

Status Transformer::run_layer(int64_t layer, StepReport& report) {
    const auto start = Clock::now();
    if (timeline_ != nullptr) timeline_->enter_layer(layer);
    feed_forward_.begin(layer, x_.data(), alive_);
    alive_ = attention(layer, alive_);
    const auto middle = Clock::now();
    report.attention_ms += milliseconds(middle - start);
    if (timeline_ != nullptr) timeline_->add_all(SpanKind::attention, start, middle);
    if (alive_ == 0) return {};
    auto computed = feed_forward(layer, alive_);
    if (!computed) return computed.error();
    report.active[static_cast<size_t>(layer)] = static_cast<int32_t>(computed.value());
    report.ffn_ms += milliseconds_since(middle);
    return {};
}

Result<StepReport> Transformer::eval(std::span<const BatchToken> tokens, std::vector<float>& logits,
                                     const std::atomic<bool>& cancel) {
    const auto start = Clock::now();
    StepReport report;
    report.active.assign(static_cast<size_t>(hp_.layers), 0);
    begin(tokens);
    for (int64_t layer = 0; layer < hp_.layers && alive_ > 0; ++layer) {
        if (cancel.load(std::memory_order_relaxed)) return Error{"cancelled", "the evaluation was cancelled"};
        if (Status status = run_layer(layer, report); !status) return status.error();
    }
    const auto layers_done = Clock::now();
    head(logits);
    if (timeline_ != nullptr) {
        timeline_->leave_layers();
        timeline_->add_all(SpanKind::head, layers_done, Clock::now());
    }
    for (const BatchToken& token : tokens) cache_.set_length(token.sequence, token.position + 1);
    report.other_ms = milliseconds_since(start) - report.attention_ms - report.ffn_ms;
    return report;
}

}  // namespace phonon
