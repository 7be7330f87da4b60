#include "planner/kernel_probe.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>

#include "kernels/column_parts.h"
#include "predictor/low_rank_gate.h"
#include "predictor/two_bit_gate.h"

namespace phonon {
namespace {

constexpr double kActive = 0.1;                  // of the neurons, in FFN by neuron
constexpr size_t kUncached = size_t{128} << 20;  // no cache holds this much
constexpr int kRounds = 7, kFewestRounds = 3;
constexpr double kEnoughMs = 300;  // then the fewest rounds do
constexpr std::string_view kTwoBit = "two-bit", kLowRank = "low-rank";

struct Format {
    std::string_view name;
    WeightType type;
};
// Those that every device's plans want, and the others.
constexpr std::array<Format, 4> kCommon = {
    {{"Q4_0", WeightType::q4_0}, {"Q8_0", WeightType::q8_0}, {"Q4_K", WeightType::q4_k}, {"F16", WeightType::f16}}};
constexpr std::array<Format, 3> kOthers = {
    {{"Q6_K", WeightType::q6_k}, {"BF16", WeightType::bf16}, {"F32", WeightType::f32}}};

// Rows, and columns, as long as a 7B's, a 1B's and a 70B's; as many weights in each.
constexpr MatrixShape kSquare = {4096, 4096}, kTall = {8192, 2048}, kWide = {2048, 8192};

std::optional<WeightType> type_of(std::string_view name) {
    for (const auto& format : kCommon) {
        if (format.name == name) return format.type;
    }
    for (const auto& format : kOthers) {
        if (format.name == name) return format.type;
    }
    return std::nullopt;
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

bool same_matrix(const KernelPoint& a, const KernelPoint& b) {
    return a.type == b.type && a.layout == b.layout && a.rows == b.rows && a.cols == b.cols;
}

size_t copies_of(size_t bytes) {
    return kUncached / bytes + 1;
}

const Error kNoMemory{"out_of_memory", "no memory for the matrices whose products are timed"};

class Points {
  public:
    explicit Points(int threads) {
        if (threads > 1) threads_.push_back(threads);
        threads_.push_back(1);
    }

    template <size_t N>
    void formats(const std::array<Format, N>& formats, MatrixShape shape) {
        for (const Format& format : formats) {
            add(format.name, "tiled", 1, shape);
            if (shape.rows == shape.cols) {
                add(format.name, "tiled", 1, shape, 4);
                add(format.name, "tiled", 1, shape, 64);
            }
            for (const char* layout : {"rows", "columns"}) {
                add(format.name, layout, kActive, shape);
                // A neuron that came from flash by itself is one thread's.
                if (shape.rows == shape.cols) add_on(1, format.name, layout, 1.0 / kSquare.rows, shape, 1);
            }
        }
    }
    void predictors(MatrixShape shape) {
        for (const auto kind : {kTwoBit, kLowRank}) add(kind, "tiled", 1, shape);
    }
    std::vector<KernelPoint> take() { return std::move(points_); }

  private:
    void add(std::string_view type, const char* layout, double share, MatrixShape shape, int64_t batch = 1) {
        for (const int on : threads_) add_on(on, type, layout, share, shape, batch);
    }
    void add_on(int on, std::string_view type, const char* layout, double share, MatrixShape shape, int64_t batch) {
        points_.push_back({.type = std::string(type),
                           .layout = layout,
                           .share = share,
                           .rows = shape.rows,
                           .cols = shape.cols,
                           .batch = batch,
                           .threads = on});
    }

    std::vector<int> threads_;
    std::vector<KernelPoint> points_;
};

}  // namespace

std::vector<KernelPoint> kernel_points(int threads) {
    Points points(threads);
    points.formats(kCommon, kSquare);
    points.predictors(kSquare);
    points.formats(kOthers, kSquare);
    for (const MatrixShape shape : {kTall, kWide}) {
        points.formats(kCommon, shape);
        points.predictors(shape);
        points.formats(kOthers, shape);
    }
    return points.take();
}

// `once` goes through one copy of the matrix, of `copies`.
template <typename Once>
void KernelProbe::time_rounds(KernelPoint& point, size_t copies, double macs, Once once) const {
    std::vector<double> seconds;
    const auto first = Clock::now();
    for (int round = -1; round < kRounds; ++round) {
        if (round >= kFewestRounds && milliseconds_since(first) > kEnoughMs) break;
        const std::vector<int32_t> chosen = members(point, round);
        const auto began = Clock::now();
        for (size_t copy = 0; copy < copies; ++copy) {
            if (late()) return;
            once(copy, chosen);
        }
        if (round >= 0) seconds.push_back(1e-3 * milliseconds_since(began) / static_cast<double>(copies));
    }
    const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
    std::nth_element(seconds.begin(), middle, seconds.end());
    point.seconds = *middle;
    point.bytes_per_s = point.share * static_cast<double>(bytes_) / point.seconds;
    point.macs_per_s = point.share * macs * static_cast<double>(point.batch) / point.seconds;
}

// In clusters, as a token goes through a layer.
void KernelProbe::measure_predictor(TaskPool& pool, KernelPoint& point) const {
    const std::vector<float> x(static_cast<size_t>(point.cols), 0.5F);
    std::vector<float> estimates(static_cast<size_t>(point.rows));
    const std::array types{kPredictorInput};
    Inputs inputs;
    PredictorInput prepared;
    const int64_t rows = point.rows / kColumnParts;
    const auto macs =
        static_cast<double>(point.type == kLowRank ? kProbedRank * (point.rows + point.cols) : point.rows * point.cols);
    time_rounds(point, predictors_.size(), macs, [&](size_t copy, const std::vector<int32_t>&) {
        const Predictor& gate = *predictors_[copy];
        inputs.assign(x.data(), 1, point.cols, point.cols, types, kernels_, pool);
        gate.prepare(inputs, prepared, kernels_, pool);
        pool.run(kColumnParts, [&](int64_t part, int) {
            gate.estimate(part * rows, (part + 1) * rows, prepared, 0, estimates.data() + part * rows, kernels_);
        });
    });
}

// Small, finite numbers in every format; what they are is nothing to the speed. Null: there is no memory.
const std::byte* KernelProbe::source(size_t bytes) {
    if (source_.size() < bytes) {
        if (!source_.reserve(bytes)) return nullptr;
        std::memset(source_.as<std::byte>(), 0x11, source_.size());
    }
    return source_.as<std::byte>();
}

Status KernelProbe::hold_predictors(TaskPool& pool, size_t copies) {
    const bool factors = held_.type == kLowRank;
    const std::byte* data = source(factors ? bytes_ : bytes_ * copies);
    if (data == nullptr) return kNoMemory;
    for (size_t copy = 0; copy < copies; ++copy) {
        if (!factors) {
            predictors_.push_back(std::make_unique<TwoBitGate>(data + copy * bytes_, held_.rows, held_.cols));
            continue;
        }
        auto made =
            LowRankGate::make(WeightType::q4_0, kProbedRank, {data, bytes_}, held_.rows, held_.cols, kernels_, pool);
        if (!made) return made.error();
        predictors_.push_back(std::make_unique<LowRankGate>(std::move(made).value()));
    }
    return {};
}

// Whatever was held before is given back.
Status KernelProbe::hold(TaskPool& pool, const KernelPoint& point) {
    if (same_matrix(held_, point)) return {};
    weights_.clear();
    predictors_.clear();
    held_ = point;
    const auto type = type_of(point.type);
    bytes_ = type                     ? static_cast<size_t>(point.rows) * row_bytes(*type, point.cols)
             : point.type == kLowRank ? low_rank_bytes(WeightType::q4_0, kProbedRank, point.rows, point.cols)
                                      : two_bit_bytes(point.rows, point.cols);
    const size_t copies = copies_of(bytes_);
    if (!type) return hold_predictors(pool, copies);
    const bool borrowed = point.layout == "rows";
    const std::byte* data = source(borrowed ? bytes_ * copies : bytes_);
    if (data == nullptr) return kNoMemory;
    for (size_t copy = 0; copy < copies && !late(); ++copy) {
        const Tensor matrix{*type, data + (borrowed ? copy * bytes_ : 0), point.rows, point.cols};
        auto prepared = Weights::prepare(matrix, layout_of(point.layout), kernels_, pool);
        if (!prepared) return prepared.error();
        weights_.push_back(std::move(prepared).value());
    }
    return {};
}

Status KernelProbe::measure(TaskPool& pool, KernelPoint& point) {
    if (Status status = hold(pool, point); !status) return status;
    if (late()) return {};
    if (!predictors_.empty()) {
        measure_predictor(pool, point);
        return {};
    }
    const WeightType type = weights_.front().type();
    const std::vector<float> x(static_cast<size_t>(point.batch * point.cols), 0.5F);
    std::vector<float> y(static_cast<size_t>(point.batch * point.rows));
    const std::vector<float> h(static_cast<size_t>(std::max(point.rows, point.cols)), 0.5F);
    Inputs inputs;
    // A whole batch computes more than it reads, whatever lies in a cache.
    const size_t copies = point.batch < 8 ? weights_.size() : 1;
    time_rounds(point, copies, static_cast<double>(point.rows * point.cols),
                [&](size_t copy, const std::vector<int32_t>& chosen) {
                    const Weights& w = weights_[copy];
                    if (point.layout == "columns") {
                        return multiply_columns(w, chosen, h.data(), y.data(), kernels_, pool);
                    }
                    inputs.assign(x.data(), point.batch, point.cols, point.cols, {&type, 1}, kernels_, pool);
                    if (point.layout == "rows") {
                        return multiply_rows(w, chosen, inputs, 0, y.data(), kernels_, pool);
                    }
                    const Product product{&w, y.data(), point.rows};
                    multiply({&product, 1}, inputs, kernels_, pool);
                });
    return {};
}

}  // namespace phonon
