#include "packing/quality.h"

#include "generate/divergence.h"

namespace phonon {

Result<PackQuality> compare_streams(ProfilePass& pass, int64_t steps, const std::vector<float>& model,
                                    const std::vector<float>& pack, TaskPool& pool, const std::atomic<bool>& cancel) {
    struct Token {
        double kl = 0;
        bool agree = false;
    };
    std::vector<Token> tokens(kProfileSequences);
    std::vector<float> logits_p, logits_q;
    PackQuality quality;
    for (int64_t step = 0; step < steps; ++step) {
        if (cancel) return Error{"cancelled", "packing was cancelled"};
        pass.head(step, model, logits_p);
        pass.head(step, pack, logits_q);
        const size_t vocabulary = logits_p.size() / tokens.size();
        pool.run(kProfileSequences, [&](int64_t t, int) {
            const auto row = [&](const std::vector<float>& logits) {
                return std::span(logits).subspan(static_cast<size_t>(t) * vocabulary, vocabulary);
            };
            const LogSoftmax p = log_softmax(row(logits_p)), q = log_softmax(row(logits_q));
            tokens[static_cast<size_t>(t)] = {divergence(row(logits_p), p, row(logits_q), q), p.best == q.best};
        });
        for (const Token& token : tokens) {
            quality.kl_mean += token.kl;
            quality.top1_agreement += token.agree ? 1 : 0;
        }
    }
    const auto count = static_cast<double>(steps * kProfileSequences);
    quality.kl_mean /= count;
    quality.top1_agreement /= count;
    return quality;
}

}  // namespace phonon
