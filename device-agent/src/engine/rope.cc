#include "engine/rope.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace phonon {
namespace {

// The pair that turns `turns` times within the trained context.
float yarn_pair(int64_t head_dim, int64_t context, float turns, float base) {
    return static_cast<float>(head_dim) *
           std::log(static_cast<float>(context) / (turns * 2 * std::numbers::pi_v<float>)) / (2 * std::log(base));
}

}  // namespace

Rope::Rope(const RopeConfig& config, float base, int64_t head_dim, std::span<const float> factors)
    : config_(config), base_(base), head_dim_(head_dim), factors_(factors.begin(), factors.end()) {
    yarn_low_ = std::max(0.0f, std::floor(yarn_pair(head_dim, config.trained_context, 32.0f, base)));
    yarn_high_ =
        std::min(static_cast<float>(head_dim - 1), std::ceil(yarn_pair(head_dim, config.trained_context, 1.0f, base)));
    if (config_.yarn && config_.scale < 1.0f) config_.magnitude *= 1.0f + 0.1f * std::log(1.0f / config_.scale);
}

void Rope::extend(int64_t positions) {
    const int64_t pairs = head_dim_ / 2;
    const auto known = static_cast<int64_t>(table_.size()) / head_dim_;
    if (positions <= known) return;
    table_.resize(static_cast<size_t>(positions * head_dim_));
    const float step = std::pow(base_, -2.0f / static_cast<float>(head_dim_));
    for (int64_t position = known; position < positions; ++position) {
        float* row = table_.data() + position * head_dim_;
        float theta = static_cast<float>(position);
        for (int64_t i = 0; i < pairs; ++i, theta *= step) {
            const float full = factors_.empty() ? theta : theta / factors_[static_cast<size_t>(i)];
            float angle = config_.scale * full;
            if (config_.yarn) {
                const float ramp = (static_cast<float>(i) - yarn_low_) / std::max(0.001f, yarn_high_ - yarn_low_);
                const float mix = 1.0f - std::min(1.0f, std::max(0.0f, ramp));
                angle = angle * (1.0f - mix) + full * mix;
            }
            row[2 * i] = std::cos(angle) * config_.magnitude;
            row[2 * i + 1] = std::sin(angle) * config_.magnitude;
        }
    }
}

void Rope::rotate(float* head, int64_t position) const {
    const float* row = table_.data() + position * head_dim_;
    const int64_t pairs = head_dim_ / 2;
    const bool adjacent = config_.pairs == RopePairs::adjacent;
    const int64_t stride = adjacent ? 2 : 1;
    const int64_t partner = adjacent ? 1 : pairs;
    for (int64_t i = 0; i < pairs; ++i) {
        float* x = head + i * stride;
        const float x0 = x[0];
        const float x1 = x[partner];
        x[0] = x0 * row[2 * i] - x1 * row[2 * i + 1];
        x[partner] = x0 * row[2 * i + 1] + x1 * row[2 * i];
    }
}

}  // namespace phonon
