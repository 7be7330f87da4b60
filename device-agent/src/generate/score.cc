#include "generate/score.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "generate/divergence.h"

namespace phonon {
namespace {

class Scorer {
  public:
    Scorer(Backend& backend, Backend* other, const ScoreConfig& config, const std::atomic<bool>& cancel)
        : backend_(backend), other_(other), config_(config), cancel_(cancel) {
        // On a phone, the logits of a whole batch over a large vocabulary would not fit beside the model.
        constexpr int64_t kLogitBytes = 64 << 20;
        const int64_t row = static_cast<int64_t>(sizeof(float)) * backend.tokenizer()->size();
        batch_ = std::clamp<int64_t>(kLogitBytes / row, 1, config.batch);
    }

    Status chunk(std::span<const int32_t> tokens) {
        backend_.truncate(0, 0);
        if (other_ != nullptr) other_->truncate(0, 0);
        // The last token predicts nothing that is known, so it is not evaluated.
        const auto inputs = static_cast<int64_t>(tokens.size()) - 1;
        const auto first = static_cast<int64_t>(tokens.size()) / 2;
        std::vector<BatchToken> batch;
        for (int64_t begin = 0; begin < inputs; begin += batch_) {
            const int64_t end = std::min(inputs, begin + batch_);
            batch.clear();
            for (int64_t i = begin; i < end; i++) {
                const int32_t token = i == 0 && config_.begin >= 0 ? config_.begin : tokens[static_cast<size_t>(i)];
                batch.push_back({token, static_cast<int32_t>(i), 0, i >= first});
            }
            const Result<StepReport> step = backend_.eval(batch, logits_, cancel_);
            if (!step) return step.error();
            if (other_ != nullptr) {
                const Result<StepReport> second = other_->eval(batch, other_logits_, cancel_);
                if (!second) return second.error();
            }
            for (int64_t i = std::max(begin, first), row = 0; i < end; i++, row++) {
                add(static_cast<size_t>(row), tokens[static_cast<size_t>(i + 1)]);
            }
        }
        return {};
    }

    ScoreResult result() const {
        ScoreResult out;
        const auto n = static_cast<double>(scored_);
        out.tokens = scored_;
        out.nll = nll_ / n;
        out.perplexity = std::exp(out.nll);
        if (other_ != nullptr) {
            out.kl_mean = kl_ / n;
            out.kl_max = kl_max_;
            out.top1_agreement = static_cast<double>(agreed_) / n;
        }
        return out;
    }

  private:
    // `row` of the logits predicts `next`.
    void add(size_t row, int32_t next) {
        const auto vocabulary = static_cast<size_t>(backend_.tokenizer()->size());
        const std::span<const float> p(logits_.data() + row * vocabulary, vocabulary);
        const LogSoftmax lp = log_softmax(p);
        nll_ -= p[static_cast<size_t>(next)] - lp.shift;
        scored_++;
        if (other_ == nullptr) return;
        const std::span<const float> q(other_logits_.data() + row * vocabulary, vocabulary);
        const LogSoftmax lq = log_softmax(q);
        const double kl = divergence(p, lp, q, lq);
        kl_ += kl;
        kl_max_ = std::max(kl_max_, kl);
        agreed_ += lp.best == lq.best;
    }

    Backend& backend_;
    Backend* other_;
    const ScoreConfig& config_;
    const std::atomic<bool>& cancel_;
    int64_t batch_ = 1;
    std::vector<float> logits_, other_logits_;  // [scored tokens of the batch][vocabulary]
    int64_t scored_ = 0, agreed_ = 0;
    double nll_ = 0, kl_ = 0, kl_max_ = 0;
};

}  // namespace

ScoreConfig score_config(const Tokenizer& tokenizer, const std::string& text, int64_t context, int batch) {
    ScoreConfig config;
    config.context = context;
    config.batch = batch;
    // An empty text with the model's own frame is the begin token, where it has one.
    const std::vector<int32_t> frame = tokenizer.encode("", true);
    config.tokens = tokenizer.encode(text, false);
    if (!frame.empty()) {
        config.begin = frame.front();
        config.tokens.insert(config.tokens.begin(), config.begin);
    }
    return config;
}

Result<ScoreResult> score(Backend& backend, Backend* other, const ScoreConfig& config,
                          const std::function<void(const ScoreProgress&)>& progress, const std::atomic<bool>& cancel) {
    Scorer scorer(backend, other, config, cancel);
    const auto total = static_cast<int64_t>(config.tokens.size()) / config.context * config.context;
    for (int64_t done = 0; done < total; done += config.context) {
        if (cancel.load(std::memory_order_relaxed)) return Error{"cancelled", "cancelled"};
        const Status status = scorer.chunk(
            std::span(config.tokens).subspan(static_cast<size_t>(done), static_cast<size_t>(config.context)));
        if (!status) return status.error();
        const ScoreResult so_far = scorer.result();
        if (!std::isfinite(so_far.nll) || !std::isfinite(so_far.kl_mean.value_or(0))) {
            return Error{"internal", "the logits of tokens " + std::to_string(done) + " to " +
                                         std::to_string(done + config.context) + " are not finite numbers"};
        }
        progress({done + config.context, total, so_far.nll, so_far.perplexity});
    }
    return scorer.result();
}

}  // namespace phonon
