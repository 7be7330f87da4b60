#pragma once
// How far two models' predictions of a token differ.

#include <cstddef>
#include <span>

namespace phonon {

struct LogSoftmax {
    size_t best = 0;
    double shift = 0;  // log p(i) = logits[i] - shift
};
LogSoftmax log_softmax(std::span<const float> logits);

// KL(p || q) in nats.
double divergence(std::span<const float> p, const LogSoftmax& lp, std::span<const float> q, const LogSoftmax& lq);

}  // namespace phonon
