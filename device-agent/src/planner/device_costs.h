#pragma once
// What work takes on a device, from its measured profile: between the points that `probe` measured, and for formats
// that it did not measure as for the nearest one of those that it did.

#include <span>
#include <string>

#include "kernels/weights.h"
#include "phonon/result.h"
#include "planner/hardware_profile.h"
#include "predictor/predictor.h"

namespace phonon {

class DeviceCosts {
  public:
    // With so many compute threads. Error: bad_request (a profile that lacks what is needed, or with impossible
    // speeds).
    static Result<DeviceCosts> create(const HardwareProfile& profile, int threads);

    double memory_bytes_per_s() const { return memory_; }
    // Of weights, batch 1. `layout`: "tiled", "rows", "columns" (see KernelPoint). As measured with the shape most like
    // `shape`: of single rows and columns, which are as long.
    double bytes_per_s(WeightType type, const std::string& layout, MatrixShape shape = kUsualShape) const;
    // Of a dense product, for each weight.
    double seconds_per_weight(WeightType type, int64_t batch) const;
    // Of the predictor of a Gate of this shape.
    double predictor_bytes_per_s(PredictorKind kind, MatrixShape gate) const;

    static constexpr MatrixShape kUsualShape = {4096, 4096};

    double reads_per_s(int64_t block_bytes, double depth) const;
    // Of the cores that compute, all of them together, for each read; where that was not measured, of the issuing one.
    double read_core_seconds(int64_t block_bytes, double depth) const;
    // Large reads, one after the other.
    double stream_bytes_per_s() const;
    // So many reads at random, asked for at once, at most `depth` under way: flash is slower while the last ones drain.
    // `blocks`: their sizes, as many of each.
    double burst_seconds(double reads, std::span<const int64_t> blocks, int64_t depth) const;

  private:
    DeviceCosts(const HardwareProfile& profile, int threads) : profile_(profile), threads_(threads) {}
    struct Wanted {
        std::string type, layout;
        int64_t batch = 1;
        MatrixShape shape = kUsualShape;
    };
    const KernelPoint* nearest(const Wanted& wanted, bool most) const;
    std::string measured_as(WeightType type, const std::string& layout) const;
    // A figure of the product's points: with one thread, with the most, and between them.
    template <typename Figure>
    double of_products(const Wanted& wanted, Figure figure) const;
    // A figure of random reads between measured sizes and depths.
    template <typename Figure>
    double of_reads(int64_t block_bytes, double depth, Figure figure) const;

    HardwareProfile profile_;
    int threads_ = 1;
    double memory_ = 0;
};

}  // namespace phonon
