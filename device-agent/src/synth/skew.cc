#include "synth/skew.h"

#include <algorithm>
#include <cmath>

#include "synth/normal.h"
#include "synth/random.h"
#include "synth/rope_pairs.h"

namespace phonon {

namespace {

constexpr struct {
    const char* name;
    Skew skew;
} kNames[] = {{"none", Skew::none}, {"bamboo", Skew::bamboo}, {"independent", Skew::independent}};

constexpr double kBetaA = 0.83;
constexpr int kMeans = 4096;

// Scores are in nats. Saliences must differ by several, so that one token leads; the loss per token then sets how long.
constexpr double kSalience = 20;
constexpr double kLossPerToken = 0.52;
// Of the constant part of a key; a query's part is small, so that the key's random part hardly counts.
constexpr double kQueryConstant = 20;

// Pairs that tell the age: together they fall by kLossPerToken at first, and stay far below zero almost to the end of
// the slowest one's half turn, 4000 tokens or more.
constexpr struct {
    double angle;  // per token, at most
    double share;  // of the loss
} kAges[] = {{1.0 / 150, 0.65}, {1.0 / 1333, 0.35}};
// Pairs that tell the salience turn little within the tokens that are remembered.
constexpr double kStill = 2e-3;

struct MemoryPairs {
    std::vector<size_t> ages;   // one per kAges
    std::vector<size_t> still;  // all others that are slow enough
};

MemoryPairs choose_pairs(const std::vector<double>& angles) {
    MemoryPairs pairs;
    auto used = [&](size_t pair) { return std::find(pairs.ages.begin(), pairs.ages.end(), pair) != pairs.ages.end(); };
    // Angles fall. One that is much smaller would need scores that F16 holds badly.
    for (const auto& age : kAges) {
        for (size_t i = 0; i < angles.size(); ++i) {
            if (used(i) || angles[i] > age.angle) continue;
            if (angles[i] > age.angle / 4) pairs.ages.push_back(i);
            break;
        }
    }
    for (size_t i = 0; i < angles.size(); ++i) {
        if (angles[i] < kStill && !used(i)) pairs.still.push_back(i);
    }
    return pairs;
}

}  // namespace

const char* to_string(Skew skew) {
    for (const auto& known : kNames) {
        if (known.skew == skew) return known.name;
    }
    return "";
}

bool parse_skew(const std::string& name, Skew& out) {
    for (const auto& known : kNames) {
        if (known.name == name) {
            out = known.skew;
            return true;
        }
    }
    return false;
}

std::vector<double> gate_means(double sparsity) {
    // With v = p^a, the density of p, p^(a-1) (1-p)^(b-1), becomes (1-p)^(b-1) over v in [0, 1]: no pole at 0.
    constexpr int kSteps = 1 << 18;
    const double b = kBetaA * sparsity / (1 - sparsity);
    std::vector<double> sums(kSteps + 1);
    for (int i = 0; i < kSteps; ++i) {
        const double p = std::pow((i + 0.5) / kSteps, 1 / kBetaA);
        sums[static_cast<size_t>(i) + 1] = sums[static_cast<size_t>(i)] + std::pow(1 - p, b - 1);
    }
    std::vector<double> means;
    size_t step = 0;
    for (int i = 0; i < kMeans; ++i) {
        const double wanted = (i + 0.5) / kMeans * sums.back();
        while (sums[step + 1] < wanted) ++step;
        const double v = static_cast<double>(step) + (wanted - sums[step]) / (sums[step + 1] - sums[step]);
        means.push_back(normal_quantile(std::pow(v / kSteps, 1 / kBetaA)));
    }
    return means;
}

Status check_memory(const ModelShape& shape) {
    const MemoryPairs pairs = choose_pairs(rope_angles(shape));
    if (pairs.ages.size() == std::size(kAges) && !pairs.still.empty()) return {};
    return Error{"bad_request",
                 "--head-dim: --skew bamboo needs heads with more, or slower, rope pairs; give at least 16"};
}

MemoryRows plan_memory(const ModelShape& shape, uint64_t stream) {
    const std::vector<double> angles = rope_angles(shape);
    const MemoryPairs pairs = choose_pairs(angles);
    const double root = std::sqrt(static_cast<double>(shape.head_dim));  // scores are products divided by it
    MemoryRows rows;
    rows.query.resize(static_cast<size_t>(shape.heads * shape.head_dim));
    rows.key.resize(static_cast<size_t>(shape.kv_heads * shape.head_dim));

    const double salience = kSalience * root / std::sqrt(2.0 * static_cast<double>(pairs.still.size()));
    RandomStream signs(stream);
    for (int64_t head = 0; head < shape.heads; ++head) {
        auto query = [&](size_t pair, int part) -> float& {
            return rows.query[static_cast<size_t>(pair_row(shape, head, static_cast<int64_t>(pair), part))];
        };
        for (const size_t pair : pairs.still) {
            for (const int part : {0, 1})
                query(pair, part) = static_cast<float>(signs.next() & 1 ? salience : -salience);
        }
        for (const size_t pair : pairs.ages) query(pair, 0) = static_cast<float>(kQueryConstant);
    }
    for (int64_t head = 0; head < shape.kv_heads; ++head) {
        for (size_t i = 0; i < std::size(kAges); ++i) {
            // A key a quarter turn behind the query: its product falls as -sin(angle x age).
            const size_t pair = pairs.ages[i];
            const double depth = kLossPerToken * kAges[i].share / angles[pair];
            rows.key[static_cast<size_t>(pair_row(shape, head, static_cast<int64_t>(pair), 1))] =
                static_cast<float>(-depth * root / kQueryConstant);
        }
    }
    return rows;
}

}  // namespace phonon
