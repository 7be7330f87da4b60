#include "planner/device_costs.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace phonon {
namespace {

constexpr double kLeastSpeed = 1, kMostSpeed = 1e15;  // bytes or multiplications per second

bool possible(double speed) {
    return speed >= kLeastSpeed && speed <= kMostSpeed;
}

// As `probe` names them. Formats that it does not measure are read as fast as their like.
std::string measured_as(WeightType type, const std::string& layout) {
    switch (type) {
        case WeightType::q4_0:
            return "Q4_0";
        case WeightType::q8_0:
            return "Q8_0";
        case WeightType::q4_k:
        case WeightType::q6_k:
            return layout == "tiled" ? "Q4_K" : "Q4_0";
        default:
            return "F16";
    }
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
            p.cols < 1 || !(p.seconds > 0 && p.seconds < 1e6)) {
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
            if (costs.nearest(type, layout, 1, true) == nullptr) {
                return lacks("no product of " + std::string(type) + " by " + layout);
            }
        }
    }
    if (costs.nearest("Q4_K", "tiled", 1, true) == nullptr) return lacks("no product of Q4_K");
    return costs;
}

// The point with the fewest or with the most threads.
const KernelPoint* DeviceCosts::nearest(const std::string& type, const std::string& layout, int64_t batch,
                                        bool most) const {
    const KernelPoint* found = nullptr;
    for (const KernelPoint& p : profile_.products) {
        if (p.type != type || p.layout != layout || p.batch != batch) continue;
        if (found == nullptr || (most ? p.threads > found->threads : p.threads < found->threads)) found = &p;
    }
    return found;
}

template <typename Figure>
double DeviceCosts::of_products(const std::string& type, const std::string& layout, int64_t batch,
                                Figure figure) const {
    const KernelPoint* few = nearest(type, layout, batch, false);
    const KernelPoint* many = nearest(type, layout, batch, true);
    if (few == nullptr) return 0;
    const double span = many->threads - few->threads;
    const double part = span > 0 ? std::clamp((threads_ - few->threads) / span, 0.0, 1.0) : 0;
    return figure(*few) + part * (figure(*many) - figure(*few));
}

double DeviceCosts::bytes_per_s(WeightType type, const std::string& layout) const {
    return of_products(measured_as(type, layout), layout, 1, [](const KernelPoint& p) { return p.bytes_per_s; });
}

double DeviceCosts::seconds_per_weight(WeightType type, int64_t batch) const {
    const std::string name = measured_as(type, "tiled");
    std::map<double, double> speeds;  // multiplications per second, by batch
    for (const KernelPoint& p : profile_.products) {
        if (p.type != name || p.layout != "tiled") continue;
        const auto macs = [](const KernelPoint& point) { return point.macs_per_s; };
        speeds[static_cast<double>(p.batch)] = of_products(name, "tiled", p.batch, macs);
    }
    return static_cast<double>(batch) / between(speeds, static_cast<double>(batch));
}

double DeviceCosts::predictor_bytes_per_s() const {
    // Profiles of agents before this one do not have it; it is bound by memory.
    const double measured = of_products("two-bit", "tiled", 1, [](const KernelPoint& p) { return p.bytes_per_s; });
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

double DeviceCosts::read_cpu_seconds(int64_t block_bytes, double depth) const {
    return of_reads(block_bytes, depth, [](const FlashPoint& p) { return 1e-6 * p.cpu_us; });
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
