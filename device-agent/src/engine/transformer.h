#pragma once
// The forward pass: tokens in, logits out.

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "base/task_pool.h"
#include "engine/attention.h"
#include "engine/experts.h"
#include "engine/ffn.h"
#include "engine/kv_cache.h"
#include "engine/model_weights.h"
#include "model/hyperparameters.h"
#include "phonon/backend.h"

namespace phonon {

// Not thread-safe; uses all threads of the pool. Everything passed to the constructor must outlive it.
class Transformer {
  public:
    Transformer(const Hyperparameters& hp, const ModelWeights& weights, KvCache& cache, const Kernels& kernels,
                TaskPool& pool);

    // See Backend::eval. The tokens have been checked. The cache's lengths change only on success.
    Result<StepReport> eval(std::span<const BatchToken> tokens, std::vector<float>& logits,
                            const std::atomic<bool>& cancel);

  private:
    void embed(std::span<const BatchToken> tokens);
    void norm(const std::vector<float>& weight, int64_t m);
    // Self-attention of all tokens, added to x_. In the last layer only tokens with logits go on; returns how many do.
    int64_t attention(int64_t layer, int64_t m);
    int64_t feed_forward(int64_t layer, int64_t m);
    void head(int64_t m, std::vector<float>& logits);

    const Hyperparameters& hp_;
    const ModelWeights& weights_;
    KvCache& cache_;
    const Kernels& kernels_;
    TaskPool& pool_;
    Attention attention_;
    Ffn ffn_;
    Experts experts_;

    std::vector<TokenPlace> places_;  // [m]
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
