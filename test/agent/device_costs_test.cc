// Which measurement speaks for what was not measured.
#include "planner/device_costs.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "planner_support.h"

using namespace phonon;

namespace {

// Another shape, or share, of what round_profile() has, at another speed.
KernelPoint product_point(const std::string& type, const std::string& layout, MatrixShape shape, double bytes_per_s,
                          int threads = 2, double share = 0.1) {
    return {.type = type,
            .layout = layout,
            .share = layout == "tiled" ? 1 : share,
            .rows = shape.rows,
            .cols = shape.cols,
            .batch = 1,
            .threads = threads,
            .seconds = 1,
            .bytes_per_s = bytes_per_s,
            .macs_per_s = 1e9};
}

DeviceCosts costs_with(const std::vector<KernelPoint>& more, int threads = 2) {
    HardwareProfile profile = round_profile();
    profile.products.insert(profile.products.end(), more.begin(), more.end());
    return DeviceCosts::create(profile, threads).value();
}

}  // namespace

TEST_CASE("device costs: a read takes what it was measured to take from cores that compute, more or less by its size") {
    HardwareProfile profile = round_profile();
    for (FlashPoint& p : profile.flash.points) {
        if (p.random) p.cpu_us = p.block_bytes == 16384 ? 4 : p.depth == 1 ? 9 : 2;
    }
    const auto costs = [&](std::optional<double> read_core_us) {
        profile.flash.read_core_us = read_core_us;
        return DeviceCosts::create(profile, 2);
    };
    CHECK(costs({}).value().read_core_seconds(8192, 64) == doctest::Approx(2e-6));
    CHECK(costs(20).value().read_core_seconds(8192, 64) == doctest::Approx(20e-6));
    CHECK(costs(20).value().read_core_seconds(16384, 64) == doctest::Approx(22e-6));
    CHECK(costs(20).value().read_core_seconds(8192, 1) == doctest::Approx(27e-6));
    CHECK(costs(1).value().read_core_seconds(8192, 64) == doctest::Approx(1e-6));
    CHECK(costs(0).value().read_core_seconds(8192, 64) == doctest::Approx(0).epsilon(1e-12));
    for (const double bad : {-1.0, 1e12, std::nan("")}) CHECK(costs(bad).error().code == "bad_request");
}

TEST_CASE("device costs: rows are as fast as measured ones of nearly their length, columns likewise") {
    // round_profile() has 1024 x 1024, 10 GB/s by rows and 8 by columns with two threads.
    const DeviceCosts device = costs_with(
        {product_point("Q4_0", "rows", {2048, 8192}, 30e9), product_point("Q4_0", "rows", {8192, 4096}, 20e9),
         product_point("Q4_0", "columns", {8192, 2048}, 3e9), product_point("Q4_0", "columns", {4096, 14336}, 6e9)});
    const auto rows = [&](int64_t count, int64_t length) {
        return device.bytes_per_s(WeightType::q4_0, "rows", {count, length});
    };
    CHECK(rows(8192, 1024) == 10e9);
    CHECK(rows(2048, 4096) == 20e9);  // however many there are
    CHECK(rows(14336, 5120) == 20e9);
    CHECK(rows(100, 8000) == 30e9);
    CHECK(device.bytes_per_s(WeightType::q4_0, "columns", {4096, 500}) == 6e9);
    CHECK(device.bytes_per_s(WeightType::q4_0, "columns", {8192, 500}) == 3e9);
    CHECK(device.bytes_per_s(WeightType::q8_0, "rows", {100, 8000}) == 10e9);  // measured at one length only
}

TEST_CASE("device costs: a dense matrix is as fast as the one most like it, and a single row is nobody's measure") {
    const DeviceCosts device = costs_with({product_point("Q4_0", "tiled", {8192, 2048}, 30e9),
                                           product_point("Q4_0", "tiled", {2048, 8192}, 15e9),
                                           product_point("Q4_0", "rows", {4096, 4096}, 7e9),
                                           product_point("Q4_0", "rows", {4096, 4096}, 1e9, 2, 1.0 / 4096)});
    CHECK(device.bytes_per_s(WeightType::q4_0, "tiled", {14336, 4096}) == 30e9);
    CHECK(device.bytes_per_s(WeightType::q4_0, "tiled", {4096, 14336}) == 15e9);
    CHECK(device.bytes_per_s(WeightType::q4_0, "tiled", {1024, 512}) == 20e9);
    CHECK(device.bytes_per_s(WeightType::q4_0, "rows", {4096, 4096}) == 7e9);
}

TEST_CASE("device costs: a shape that was measured with several threads only says nothing about one") {
    const std::vector<KernelPoint> wide = {product_point("Q4_0", "rows", {4096, 8192}, 30e9)};
    CHECK(costs_with(wide, 2).bytes_per_s(WeightType::q4_0, "rows", {4096, 8192}) == 30e9);
    CHECK(costs_with(wide, 1).bytes_per_s(WeightType::q4_0, "rows", {4096, 8192}) == 5e9);
}

TEST_CASE("device costs: formats that were not measured are as fast as their like") {
    const DeviceCosts old = costs_with({});
    CHECK(old.bytes_per_s(WeightType::q6_k, "tiled") == 20e9);
    CHECK(old.bytes_per_s(WeightType::q6_k, "rows") == 10e9);
    CHECK(old.bytes_per_s(WeightType::bf16, "columns") == 8e9);
    CHECK(old.predictor_bytes_per_s(PredictorKind::two_bit, {4096, 4096}) == old.memory_bytes_per_s());
    CHECK(old.predictor_bytes_per_s(PredictorKind::low_rank, {4096, 4096}) == old.memory_bytes_per_s());
    const MatrixShape shape{4096, 4096};
    const DeviceCosts device =
        costs_with({product_point("Q6_K", "tiled", shape, 11e9), product_point("Q6_K", "rows", shape, 4e9),
                    product_point("BF16", "columns", shape, 3e9), product_point("two-bit", "tiled", shape, 9e9),
                    product_point("low-rank", "tiled", shape, 13e9)});
    CHECK(device.bytes_per_s(WeightType::q6_k, "tiled") == 11e9);
    CHECK(device.bytes_per_s(WeightType::q6_k, "rows") == 4e9);
    CHECK(device.bytes_per_s(WeightType::q6_k, "columns") == 8e9);
    CHECK(device.bytes_per_s(WeightType::bf16, "columns") == 3e9);
    CHECK(device.predictor_bytes_per_s(PredictorKind::two_bit, shape) == 9e9);
    CHECK(device.predictor_bytes_per_s(PredictorKind::low_rank, shape) == 13e9);
}
