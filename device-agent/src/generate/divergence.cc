#include "generate/divergence.h"

#include <cmath>

namespace phonon {

LogSoftmax log_softmax(std::span<const float> logits) {
    LogSoftmax out;
    for (size_t i = 1; i < logits.size(); i++) {
        if (logits[i] > logits[out.best]) out.best = i;
    }
    const float top = logits[out.best];
    double sum = 0;
    for (const float logit : logits) sum += std::exp(logit - top);
    out.shift = top + std::log(sum);
    return out;
}

double divergence(std::span<const float> p, const LogSoftmax& lp, std::span<const float> q, const LogSoftmax& lq) {
    double kl = 0;
    for (size_t i = 0; i < p.size(); i++) {
        const double log_p = p[i] - lp.shift;
        if (log_p > -80) kl += std::exp(log_p) * (log_p - (q[i] - lq.shift));
    }
    return kl;
}

}  // namespace phonon
