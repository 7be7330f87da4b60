#pragma once
// Grouped-query attention over the KV cache, with rope.
//
// Rounded where llama.cpp (without flash attention) rounds: queries, keys, values and probabilities to F16, all sums
// in F32.

#include <cstdint>
#include <span>
#include <vector>

#include "base/task_pool.h"
#include "engine/kv_cache.h"
#include "engine/rope.h"
#include "kernels/kernels.h"
#include "model/hyperparameters.h"

namespace phonon {

struct TokenPlace {
    int32_t sequence = 0;
    int64_t position = 0;
};

// Not thread-safe; uses all threads of the pool.
class Attention {
  public:
    Attention(const Hyperparameters& hp, std::span<const float> rope_factors, KvCache& cache, const Kernels& kernels,
              TaskPool& pool);

    // Prepares for positions [0, positions).
    void extend(int64_t positions);

    // Rotates q and k of every token and writes keys and values to the cache.
    //   q [tokens][heads * head_dim] in and out, k and v [tokens][kv_heads * head_dim], k is used up
    void store(int64_t layer, std::span<const TokenPlace> tokens, float* q, float* k, const float* v);

    // out [tokens][heads * head_dim] for tokens that were stored; q as store() left it, [tokens].
    void attend(int64_t layer, std::span<const TokenPlace> tokens, const float* q, float* out);

  private:
    struct Task {
        int64_t first;  // of its tokens, which have consecutive positions in one sequence
        int64_t count;
        int64_t kv_head;
    };
    struct Scratch {                 // one thread's buffers
        std::vector<float> queries;  // [head of the group, token][head_dim]
        std::vector<float> scores;   // [head of the group, token][keys, padded]
        std::vector<uint16_t> half;
        std::vector<float> keys;    // [head_dim][keys of a block]
        std::vector<float> values;  // [keys of a block][head_dim, padded]
        std::vector<float> sums;    // [head of the group, token][head_dim, padded]
    };

    void plan(std::span<const TokenPlace> tokens);
    void attend_one(int64_t layer, const TokenPlace& token, int64_t kv_head, const float* q, float* out,
                    Scratch& scratch) const;
    void attend_block(int64_t layer, const TokenPlace& first, int64_t count, int64_t kv_head, const float* q,
                      float* out, Scratch& scratch) const;
    int64_t first_visible(int64_t layer, int64_t position) const;

    const Hyperparameters& hp_;
    KvCache& cache_;
    const Kernels& kernels_;
    TaskPool& pool_;
    Rope rope_;
    Rope window_rope_;  // of layers with a sliding window
    std::vector<Task> tasks_;

    std::vector<Scratch> scratch_;  // [thread]
};

}  // namespace phonon
