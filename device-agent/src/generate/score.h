#pragma once
// Quality of a model on a text: perplexity as llama-perplexity computes it, and the divergence between two backends.

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "phonon/backend.h"

namespace phonon {

struct ScoreConfig {
    // The whole text's. The first token of every chunk is replaced by `begin` where the model has one (-1: it has
    // none).
    std::vector<int32_t> tokens;
    int32_t begin = -1;
    int64_t context = 0;  // tokens per chunk; at least 4, and at most what the KV cache holds
    int batch = 0;        // tokens evaluated together
};

struct ScoreProgress {
    int64_t done = 0;  // tokens of whole chunks
    int64_t total = 0;
    double nll = 0;  // mean negative log-likelihood per scored token, in nats
    double perplexity = 0;
};

struct ScoreResult {
    int64_t tokens = 0;  // scored
    double nll = 0;
    double perplexity = 0;
    // KL(backend || other) over the scored positions, in nats, and how often both like the same token best.
    std::optional<double> kl_mean, kl_max, top1_agreement;
};

// The text's tokens and the begin token, as llama-perplexity takes them: the begin token comes from the model's
// metadata, text that looks like a control token is text.
ScoreConfig score_config(const Tokenizer& tokenizer, const std::string& text, int64_t context, int batch);

// Whole chunks of `context` tokens, each in an empty KV cache; the second half of every chunk is scored. REQUIRES at
// least one chunk, and a loaded backend; `other`, where given, has the same vocabulary. Uses sequence 0.
Result<ScoreResult> score(Backend& backend, Backend* other, const ScoreConfig& config,
                          const std::function<void(const ScoreProgress&)>& progress, const std::atomic<bool>& cancel);

}  // namespace phonon
