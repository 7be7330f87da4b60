// What a predictor asks of neurons in memory and on flash.

#include "predictor/thresholds.h"

#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <vector>

using namespace phonon;

namespace {

// Estimates that tell something: the higher, the more energy; the hotter the slice, the higher.
std::vector<EstimateBin> random_bins(uint64_t seed) {
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<float> noise(0.5f, 1.5f);
    std::vector<EstimateBin> bins(static_cast<size_t>(kHeatSlices * kEstimateBins));
    double count = 0, energy = 0;
    for (int64_t s = 0; s < kHeatSlices; ++s) {
        for (int64_t b = 0; b < kEstimateBins; ++b) {
            const float x = (static_cast<float>(b) - 512) / 128 + 0.3f * static_cast<float>(s);
            EstimateBin& bin = bins[static_cast<size_t>(s * kEstimateBins + b)];
            bin.count = std::exp(-x * x / 2) * noise(random);
            bin.energy = b > 500 ? bin.count * static_cast<float>(b - 500) * noise(random) : 0;
            count += bin.count;
            energy += bin.energy;
        }
    }
    for (EstimateBin& bin : bins) {
        bin.count /= static_cast<float>(count);
        bin.energy /= static_cast<float>(energy);
    }
    return bins;
}

struct Outcome {
    double memory = 0, flash = 0, energy = 0;
};

// Whole slices in memory.
Outcome outcome(const std::vector<EstimateBin>& bins, int64_t slices, int64_t from_memory, int64_t from_flash) {
    Outcome out;
    for (int64_t s = 0; s < kHeatSlices; ++s) {
        for (int64_t b = s < slices ? from_memory : from_flash; b < kEstimateBins; ++b) {
            const EstimateBin& bin = bins[static_cast<size_t>(s * kEstimateBins + b)];
            (s < slices ? out.memory : out.flash) += bin.count;
            out.energy += bin.energy;
        }
    }
    return out;
}

int64_t bin_of(float threshold, float width) {
    return std::isinf(threshold) ? 0 : std::lround(threshold / width) + kEstimateBins / 2;
}

}  // namespace

TEST_CASE("thresholds: keep the energy that is asked for, at the least cost of all that do") {
    for (const uint64_t seed : {1u, 2u, 3u}) {
        const auto bins = random_bins(seed);
        for (const double read_cost : {1.0, 8.0, 50.0}) {
            CAPTURE(seed);
            CAPTURE(read_cost);
            const int64_t slices = 3;
            const Thresholds t = choose_thresholds(bins, 0.25f, 3.0 / kHeatSlices, 0.99, read_cost);
            const Outcome got = outcome(bins, slices, bin_of(t.in_memory, 0.25f), bin_of(t.on_flash, 0.25f));
            CHECK(got.energy >= 0.99 - 1e-4);
            CHECK(got.energy == doctest::Approx(t.energy).epsilon(1e-4));
            CHECK(got.memory + got.flash == doctest::Approx(t.let_through).epsilon(1e-4));
            CHECK(got.flash == doctest::Approx(t.from_flash).epsilon(1e-4));
            const double cost = got.memory + (1 + read_cost) * got.flash;
            for (int64_t m = 0; m <= kEstimateBins; m += 16) {
                for (int64_t f = 0; f <= kEstimateBins; f += 16) {
                    const Outcome other = outcome(bins, slices, m, f);
                    if (other.energy >= 0.99 + 1e-4) CHECK(cost <= other.memory + (1 + read_cost) * other.flash + 1e-4);
                }
            }
        }
    }
}

TEST_CASE("thresholds: a neuron on flash must promise more, and the more so the dearer a read is") {
    const auto bins = random_bins(4);
    float before = -INFINITY;
    for (const double read_cost : {2.0, 8.0, 32.0}) {
        const Thresholds t = choose_thresholds(bins, 0.25f, 0.5, 0.995, read_cost);
        CHECK(t.on_flash > t.in_memory);
        CHECK(t.on_flash >= before);
        before = t.on_flash;
    }
}

TEST_CASE("thresholds: with nothing or all in memory there is one") {
    const auto bins = random_bins(5);
    const Thresholds none = choose_thresholds(bins, 0.25f, 0, 0.99, 8),
                     all = choose_thresholds(bins, 0.25f, 1, 0.99, 8);
    CHECK(none.on_flash == all.in_memory);
    CHECK(none.from_flash == doctest::Approx(none.let_through));
    CHECK(all.from_flash == 0);
}

TEST_CASE("thresholds: of a layer that never fires nothing is let through, and all where all energy is wanted") {
    std::vector<EstimateBin> dead(static_cast<size_t>(kHeatSlices * kEstimateBins),
                                  EstimateBin{.count = 1, .energy = 0});
    CHECK(choose_thresholds(dead, 0.25f, 0.5, 0.99, 8).let_through == 0);
    auto bins = random_bins(6);
    bins[0].energy = 0.1f;  // of the least estimate
    CHECK(choose_thresholds(bins, 0.25f, 1, 1, 8).in_memory == -INFINITY);
}
