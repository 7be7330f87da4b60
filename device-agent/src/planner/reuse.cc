#include "planner/reuse.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "cache/eviction.h"
#include "planner/normal.h"
#include "planner/wanted.h"

namespace phonon {
namespace {

constexpr int kAges = 64;    // that the heat order tells apart (cache/eviction.cc)
constexpr int kPoints = 33;  // of the grid; neighbours lie closer than a step of the process
constexpr int kFinePoints = 97;
const double kFade = std::exp2(-1 / kHeatHalfLife);  // a token, of a use in the heat order
// By how much the slow part stays from token to token: measured on the models of `synth --skew bamboo`, whose overlap
// with the 2nd, 4th, 8th and 16th token before gives 0.93 to 0.94 in every layer.
constexpr double kDecay = 0.94;
constexpr double kMostSlow = 0.97;
// What is fitted from the profile; at the most the grid's points still lie close enough.
constexpr double kLeastDecay = 0.5, kMostDecay = 0.97, kLeastCorrelation = 0.02;
constexpr double kForever = std::numeric_limits<double>::infinity();

// Of neurons that fire, the share that fires for another token too whose gates correlate by `correlation`.
double overlap_at(const std::vector<ActivityGroup>& groups, double correlation, const NormalGrid& grid) {
    const double common = std::sqrt(correlation), rest = std::sqrt(1 - correlation);
    double both = 0, one = 0;
    for (const ActivityGroup& group : groups) {
        const double threshold = threshold_of(group.frequency);
        double sum = 0;
        for (size_t i = 0; i < grid.at.size(); ++i) {
            const double p = upper_tail((threshold - common * grid.at[i]) / rest);
            sum += grid.weight[i] * p * p;
        }
        both += group.share * sum;
        one += group.share * group.frequency;
    }
    return one > 0 ? both / one : 1;
}

// The correlation of gates that makes a token's neurons fire again as often as measured.
double correlation_for(const std::vector<ActivityGroup>& groups, double overlap, const NormalGrid& grid) {
    double low = 0, high = kMostSlow;
    for (int round = 0; round < 24; ++round) {
        const double middle = (low + high) / 2;
        (overlap_at(groups, middle, grid) < overlap ? low : high) = middle;
    }
    return low;
}

// [from][to]
std::vector<double> transitions(const NormalGrid& grid, double decay) {
    const size_t n = grid.at.size();
    std::vector<double> out(n * n);
    for (size_t from = 0; from < n; ++from) {
        double sum = 0;
        for (size_t to = 0; to < n; ++to) {
            const double z = (grid.at[to] - decay * grid.at[from]) / std::sqrt(1 - decay * decay);
            sum += out[from * n + to] = std::exp(-z * z / 2);
        }
        for (size_t to = 0; to < n; ++to) out[from * n + to] /= sum;
    }
    return out;
}

double interpolate(const std::vector<double>& values, double at) {
    if (at < 0) return std::max(0.0, 1 + at) * values.front();  // in the midst of a token
    const auto low = static_cast<size_t>(at);
    if (low + 1 >= values.size()) return values.back();
    return values[low] + (at - static_cast<double>(low)) * (values[low + 1] - values[low]);
}

}  // namespace

CacheUse all_wanted(double cached, const std::string& eviction, int64_t layers) {
    if (cached >= 1) return {.let_through = 1, .missed = 0};
    const double others = 1 - 1 / static_cast<double>(layers), missing = 1 - std::max(cached, 0.0);
    return {.let_through = 1, .missed = eviction == "heat" && missing < others ? missing / others : 1};
}

Reuse::Reuse(const Activity& activity) : activity_(activity) {
    const NormalGrid fine = normal_grid(kFinePoints);
    const double unrelated = overlap_at(activity.groups, 0, fine);
    if (unrelated < 1) persistence_ = std::max(0.0, (activity.overlap - unrelated) / (1 - unrelated));
    double decay = kDecay, near = correlation_for(activity.groups, activity.overlap, fine);
    if (!activity.overlaps.empty()) {
        near = correlation_for(activity.groups, activity.overlaps.front(), fine);
        const double far = correlation_for(activity.groups, activity.overlaps.back(), fine);
        const double tokens = kOverlapLags.back() - kOverlapLags.front();
        if (near > kLeastCorrelation) decay = std::clamp(std::pow(far / near, 1 / tokens), kLeastDecay, kMostDecay);
    }
    slow_ = std::min(near / decay, kMostSlow);
    turn_ = transitions(normal_grid(kPoints), decay);
}

std::vector<Reuse::Group> Reuse::groups_at(double cached) const {
    const Wanted wanted = wanted_at(activity_, cached);
    const NormalGrid grid = normal_grid(kPoints);
    const size_t n = grid.at.size();
    std::vector<double> fires(n), fires_in_memory(n), mass(n);
    std::vector<Group> groups;
    for (size_t g = 0; g < activity_.groups.size(); ++g) {
        const ActivityGroup& given = activity_.groups[g];
        Group group{.share = given.share, .frequency = given.frequency};
        const double on_flash = threshold_of(wanted.on_flash[g]), in_memory = threshold_of(wanted.in_memory[g]);
        for (size_t i = 0; i < n; ++i) {
            const double turned = std::sqrt(slow_) * grid.at[i], rest = std::sqrt(1 - slow_);
            fires[i] = upper_tail((on_flash - turned) / rest);
            fires_in_memory[i] = upper_tail((in_memory - turned) / rest);
            group.wanted += mass[i] = grid.weight[i] * fires[i];
            group.in_memory += grid.weight[i] * fires_in_memory[i];
        }
        group.of_late = late_use(mass, fires, group.wanted);
        double held = group.wanted, reused = 0, used = 0;
        group.held.push_back(held);
        group.reused.push_back(0);
        group.used.push_back(0);
        // `mass`: wanted `age` tokens ago and never since.
        for (int age = 1; age <= kAges; ++age) {
            const std::vector<double> next = turned(mass);
            for (size_t i = 0; i < n; ++i) {
                reused += next[i] * fires[i];
                used += next[i] * fires_in_memory[i];
                mass[i] = next[i] * (1 - fires[i]);
                held += mass[i];
            }
            group.held.push_back(std::min(held, 1.0));
            group.reused.push_back(std::min(reused, group.wanted));
            group.used.push_back(std::min(used, group.in_memory));
        }
        groups.push_back(std::move(group));
    }
    return groups;
}

// Where gates that were at `mass` are with the next token.
std::vector<double> Reuse::turned(const std::vector<double>& mass) const {
    const size_t n = mass.size();
    std::vector<double> next(n);
    for (size_t from = 0; from < n; ++from) {
        for (size_t to = 0; to < n; ++to) next[to] += mass[from] * turn_[from * n + to];
    }
    return next;
}

// How often it was wanted of late, as the heat order counts it, once it was just wanted with its gates at `mass`.
double Reuse::late_use(std::vector<double> mass, const std::vector<double>& fires, double wanted) const {
    double sum = wanted, weight = 1;
    for (int age = 1; age <= kAges; ++age) {
        mass = turned(mass);
        weight *= kFade;
        for (size_t i = 0; i < mass.size(); ++i) sum += weight * mass[i] * fires[i];
    }
    return wanted > 0 ? (1 - kFade) * sum / wanted : 0;
}

// Tokens that a neuron stays in the cache after its last use; less than none: it leaves before the token ends.
double Reuse::kept_for(const Group& group, double level, bool lru) const {
    if (lru) return level > 0 ? 1 / level - 1 : kForever;
    const double recent = recent_weight_of(persistence_), usual = (1 - recent) * group.frequency;
    if (usual >= level) return kForever;
    const double late = recent * group.of_late / (level - usual);
    return late > 0 ? std::clamp(std::log(late) / -std::log(kFade), -1.0, double{kAges}) : -1;
}

Reuse::Outcome Reuse::at(const std::vector<Group>& groups, double level, bool lru) const {
    Outcome out;
    for (const Group& group : groups) {
        const double age = kept_for(group, level, lru);
        if (age == kForever) {
            out.occupied += group.share;
            out.use.let_through += group.share * group.in_memory;
            continue;
        }
        // The heat order evicts whom the layers have just passed: who stays for a token is there for the next one.
        const double uses = lru ? age : age + 1;
        const double missed = group.wanted - interpolate(group.reused, uses);
        out.occupied += group.share * interpolate(group.held, age);
        out.use.missed += group.share * missed;
        out.use.let_through += group.share * (missed + interpolate(group.used, uses));
    }
    return out;
}

CacheUse Reuse::with(double cached, const std::string& eviction) const {
    const std::vector<Group> groups = groups_at(std::clamp(cached, 0.0, 1.0));
    CacheUse all, none;
    for (const Group& group : groups) {
        all.let_through += group.share * group.in_memory;
        none.let_through += group.share * group.wanted;
    }
    none.missed = none.let_through;
    if (cached >= 1) return all;
    if (!(cached > 0)) return none;
    const bool lru = eviction != "heat";
    // The levels just below and above the one at which the cache is full.
    double low = lru ? 1.0 / (kAges + 1) : 0, high = 1;
    Outcome more = at(groups, low, lru), less = at(groups, high, lru);
    if (less.occupied >= cached) return none;  // not even room for what one token wants: by the next one all has left
    if (more.occupied <= cached) {
        // More room than for what was wanted within kAges tokens: what is older fills it.
        less = std::exchange(more, {.occupied = 1, .use = all});
    } else {
        for (int round = 0; round < 40; ++round) {
            const double middle = (low + high) / 2;
            const Outcome outcome = at(groups, middle, lru);
            (outcome.occupied > cached ? low : high) = middle;
            (outcome.occupied > cached ? more : less) = outcome;
        }
    }
    const double part = std::clamp((cached - less.occupied) / std::max(more.occupied - less.occupied, 1e-12), 0.0, 1.0);
    return {.let_through = std::lerp(less.use.let_through, more.use.let_through, part),
            .missed = std::lerp(less.use.missed, more.use.missed, part)};
}

}  // namespace phonon
