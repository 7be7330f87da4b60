#include "engine/attention.h"

#include <algorithm>
#include <cmath>

namespace phonon {
namespace {

constexpr int64_t kBlockRows = 64;     // queries (heads of a group x tokens) that share a block of keys
constexpr int64_t kShortestBlock = 4;  // tokens from which a block pays

}  // namespace

Attention::Attention(const Hyperparameters& hp, std::span<const float> rope_factors, KvCache& cache,
                     const Kernels& kernels, TaskPool& pool)
    : hp_(hp),
      cache_(cache),
      kernels_(kernels),
      pool_(pool),
      rope_(hp.rope, hp.rope.base, hp.head_dim, rope_factors),
      window_rope_(hp.rope, hp.window_rope_base, hp.head_dim, rope_factors),
      scratch_(static_cast<size_t>(pool.threads())) {}

void Attention::extend(int64_t positions) {
    rope_.extend(positions);
    if (hp_.window > 0) window_rope_.extend(positions);
}

int64_t Attention::first_visible(int64_t layer, int64_t position) const {
    return hp_.layer_has_window(layer) ? std::max<int64_t>(0, position + 1 - hp_.window) : 0;
}

void Attention::store(int64_t layer, std::span<const TokenPlace> tokens, float* q, float* k, const float* v) {
    const int64_t dim = hp_.head_dim;
    const Rope& rope = hp_.layer_has_window(layer) ? window_rope_ : rope_;
    const bool rotated = hp_.layer_has_rope(layer);
    const float scale = 1.0f / std::sqrt(static_cast<float>(dim));
    auto store_token = [&](int64_t t, int thread) {
        const TokenPlace& place = tokens[static_cast<size_t>(t)];
        Scratch& scratch = scratch_[static_cast<size_t>(thread)];
        scratch.half.resize(std::max(scratch.half.size(), static_cast<size_t>(hp_.heads * dim)));
        float* queries = q + t * hp_.heads * dim;
        if (rotated) {
            for (int64_t h = 0; h < hp_.heads; ++h) rope.rotate(queries + h * dim, place.position);
        }
        kernels_.to_f16(queries, scratch.half.data(), hp_.heads * dim);
        kernels_.from_f16(scratch.half.data(), queries, hp_.heads * dim);
        for (int64_t i = 0; i < hp_.heads * dim; ++i) queries[i] *= scale;
        for (int64_t h = 0; h < hp_.kv_heads; ++h) {
            float* key = k + (t * hp_.kv_heads + h) * dim;
            if (rotated) rope.rotate(key, place.position);
            kernels_.to_f16(key, cache_.keys(layer, place.sequence, h) + place.position * dim, dim);
            kernels_.to_f16(v + (t * hp_.kv_heads + h) * dim,
                            cache_.values(layer, place.sequence, h) + place.position * dim, dim);
        }
    };
    const auto count = static_cast<int64_t>(tokens.size());
    if (count == 1) {
        store_token(0, 0);
    } else {
        pool_.run(count, store_token);
    }
}

// Consecutive tokens of one sequence become blocks; the rest are computed one by one.
void Attention::plan(std::span<const TokenPlace> tokens) {
    tasks_.clear();
    const auto count = static_cast<int64_t>(tokens.size());
    const int64_t longest = std::max<int64_t>(1, kBlockRows * hp_.kv_heads / hp_.heads);
    for (int64_t first = 0; first < count;) {
        const TokenPlace& start = tokens[static_cast<size_t>(first)];
        int64_t length = 1;
        while (first + length < count && length < longest) {
            const TokenPlace& next = tokens[static_cast<size_t>(first + length)];
            if (next.sequence != start.sequence || next.position != start.position + length) break;
            ++length;
        }
        if (length < kShortestBlock) length = 1;
        for (int64_t h = 0; h < hp_.kv_heads; ++h) tasks_.push_back({first, length, h});
        first += length;
    }
    // The longest work first, so that threads end together.
    std::reverse(tasks_.begin(), tasks_.end());
}

void Attention::attend(int64_t layer, std::span<const TokenPlace> tokens, const float* q, float* out) {
    plan(tokens);
    const int64_t width = hp_.heads * hp_.head_dim;
    const int64_t group_width = width / hp_.kv_heads;
    pool_.run(static_cast<int64_t>(tasks_.size()), [&](int64_t index, int thread) {
        const Task& task = tasks_[static_cast<size_t>(index)];
        const int64_t offset = task.first * width + task.kv_head * group_width;
        const TokenPlace& first = tokens[static_cast<size_t>(task.first)];
        Scratch& scratch = scratch_[static_cast<size_t>(thread)];
        if (task.count == 1) {
            attend_one(layer, first, task.kv_head, q + offset, out + offset, scratch);
        } else {
            attend_block(layer, first, task.count, task.kv_head, q + offset, out + offset, scratch);
        }
    });
}

void Attention::attend_one(int64_t layer, const TokenPlace& token, int64_t kv_head, const float* q, float* out,
                           Scratch& scratch) const {
    const int64_t dim = hp_.head_dim;
    const int64_t group = hp_.heads / hp_.kv_heads;
    const int64_t first = first_visible(layer, token.position);
    const int64_t count = token.position + 1 - first;
    const uint16_t* keys = cache_.keys(layer, token.sequence, kv_head) + first * dim;
    const uint16_t* values = cache_.values(layer, token.sequence, kv_head) + first * dim;
    scratch.scores.resize(std::max(scratch.scores.size(), static_cast<size_t>(group * count)));
    scratch.half.resize(std::max(scratch.half.size(), static_cast<size_t>(count)));
    float* scores = scratch.scores.data();
    for (int64_t g = 0; g < group; ++g) kernels_.dots_f16(q + g * dim, keys, dim, count, scores + g * count, dim);
    for (int64_t g = 0; g < group; ++g) {
        kernels_.softmax(scores + g * count, count);
        kernels_.to_f16(scores + g * count, scratch.half.data(), count);
        kernels_.from_f16(scratch.half.data(), scores + g * count, count);
    }
    std::fill_n(out, group * dim, 0.0f);
    for (int64_t g = 0; g < group; ++g) {
        kernels_.weighted_rows_f16(scores + g * count, values, dim, count, out + g * dim, dim);
    }
}

}  // namespace phonon
