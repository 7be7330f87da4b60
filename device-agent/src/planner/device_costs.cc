#include "planner/device_costs.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "planner/read_cost.h"

namespace phonon {
namespace {

constexpr double kLeastSpeed = 1, kMostSpeed = 1e15;  // bytes or multiplications per second

bool possible(double speed) {
    return speed >= kLeastSpeed && speed <= kMostSpeed;
}

// As `probe` names formats, and of which it has at least one of every layout: what is read as fast where a format was
// not measured, by an earlier agent or for want of time.
struct Names {
    const char *own, *like;
};

Names names_of(WeightType type, const std::string& layout) {
    const char* k_quant = layout == "tiled" ? "Q4_K" : "Q4_0";
    switch (type) {
        case WeightType::q4_0:
            return {"Q4_0", "Q4_0"};
        case WeightType::q8_0:
            return {"Q8_0", "Q8_0"};
        case WeightType::q4_k:
            return {"Q4_K", k_quant};
        case WeightType::q6_k:
            return {"Q6_K", k_quant};
        case WeightType::bf16:
            return {"BF16", "F16"};
        case WeightType::f32:
            return {"F32", "F16"};
        case WeightType::f16:
            break;
    }
    return {"F16", "F16"};
}

// How far what was measured is from what is wanted. How many rows there are, of which single ones are read, is nothing
// to their speed, but how many of them are: one by itself is not what a token's are.
double distance(const KernelPoint& p, MatrixShape shape) {
    constexpr double kFiring = 0.1;
    const auto apart = [](double a, double b) { return std::pow(std::log(a / b), 2); };
    const double rows = apart(static_cast<double>(p.rows), static_cast<double>(shape.rows));
    const double cols = apart(static_cast<double>(p.cols), static_cast<double>(shape.cols));
    if (p.layout == "rows") return cols + apart(p.share, kFiring);
    if (p.layout == "columns") return rows + apart(p.share, kFiring);
    return rows + cols;
}

// Linear in the logarithm of x between the points around it; beyond them as at the end.
double between(const std::map<double, double>& points, double x) {
    const auto above = points.lower_bound(x);
    if (above == points.end()) return points.rbegin()->second;
    if (above == points.begin()) return above->second;
    const auto below = std::prev(above);
    const double part = std::log(x / below->first) / std::log(above->first / below->first);
    return below->second + part * (above->second - below->second);
}

Error lacks(const std::string& what) {
    return {"bad_request", "the device's profile has " + what + "; `phonon probe` makes a new one"};
}

}  // namespace

Result<DeviceCosts> DeviceCosts::create(const HardwareProfile& profile, int threads) {
    for (const KernelPoint& p : profile.products) {
        if (!possible(p.bytes_per_s) || !possible(p.macs_per_s) || p.threads < 1 || p.batch < 1 || p.rows < 1 ||
            p.cols < 1 || !(p.share > 0 && p.share <= 1) || !(p.seconds > 0 && p.seconds < 1e6)) {
            return lacks("an impossible speed of a product");
        }
    }
    bool at_random = false, in_order = false;
    for (const FlashPoint& p : profile.flash.points) {
        if (!possible(p.bytes_per_s) || p.block_bytes < 1 || p.depth < 1 || !(p.cpu_us >= 0 && p.cpu_us < 1e9)) {
            return lacks("an impossible speed of flash");
        }
        (p.random ? at_random : in_order) = true;
    }
    if (const auto& cost = profile.flash.read_core_us; cost && !(*cost >= 0 && *cost < 1e9)) {
        return lacks("an impossible cost of a read");
    }
    if (!at_random || !in_order) return lacks("no reads of flash, at random and in order");
    DeviceCosts costs(profile, threads);
    std::map<double, double> memory;
    for (const MemoryPoint& p : profile.memory) {
        if (!possible(p.bytes_per_s) || p.threads < 1) return lacks("an impossible speed of memory");
        memory[p.threads] = p.bytes_per_s;
    }
    if (memory.empty()) return lacks("no speed of memory");
    costs.memory_ = between(memory, threads);
    for (const char* layout : {"tiled", "rows", "columns"}) {
        for (const char* type : {"Q4_0", "Q8_0", "F16"}) {
            if (costs.nearest({.type = type, .layout = layout}, true) == nullptr) {
                return lacks("no product of " + std::string(type) + " by " + layout);
            }
        }
    }
    if (costs.nearest({.type = "Q4_K", .layout = "tiled"}, true) == nullptr) return lacks("no product of Q4_K");
    return costs;
}

// Of the points with the fewest or with the most threads.
const KernelPoint* DeviceCosts::nearest(const Wanted& wanted, bool most) const {
    const KernelPoint* found = nullptr;
    for (const KernelPoint& p : profile_.products) {
        if (p.type != wanted.type || p.layout != wanted.layout || p.batch != wanted.batch) continue;
        const int more = found == nullptr ? 0 : most ? p.threads - found->threads : found->threads - p.threads;
        const bool nearer = found == nullptr || distance(p, wanted.shape) < distance(*found, wanted.shape);
        if (more > 0 || (more == 0 && nearer)) found = &p;
    }
    return found;
}

std::string DeviceCosts::measured_as(WeightType type, const std::string& layout) const {
    const Names names = names_of(type, layout);
    return nearest({.type = names.own, .layout = layout}, true) == nullptr ? names.like : names.own;
}

template <typename Figure>
double DeviceCosts::of_products(const Wanted& wanted, Figure figure) const {
    const KernelPoint* few = nearest(wanted, false);
    const KernelPoint* many = nearest(wanted, true);
    if (few == nullptr) return 0;
    const double span = many->threads - few->threads;
    const double part = span > 0 ? std::clamp((threads_ - few->threads) / span, 0.0, 1.0) : 0;
    return figure(*few) + part * (figure(*many) - figure(*few));
}

double DeviceCosts::bytes_per_s(WeightType type, const std::string& layout, MatrixShape shape) const {
    return of_products({.type = measured_as(type, layout), .layout = layout, .shape = shape},
                       [](const KernelPoint& p) { return p.bytes_per_s; });
}

double DeviceCosts::seconds_per_weight(WeightType type, int64_t batch) const {
    const std::string name = measured_as(type, "tiled");
    std::map<double, double> speeds;  // multiplications per second, by batch
    for (const KernelPoint& p : profile_.products) {
        if (p.type != name || p.layout != "tiled") continue;
        const auto macs = [](const KernelPoint& point) { return point.macs_per_s; };
        speeds[static_cast<double>(p.batch)] = of_products({.type = name, .layout = "tiled", .batch = p.batch}, macs);
    }
    return static_cast<double>(batch) / between(speeds, static_cast<double>(batch));
}

double DeviceCosts::predictor_bytes_per_s(PredictorKind kind, MatrixShape gate) const {
    // Profiles of agents before this one do not have it; it is bound by memory.
    const double measured = of_products({.type = to_string(kind), .layout = "tiled", .shape = gate},
                                        [](const KernelPoint& p) { return p.bytes_per_s; });
    return measured > 0 ? measured : memory_;
}

template <typename Figure>
double DeviceCosts::of_reads(int64_t block_bytes, double depth, Figure figure) const {
    uint64_t range = 0;
    for (const FlashPoint& p : profile_.flash.points) range = std::max(range, p.range_bytes);
    std::map<double, std::map<double, double>> by_block;  // and depth
    for (const FlashPoint& p : profile_.flash.points) {
        if (!p.random || p.core || p.range_bytes != range) continue;
        by_block[p.block_bytes][static_cast<double>(p.depth)] = figure(p);
    }
    std::map<double, double> at_depth;
    for (const auto& [block, depths] : by_block) at_depth[block] = between(depths, depth);
    return at_depth.empty() ? 0 : between(at_depth, static_cast<double>(block_bytes));
}

double DeviceCosts::reads_per_s(int64_t block_bytes, double depth) const {
    return of_reads(block_bytes, depth, [](const FlashPoint& p) { return p.bytes_per_s / p.block_bytes; });
}

double DeviceCosts::read_core_seconds(int64_t block_bytes, double depth) const {
    const auto own = [](const FlashPoint& p) { return 1e-6 * p.cpu_us; };
    const double issuing = of_reads(block_bytes, depth, own);
    if (!profile_.flash.read_core_us) return issuing;
    const double unseen = 1e-6 * *profile_.flash.read_core_us - of_reads(kCostBlockBytes, kCostReads, own);
    return std::max(0.0, issuing + unseen);
}

double DeviceCosts::stream_bytes_per_s() const {
    double most = 0;
    for (const FlashPoint& p : profile_.flash.points) {
        if (!p.random) most = std::max(most, p.bytes_per_s);
    }
    return most;
}

double DeviceCosts::burst_seconds(double reads, std::span<const int64_t> blocks, int64_t depth) const {
    if (!(reads > 0)) return 0;
    const auto seconds_each = [&](double under_way) {
        double sum = 0;
        for (const int64_t bytes : blocks) sum += 1 / reads_per_s(bytes, under_way);
        return sum / static_cast<double>(blocks.size());
    };
    const auto most = static_cast<double>(depth);
    double seconds = std::max(0.0, reads - most) * seconds_each(most);
    constexpr int kSteps = 16;
    const double draining = std::min(reads, most);
    for (int step = 0; step < kSteps; ++step) {
        const double under_way = draining * (step + 0.5) / kSteps;
        seconds += draining / kSteps * seconds_each(std::max(1.0, under_way));
    }
    return seconds;
}

}  // namespace phonon
