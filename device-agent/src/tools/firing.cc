#include "tools/firing.h"

#include <algorithm>
#include <cmath>

namespace phonon {

namespace {

constexpr size_t kTogether = 32;

int64_t common(const Fired& a, const Fired& b) {
    int64_t count = 0;
    for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
        count += a[i] == b[j] ? 1 : 0;
        const bool step_a = a[i] <= b[j];
        const bool step_b = b[j] <= a[i];
        i += step_a ? 1 : 0;
        j += step_b ? 1 : 0;
    }
    return count;
}

double share(double part, double whole) {
    return whole > 0 ? part / whole : 0;
}

double united(std::span<const Fired> tokens, int64_t width) {
    std::vector<uint8_t> any(static_cast<size_t>(width));
    for (const Fired& fired : tokens) {
        for (const int32_t neuron : fired) any[static_cast<size_t>(neuron)] = 1;
    }
    return share(static_cast<double>(std::count(any.begin(), any.end(), 1)), static_cast<double>(width));
}

// Sums over [begin, end) of a sequence.
struct Sums {
    double fired = 0, again = 0, after_first = 0, missed = 0;
    void add(std::span<const Fired> tokens, std::span<const int64_t> misses, size_t begin, size_t end) {
        for (size_t t = begin; t < end; ++t) {
            const auto count = static_cast<double>(tokens[t].size());
            fired += count;
            missed += static_cast<double>(misses[t]);
            if (t == 0) continue;
            after_first += count;
            again += static_cast<double>(common(tokens[t], tokens[t - 1]));
        }
    }
};

double mean_overlap_of_pairs(std::span<const Fired> tokens) {
    double both = 0;
    double all = 0;
    for (size_t i = 0; i < tokens.size(); ++i) {
        for (size_t j = 0; j < i; ++j) {
            both += static_cast<double>(common(tokens[i], tokens[j]));
            all += 0.5 * static_cast<double>(tokens[i].size() + tokens[j].size());
        }
    }
    return share(both, all);
}

double often(std::span<const Fired> tokens, std::span<const Fired> others, int64_t width) {
    std::vector<size_t> counts(static_cast<size_t>(width));
    for (const auto& list : {tokens, others}) {
        for (const Fired& fired : list) {
            for (const int32_t neuron : fired) ++counts[static_cast<size_t>(neuron)];
        }
    }
    const size_t half = (tokens.size() + others.size()) / 2;
    const auto hot = std::count_if(counts.begin(), counts.end(), [&](size_t n) { return n > half; });
    return share(static_cast<double>(hot), static_cast<double>(width));
}

// Hits of one cache of `part` of all layers' neurons, looked up layer after layer, once it is full.
double shared_hits(std::span<const std::vector<Fired>> sequence, int64_t width, double part) {
    const size_t layers = sequence.size();
    const size_t tokens = layers > 0 ? sequence.front().size() : 0;
    std::vector<Fired> lookups;  // [token][layer]
    for (size_t t = 0; t < tokens; ++t) {
        for (size_t l = 0; l < layers; ++l) {
            Fired& fired = lookups.emplace_back(sequence[l][t]);
            for (int32_t& neuron : fired) neuron += static_cast<int32_t>(static_cast<int64_t>(l) * width);
        }
    }
    const int64_t all = static_cast<int64_t>(layers) * width;
    const auto misses = lru_misses(lookups, all, static_cast<int64_t>(part * static_cast<double>(all)));
    double fired = 0;
    double missed = 0;
    for (size_t i = std::min(kWarmUpTokens, tokens / 2) * layers; i < lookups.size(); ++i) {
        fired += static_cast<double>(lookups[i].size());
        missed += static_cast<double>(misses[i]);
    }
    return 1 - share(missed, fired);
}

LayerFiring describe_layer(std::span<const Fired> tokens, std::span<const Fired> others, int64_t width,
                           std::span<const int64_t> misses50, std::span<const int64_t> misses38) {
    LayerFiring layer;
    const size_t warm = std::min(kWarmUpTokens, tokens.size() / 2);
    Sums all;
    Sums half;
    Sums less;
    all.add(tokens, misses50, 0, tokens.size());
    half.add(tokens, misses50, warm, tokens.size());
    less.add(tokens, misses38, warm, tokens.size());
    layer.active = share(all.fired, static_cast<double>(tokens.size()) * static_cast<double>(width));
    layer.overlap = share(all.again, all.after_first);
    layer.hits50 = 1 - share(half.missed, half.fired);
    layer.hits38 = 1 - share(less.missed, less.fired);
    layer.hot = often(tokens, others, width);
    layer.unrelated = mean_overlap_of_pairs(others);
    size_t batches = 0;
    for (size_t at = 0; at + kTogether <= others.size(); at += kTogether, ++batches) {
        layer.batch32 += united(others.subspan(at, kTogether), width);
    }
    layer.batch32 = share(layer.batch32, static_cast<double>(batches));
    size_t runs = 0;
    for (size_t at = 0; at + kTogether <= tokens.size(); at += kTogether, ++runs) {
        layer.run32 += united(tokens.subspan(at, kTogether), width);
    }
    layer.run32 = share(layer.run32, static_cast<double>(runs));
    return layer;
}

}  // namespace

std::vector<int64_t> lru_misses(std::span<const Fired> tokens, int64_t width, int64_t capacity) {
    // A ring of neurons from the least to the most recently used, through a sentinel at `width`.
    std::vector<int32_t> next(static_cast<size_t>(width) + 1);
    std::vector<int32_t> before(next.size());
    std::vector<uint8_t> held(next.size());
    const auto end = static_cast<int32_t>(width);
    next.back() = before.back() = end;
    auto unlink = [&](int32_t neuron) {
        const auto i = static_cast<size_t>(neuron);
        next[static_cast<size_t>(before[i])] = next[i];
        before[static_cast<size_t>(next[i])] = before[i];
    };
    auto append = [&](int32_t neuron) {
        const auto i = static_cast<size_t>(neuron);
        before[i] = before.back();
        next[i] = end;
        next[static_cast<size_t>(before[i])] = neuron;
        before.back() = neuron;
    };
    int64_t count = 0;
    std::vector<int32_t> missed;
    std::vector<int64_t> misses;
    for (const Fired& fired : tokens) {
        missed.clear();
        for (const int32_t neuron : fired) {
            if (!held[static_cast<size_t>(neuron)]) {
                missed.push_back(neuron);
                continue;
            }
            unlink(neuron);
            append(neuron);
        }
        for (const int32_t neuron : missed) {
            held[static_cast<size_t>(neuron)] = 1;
            append(neuron);
            if (++count <= capacity) continue;
            const int32_t oldest = next.back();
            unlink(oldest);
            held[static_cast<size_t>(oldest)] = 0;
            --count;
        }
        misses.push_back(static_cast<int64_t>(missed.size()));
    }
    return misses;
}

FiringReport describe_firing(std::span<const std::vector<Fired>> sequence, std::span<const std::vector<Fired>> others,
                             int64_t width) {
    FiringReport report;
    const size_t tokens = sequence.empty() ? 0 : sequence.front().size();
    std::vector<std::vector<int64_t>> misses50;
    for (size_t l = 0; l < sequence.size(); ++l) {
        misses50.push_back(lru_misses(sequence[l], width, width / 2));
        const auto misses38 = lru_misses(sequence[l], width, width * 38 / 100);
        report.layers.push_back(describe_layer(sequence[l], others[l], width, misses50.back(), misses38));
    }
    for (size_t begin = 0, end = 8; begin < tokens; begin = end, end *= 2) {
        end = std::min(end, tokens);
        Sums all;
        for (size_t l = 0; l < sequence.size(); ++l) all.add(sequence[l], misses50[l], begin, end);
        const double places = static_cast<double>(sequence.size() * (end - begin)) * static_cast<double>(width);
        report.positions.push_back({static_cast<int64_t>(begin), static_cast<int64_t>(end), share(all.fired, places),
                                    share(all.again, all.after_first), 1 - share(all.missed, all.fired)});
    }
    std::vector<double> by_token;
    for (size_t t = std::min(kWarmUpTokens, tokens / 2); t < tokens; ++t) {
        Sums all;
        for (size_t l = 0; l < sequence.size(); ++l) all.add(sequence[l], misses50[l], t, t + 1);
        by_token.push_back(share(all.missed, all.fired));
    }
    if (!by_token.empty()) {
        std::sort(by_token.begin(), by_token.end());
        report.misses50_p99 = by_token[(by_token.size() - 1) * 99 / 100];
    }
    report.shared50 = shared_hits(sequence, width, 0.5);
    report.shared38 = shared_hits(sequence, width, 0.38);
    return report;
}

}  // namespace phonon
