#pragma once
// Phonon's engine and llama.cpp side by side in one process, and ways to compare what they say.

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "ggml-backend.h"
#include "ggml-cpu.h"
#include "llama.h"
#include "model/llama_log.h"
#include "phonon/backend.h"
#include "sanitizers.h"

inline const std::atomic<bool> kNeverCancelled{false};

// A loaded Phonon with one position counter per sequence. Tests that do not look at threads use cores {-1}: one thread,
// not pinned, which never waits for another where cores are shared.
class PhononEngine {
  public:
    explicit PhononEngine(phonon::LoadConfig config) : backend_(phonon::make_phonon_backend()) {
        auto loaded = backend_->load(config, kNeverCancelled);
        if (!loaded.ok()) FAIL(loaded.error().message);
        report = loaded.value();
        positions_.assign(static_cast<size_t>(config.sequences), 0);
    }

    // Appends tokens to a sequence; logits of all of them, or of the last, [tokens][vocabulary].
    std::vector<float> eval(const std::vector<int32_t>& tokens, bool all, int32_t sequence = 0) {
        std::vector<phonon::BatchToken> batch;
        for (size_t i = 0; i < tokens.size(); ++i) {
            batch.push_back(
                {tokens[i], positions_[static_cast<size_t>(sequence)]++, sequence, all || i + 1 == tokens.size()});
        }
        return eval(batch);
    }
    std::vector<float> eval(const std::vector<phonon::BatchToken>& batch) {
        std::vector<float> logits;
        auto step = backend_->eval(batch, logits, kNeverCancelled);
        if (!step.ok()) FAIL(step.error().message);
        last = step.value();
        return logits;
    }
    void clear(int32_t sequence = 0, int32_t position = 0) {
        backend_->truncate(sequence, position);
        positions_[static_cast<size_t>(sequence)] = position;
    }
    phonon::Backend& backend() { return *backend_; }
    int64_t vocabulary() const { return report.model.vocabulary; }

    phonon::LoadReport report;
    phonon::StepReport last;

  private:
    std::unique_ptr<phonon::Backend> backend_;
    std::vector<int32_t> positions_;
};

// llama.cpp without flash attention, whose roundings Phonon follows.
class LlamaEngine {
  public:
    explicit LlamaEngine(const std::string& path, uint32_t context = 1024) {
        phonon::silence_llama_log();
        static const bool registered = (lm_ggml_backend_register(lm_ggml_backend_cpu_reg()), true);
        (void)registered;
        llama_model_params model_params = llama_model_default_params();
        model_ = llama_model_load_from_file(path.c_str(), model_params);
        REQUIRE(model_ != nullptr);
        llama_context_params params = llama_context_default_params();
        params.n_ctx = context;
        params.n_batch = context;
        params.n_ubatch = std::min(context, 512u);
        params.n_threads = 1;  // its barriers spin, which stalls where cores are shared
        params.n_threads_batch = 1;
        params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
        context_ = llama_init_from_model(model_, params);
        REQUIRE(context_ != nullptr);
    }
    ~LlamaEngine() {
        llama_free(context_);
        llama_model_free(model_);
    }
    LlamaEngine(const LlamaEngine&) = delete;
    LlamaEngine& operator=(const LlamaEngine&) = delete;

    std::vector<float> eval(const std::vector<int32_t>& tokens, bool all) {
        llama_batch batch = llama_batch_init(static_cast<int32_t>(tokens.size()), 0, 1);
        for (size_t i = 0; i < tokens.size(); ++i) {
            batch.token[i] = tokens[i];
            batch.pos[i] = position_++;
            batch.n_seq_id[i] = 1;
            batch.seq_id[i][0] = 0;
            batch.logits[i] = all || i + 1 == tokens.size();
        }
        batch.n_tokens = static_cast<int32_t>(tokens.size());
        REQUIRE(llama_decode(context_, batch) == 0);
        const int32_t vocabulary = llama_vocab_n_tokens(llama_model_get_vocab(model_));
        std::vector<float> logits;
        for (int32_t i = 0; i < batch.n_tokens; ++i) {
            if (!batch.logits[i]) continue;
            const float* row = llama_get_logits_ith(context_, i);
            logits.insert(logits.end(), row, row + vocabulary);
        }
        llama_batch_free(batch);
        return logits;
    }
    void clear() {
        llama_memory_clear(llama_get_memory(context_), true);
        position_ = 0;
    }

  private:
    llama_model* model_ = nullptr;
    llama_context* context_ = nullptr;
    int32_t position_ = 0;
};

inline int32_t best(const float* logits, int64_t n) {
    return static_cast<int32_t>(std::max_element(logits, logits + n) - logits);
}

// Log-probabilities of one row of logits.
inline std::vector<double> log_softmax(const float* logits, int64_t n) {
    const double top = *std::max_element(logits, logits + n);
    double sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += std::exp(logits[i] - top);
    std::vector<double> out(static_cast<size_t>(n));
    for (int64_t i = 0; i < n; ++i) out[static_cast<size_t>(i)] = logits[i] - top - std::log(sum);
    return out;
}

// Sum of squared differences over sum of squares.
inline double normalised_error(const std::vector<float>& value, const std::vector<float>& reference) {
    REQUIRE(value.size() == reference.size());
    double difference = 0;
    double size = 0;
    for (size_t i = 0; i < value.size(); ++i) {
        difference += (static_cast<double>(value[i]) - reference[i]) * (static_cast<double>(value[i]) - reference[i]);
        size += static_cast<double>(reference[i]) * reference[i];
    }
    return difference / size;
}
