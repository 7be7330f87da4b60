#pragma once
// The forward pass: tokens in, logits out.

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "base/task_pool.h"
#include "engine/attention.h"
#include "engine/feed_forward.h"
#include "engine/kv_cache.h"
#include "engine/model_weights.h"
#include "model/hyperparameters.h"
#include "phonon/backend.h"
#include "telemetry/timeline.h"

namespace phonon {

// Not thread-safe; uses all threads of the pool. Everything passed to the constructor must outlive it.
class Transformer {
  public:
    Transformer(const Hyperparameters& hp, const ModelWeights& weights, FeedForward& feed_forward, KvCache& cache,
                const Kernels& kernels, TaskPool& pool, Timeline* timeline = nullptr);

    // See Backend::eval. The tokens have been checked. The cache's lengths change only on success.
    Result<StepReport> eval(std::span<const BatchToken> tokens, std::vector<float>& logits,
                            const std::atomic<bool>& cancel);

    // The parts of eval(), for those who go through a model layer by layer. A batch begins with its tokens embedded;
    // residual() [tokens][embedding] is the stream that layers add to, and may be kept and put back between layers. The
    // cache's lengths do not change.
    void begin(std::span<const BatchToken> tokens);
    Status run_layer(int64_t layer, StepReport& report);
    void head(std::vector<float>& logits);
    std::span<float> residual() { return {x_.data(), static_cast<size_t>(alive_ * hp_.embedding)}; }

  private:
    void norm(const std::vector<float>& weight, int64_t m);
    // Self-attention of all tokens, added to x_. In the last layer only tokens with logits go on; returns how many do.
    int64_t attention(int64_t layer, int64_t m);
    Result<int64_t> feed_forward(int64_t layer, int64_t m);

    const Hyperparameters& hp_;
    const ModelWeights& weights_;
    FeedForward& feed_forward_;
    KvCache& cache_;
    const Kernels& kernels_;
    TaskPool& pool_;
    Timeline* const timeline_;  // may be null
    Attention attention_;

    int64_t alive_ = 0;               // tokens that the next layer computes
    std::vector<TokenPlace> places_;  // [alive_]
    std::vector<int64_t> wanted_;     // tokens with logits, ascending
    Inputs inputs_;
    std::vector<float> x_;       // [m][embedding] the residual stream
    std::vector<float> normed_;  // [m][embedding]
    std::vector<float> sum_;     // [m][embedding] what a block adds to x_
    std::vector<float> query_;   // [m][heads * head_dim]
    std::vector<float> key_;     // [m][kv_heads * head_dim]
    std::vector<float> value_;   // [m][kv_heads * head_dim]
    std::vector<float> mixed_;   // [m][heads * head_dim] what attention read
};

}  // namespace phonon
