#pragma once
// A backend without a model: one token per byte, answers that depend only on what it was fed, and faults on demand. It
// stands for what a real engine cannot be made to do at a chosen moment.

#include <chrono>
#include <map>
#include <string>
#include <thread>

#include "phonon/backend.h"

namespace phonon::testing {

// Tokens 0..255 are bytes; 256 begins, 257 and 258 end.
class ByteTokenizer : public Tokenizer {
  public:
    static constexpr int32_t kBegin = 256, kEnd = 257, kSize = 259;

    int32_t size() const override { return kSize; }
    std::vector<int32_t> encode(std::string_view text, bool special) const override {
        std::vector<int32_t> out;
        if (special && adds_begin) out.push_back(kBegin);
        for (const char c : text) out.push_back(static_cast<unsigned char>(c));
        return out;
    }
    std::string piece(int32_t token) const override {
        return token < 256 ? std::string(1, static_cast<char>(token)) : std::string();
    }
    bool is_end(int32_t token) const override { return token >= kEnd; }

    bool adds_begin = true;
};

struct FakeFaults {
    std::chrono::microseconds eval_delay{0};
    std::chrono::milliseconds load_delay{0};  // in steps of 1 ms that look at cancel
    int fail_eval = -1;                       // the eval, counted from 0, that fails with io_error
    Error load_error{};                       // of every load, where it has a code
};

class FakeBackend : public Backend {
  public:
    // With a script, decode produces its bytes and then end tokens; without one, logits are pseudo-random.
    explicit FakeBackend(std::string script = {}, FakeFaults with = {})
        : faults(std::move(with)), script_(std::move(script)) {}

    std::string name() const override { return "fake"; }
    std::string build() const override { return "test"; }

    Result<LoadReport> load(const LoadConfig& config, const std::atomic<bool>& cancel) override {
        for (auto left = faults.load_delay; left.count() > 0; left -= std::chrono::milliseconds(1)) {
            if (cancel) return Error{"cancelled", "cancelled"};
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        if (!faults.load_error.code.empty()) return faults.load_error;
        LoadReport report;
        report.model.architecture = "fake";
        report.model.vocabulary = ByteTokenizer::kSize;
        report.model.layers = 2;
        report.context = config.context > 0 ? config.context : 256;
        report.cores = std::vector<int>(static_cast<size_t>(config.threads > 0 ? config.threads : 1), -1);
        report.kernels = "fake";
        loaded_ = true;
        return report;
    }
    void unload() override { loaded_ = false; }
    const Tokenizer* tokenizer() const override { return loaded_ ? &tokens : nullptr; }

    Result<StepReport> eval(std::span<const BatchToken> batch, std::vector<float>& logits,
                            const std::atomic<bool>& cancel) override {
        if (evals++ == faults.fail_eval) return Error{"io_error", "read of 4096 bytes at 8192: Input/output error"};
        if (faults.eval_delay.count() > 0) std::this_thread::sleep_for(faults.eval_delay);
        if (cancel) return Error{"cancelled", "cancelled"};
        logits.clear();
        for (const BatchToken& token : batch) {
            std::vector<int32_t>& cache = caches[token.sequence];
            if (token.position != static_cast<int32_t>(cache.size()))
                return Error{"internal", "a hole in the sequence"};
            cache.push_back(token.token);
            if (token.logits) append_logits(cache, logits);
        }
        StepReport report{0, 0, 0, {3, static_cast<int32_t>(batch.size())}};
        return report;
    }
    void truncate(int32_t sequence, int32_t position) override {
        std::vector<int32_t>& cache = caches[sequence];
        if (position < static_cast<int32_t>(cache.size())) cache.resize(static_cast<size_t>(position));
    }

    FakeFaults faults;
    ByteTokenizer tokens;
    std::map<int32_t, std::vector<int32_t>> caches;  // per sequence, the tokens fed
    int evals = 0;
    size_t prompt = 0;  // tokens fed before the script begins
    float noise = 0;    // adds to every second logit, so that two fakes differ; NaN makes logits that nothing can use

  private:
    void append_logits(const std::vector<int32_t>& cache, std::vector<float>& logits) {
        const size_t at = logits.size();
        logits.resize(at + ByteTokenizer::kSize, 0.0f);
        if (!script_.empty()) {
            const size_t i = cache.size() - prompt;
            logits[at + (i < script_.size() ? static_cast<unsigned char>(script_[i]) : ByteTokenizer::kEnd)] = 9.0f;
            return;
        }
        uint32_t state = static_cast<uint32_t>(cache.back()) * 2654435761u + static_cast<uint32_t>(cache.size());
        for (size_t i = 0; i < ByteTokenizer::kSize; i++) {
            state = state * 1664525u + 1013904223u;
            logits[at + i] = static_cast<float>(state >> 16) / 8192.0f - 4.0f + (i % 2 == 0 ? noise : 0.0f);
        }
    }

    std::string script_;
    bool loaded_ = false;
};

}  // namespace phonon::testing
