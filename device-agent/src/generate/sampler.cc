#include "phonon/sampler.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace phonon {
namespace {

using Candidate = std::pair<float, int32_t>;  // logit, token

bool better(const Candidate& a, const Candidate& b) {
    return a.first > b.first || (a.first == b.first && a.second < b.second);
}

// e^x for x <= 0, within 1e-15. Only additions and multiplications of IEEE doubles: libm's exp differs between
// machines in the last bit, and a draw next to a border would then choose another token.
double exp_exact(double x) {
    if (!(x > -700.0)) return 0.0;
    const double k = std::floor(x * 1.4426950408889634 + 0.5);
    const double r = (x - k * 0.693147180369123816490) - k * 1.90821492927058770002e-10;  // |r| <= ln2 / 2
    static constexpr double kInverse[] = {1.0,     1.0 / 2, 1.0 / 3,  1.0 / 4,  1.0 / 5,  1.0 / 6, 1.0 / 7,
                                          1.0 / 8, 1.0 / 9, 1.0 / 10, 1.0 / 11, 1.0 / 12, 1.0 / 13};
    double sum = 1.0;
    for (int i = 12; i >= 0; i--) sum = 1.0 + sum * (r * kInverse[i]);
    return sum * std::bit_cast<double>((static_cast<int64_t>(k) + 1023) << 52);
}

double uniform(std::mt19937_64& random) {
    return static_cast<double>(random() >> 11) * 0x1p-53;
}  // [0, 1)

int32_t greedy(std::span<const float> logits) {
    size_t best = 0;
    float best_logit = -std::numeric_limits<float>::infinity();
    for (size_t i = 0; i < logits.size(); i++) {
        if (logits[i] > best_logit) {
            best = i;
            best_logit = logits[i];
        }
    }
    return static_cast<int32_t>(best);
}

}  // namespace

Sampler::Sampler(const SamplerConfig& config) : config_(config), random_(config.seed) {}

int32_t Sampler::sample(std::span<const float> logits, std::span<const int32_t> history) {
    const bool penalise = config_.repeat_penalty != 1.0f && config_.repeat_last > 0 && !history.empty();
    const bool draw = config_.temperature > 0.0f && config_.top_k != 1;
    if (!draw && !penalise) return greedy(logits);

    candidates_.resize(logits.size());
    for (size_t i = 0; i < logits.size(); i++) {
        const float logit = std::isnan(logits[i]) ? -std::numeric_limits<float>::infinity() : logits[i];
        candidates_[i] = {logit, static_cast<int32_t>(i)};
    }
    if (penalise) {
        const auto last = history.last(std::min(history.size(), static_cast<size_t>(config_.repeat_last)));
        for (const int32_t token : last) {
            if (token < 0 || static_cast<size_t>(token) >= logits.size()) continue;
            // From the untouched logit, so that a token that came twice is penalised once.
            const float logit = logits[static_cast<size_t>(token)];
            candidates_[static_cast<size_t>(token)].first =
                logit > 0 ? logit / config_.repeat_penalty : logit * config_.repeat_penalty;
        }
    }
    if (!draw) return std::min_element(candidates_.begin(), candidates_.end(), better)->second;

    size_t pool = candidates_.size();
    if (config_.top_k > 0) pool = std::min(pool, static_cast<size_t>(config_.top_k));
    const double top = std::min_element(candidates_.begin(), candidates_.end(), better)->first;
    size_t kept = pool;
    if (pool < candidates_.size() || config_.top_p < 1.0f || config_.min_p > 0.0f) kept = cut(pool, top);

    const auto weight = [&](size_t i) { return exp_exact((candidates_[i].first - top) / config_.temperature); };
    double sum = 0;
    for (size_t i = 0; i < kept; i++) sum += weight(i);
    double rest = uniform(random_) * sum;
    for (size_t i = 0; i + 1 < kept; i++) {
        rest -= weight(i);
        if (rest < 0) return candidates_[i].second;
    }
    return candidates_[kept - 1].second;
}

std::size_t Sampler::cut(std::size_t pool, double top) {
    const auto at = [&](std::size_t i) { return candidates_.begin() + static_cast<std::ptrdiff_t>(i); };
    // Few candidates survive as a rule, so they are sorted in growing portions.
    std::size_t sorted = 0;
    const auto sort_up_to = [&](std::size_t next) {
        std::partial_sort(at(sorted), at(next), candidates_.end(), better);
        sorted = next;
    };
    double total = 0;
    if (config_.top_p < 1.0f) {
        if (pool < candidates_.size()) sort_up_to(pool);
        for (std::size_t i = 0; i < pool; i++) total += exp_exact(candidates_[i].first - top);
    }
    std::size_t kept = 0;
    double cumulated = 0;
    while (kept < pool) {
        if (kept == sorted) sort_up_to(std::min(pool, std::max<std::size_t>(64, 4 * sorted)));
        const double weight = exp_exact(candidates_[kept].first - top);
        if (kept > 0 && weight < config_.min_p) break;
        cumulated += weight;
        kept++;
        if (config_.top_p < 1.0f && cumulated >= config_.top_p * total) break;
    }
    return kept;
}

}  // namespace phonon
