#pragma once
// The profile's tokens on their way through a model, layer by layer: many of them meet a layer's weights at a time.

#include <atomic>
#include <span>
#include <vector>

#include "engine/transformer.h"
#include "packing/profile_tokens.h"

namespace phonon {

// Not thread-safe; uses all threads of the pool. Everything passed in must outlive it. Holds the keys and values of one
// layer; what the computing takes is given back after each call.
class ProfilePass {
  public:
    ProfilePass(const Hyperparameters& hp, const ModelWeights& weights, const ProfileTokens& tokens,
                const Kernels& kernels, TaskPool& pool)
        : hp_(hp), weights_(weights), tokens_(tokens), kernels_(kernels), pool_(pool) {}

    // Error: context_too_large.
    Status allocate();

    // `stream` [tokens][embedding], in the order of place_in_halves(), goes through a layer, whose FFN is `ffn`; before
    // layer 0 it is empty.
    Status run_layer(int64_t layer, FeedForward& ffn, std::vector<float>& stream, const std::atomic<bool>& cancel);

    // logits [kProfileSequences][vocabulary] of a step, after the last layer.
    void head(int64_t step, const std::vector<float>& stream, std::vector<float>& logits);

  private:
    const Hyperparameters& hp_;
    const ModelWeights& weights_;
    const ProfileTokens& tokens_;
    const Kernels& kernels_;
    TaskPool& pool_;
    KvCache cache_;
};

}  // namespace phonon
