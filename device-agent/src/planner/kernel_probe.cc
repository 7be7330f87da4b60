#include "planner/kernel_probe.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "base/clock.h"
#include "kernels/aligned_buffer.h"
#include "kernels/column_parts.h"
#include "kernels/weights.h"
#include "predictor/two_bit_gate.h"

namespace phonon {
namespace {

constexpr int64_t kRows = 4096, kCols = 4096;    // a 7B model's width
constexpr double kActive = 0.1;                  // of the neurons, in FFN by neuron
constexpr size_t kUncached = size_t{128} << 20;  // no cache holds this much
constexpr int kRounds = 7;
constexpr std::string_view kPredictor = "two-bit";

struct Format {
    std::string_view name;
    WeightType type;
};
constexpr Format kFormats[] = {
    {"Q4_0", WeightType::q4_0}, {"Q8_0", WeightType::q8_0}, {"Q4_K", WeightType::q4_k}, {"F16", WeightType::f16}};

WeightType type_of(std::string_view name) {
    for (const Format& format : kFormats) {
        if (format.name == name) return format.type;
    }
    return WeightType::f16;
}

Layout layout_of(std::string_view name) {
    return name == "rows" ? Layout::rows : name == "columns" ? Layout::columns : Layout::tiled;
}

// Every nth row or column, other ones in every round: the ones of the round before lie in a cache.
std::vector<int32_t> members(const KernelPoint& point, int round) {
    std::vector<int32_t> out;
    const int64_t all = point.layout == "columns" ? point.cols : point.rows;
    const auto step = static_cast<int64_t>(1 / point.share);
    for (int64_t at = (round + step) % step; at < all; at += step) out.push_back(static_cast<int32_t>(at));
    return out;
}

const Error no_memory{"out_of_memory", "no memory for the matrices whose products are timed"};

// `once` goes through all copies of a matrix of so many bytes.
template <typename Once>
void time_rounds(KernelPoint& point, size_t bytes, size_t copies, Once once) {
    std::vector<double> seconds;
    for (int round = -1; round < kRounds; ++round) {
        const auto began = Clock::now();
        once(round);
        if (round >= 0) seconds.push_back(1e-3 * milliseconds_since(began) / static_cast<double>(copies));
    }
    std::nth_element(seconds.begin(), seconds.begin() + kRounds / 2, seconds.end());
    point.seconds = seconds[kRounds / 2];
    point.bytes_per_s = point.share * static_cast<double>(bytes) / point.seconds;
    point.macs_per_s = point.share * static_cast<double>(point.rows * point.cols * point.batch) / point.seconds;
}

// The predictor's copy of Gate, in clusters as a token goes through it.
Status measure_predictor(const Kernels& kernels, TaskPool& pool, KernelPoint& point) {
    const uint64_t bytes = two_bit_bytes(point.rows, point.cols);
    const size_t copies = kUncached / bytes + 1;
    AlignedBuffer source;
    if (!source.reserve(bytes * copies)) return no_memory;
    std::memset(source.as<std::byte>(), 0x11, source.size());
    const std::vector<float> x(static_cast<size_t>(point.cols), 0.5F);
    std::vector<float> estimates(static_cast<size_t>(point.rows));
    const std::array types{kPredictorInput};
    Inputs inputs;
    PredictorInput prepared;
    time_rounds(point, bytes, copies, [&](int) {
        for (size_t copy = 0; copy < copies; ++copy) {
            const TwoBitGate gate(source.as<std::byte>(copy * bytes), point.rows, point.cols);
            inputs.assign(x.data(), 1, point.cols, point.cols, types, kernels, pool);
            gate.prepare(inputs, prepared, kernels, pool);
            const int64_t rows = point.rows / kColumnParts;
            pool.run(kColumnParts, [&](int64_t part, int) {
                gate.estimate(part * rows, (part + 1) * rows, prepared, 0, estimates.data() + part * rows, kernels);
            });
        }
    });
    return {};
}

}  // namespace

std::vector<KernelPoint> kernel_points(int threads) {
    std::vector<KernelPoint> points;
    const auto add = [&](std::string_view type, const char* layout, double share, int64_t batch, int on) {
        points.push_back({.type = std::string(type),
                          .layout = layout,
                          .share = share,
                          .rows = kRows,
                          .cols = kCols,
                          .batch = batch,
                          .threads = on});
    };
    std::vector<int> counts = {threads};
    if (threads > 1) counts.push_back(1);
    for (const int on : counts) {
        for (const Format& format : kFormats) {
            for (const int64_t batch : {1, 4, 64}) add(format.name, "tiled", 1, batch, on);
            if (format.type == WeightType::q4_k) continue;
            add(format.name, "rows", kActive, 1, on);
            add(format.name, "columns", kActive, 1, on);
        }
        add(kPredictor, "tiled", 1, 1, on);
    }
    return points;
}

Status measure_product(const Kernels& kernels, TaskPool& pool, KernelPoint& point) {
    if (point.type == kPredictor) return measure_predictor(kernels, pool, point);
    const WeightType type = type_of(point.type);
    const size_t bytes = static_cast<size_t>(point.rows) * row_bytes(type, point.cols);
    const size_t copies = point.batch < 8 ? kUncached / bytes + 1 : 1;
    // Small, finite numbers in every format; what they are is nothing to the speed.
    AlignedBuffer source;
    if (!source.reserve(bytes * (point.layout == "rows" ? copies : 1))) return no_memory;
    std::memset(source.as<std::byte>(), 0x11, source.size());
    std::vector<Weights> weights;
    for (size_t copy = 0; copy < copies; ++copy) {
        const std::byte* data = source.as<std::byte>(point.layout == "rows" ? copy * bytes : 0);
        auto prepared = Weights::prepare({type, data, point.rows, point.cols}, layout_of(point.layout), kernels, pool);
        if (!prepared) return prepared.error();
        weights.push_back(std::move(prepared).value());
    }
    const std::vector<float> x(static_cast<size_t>(point.batch * point.cols), 0.5F);
    std::vector<float> y(static_cast<size_t>(point.batch * point.rows));
    const std::vector<float> h(static_cast<size_t>(std::max(point.rows, point.cols)), 0.5F);
    Inputs inputs;
    const auto once = [&](const Weights& w, const std::vector<int32_t>& chosen) {
        if (point.layout == "columns") return multiply_columns(w, chosen, h.data(), y.data(), kernels, pool);
        inputs.assign(x.data(), point.batch, point.cols, point.cols, {&type, 1}, kernels, pool);
        if (point.layout == "rows") return multiply_rows(w, chosen, inputs, 0, y.data(), kernels, pool);
        const Product product{&w, y.data(), point.rows};
        multiply({&product, 1}, inputs, kernels, pool);
    };
    time_rounds(point, bytes, copies, [&](int round) {
        const std::vector<int32_t> chosen = members(point, round);
        for (const Weights& w : weights) once(w, chosen);
    });
    return {};
}

}  // namespace phonon
