#pragma once
// What computes the feed-forward networks of a model's layers: from memory (ResidentFeedForward), or neuron by neuron
// from flash (ClusterFeedForward).

#include <cstdint>
#include <span>

#include "engine/experts.h"
#include "engine/ffn.h"
#include "engine/model_weights.h"
#include "phonon/result.h"

namespace phonon {

// Not thread-safe.
class FeedForward {
  public:
    virtual ~FeedForward() = default;

    // A layer begins, and its attention is to read x [m][embedding].
    virtual void begin(int64_t layer, const float* x, int64_t m) = 0;
    // Only some of the tokens that begin() saw go on: `kept`, ascending.
    virtual void keep(std::span<const int64_t> kept) = 0;
    // y [m][embedding] = the layer's FFN of x [m][embedding], the normed residual stream. Returns the number of neurons
    // computed for any of the tokens. Errors: io_error.
    virtual Result<int64_t> run(int64_t layer, const float* x, int64_t m, float* y) = 0;
};

// All weights in memory; with several experts, whatever the router chooses.
class ResidentFeedForward : public FeedForward {
  public:
    // Everything must outlive it.
    ResidentFeedForward(const Hyperparameters& hp, const ModelWeights& weights, const Kernels& kernels, TaskPool& pool);

    void begin(int64_t layer, const float* x, int64_t m) override;
    void keep(std::span<const int64_t> kept) override;
    Result<int64_t> run(int64_t layer, const float* x, int64_t m, float* y) override;

  private:
    bool routes_early() const { return hp_.experts > 1 && hp_.architecture == Architecture::smallthinker; }

    const Hyperparameters& hp_;
    const ModelWeights& weights_;
    const Kernels& kernels_;
    TaskPool& pool_;
    Ffn ffn_;
    Experts experts_;
    Inputs inputs_;
};

}  // namespace phonon
