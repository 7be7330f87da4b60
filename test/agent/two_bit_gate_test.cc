#include "predictor/two_bit_gate.h"

#include <doctest/doctest.h>

#include "kernels_support.h"

namespace phonon {
namespace {

using namespace kernel_test;

struct Copy {
    std::vector<std::byte> tiles;
    int64_t rows, cols;
    TwoBitGate gate() const { return {tiles.data(), rows, cols}; }
};

Copy copy_of(const std::vector<float>& w, int64_t rows, int64_t cols) {
    Copy copy{std::vector<std::byte>(two_bit_bytes(rows, cols)), rows, cols};
    const int64_t tile = static_cast<int64_t>(copy.tiles.size()) / ((rows + 15) / 16);
    std::vector<float> sixteen(16 * cols);
    for (int64_t r = 0; r < rows; r += 16) {
        std::fill(sixteen.begin(), sixteen.end(), 0.0f);
        std::copy(w.begin() + r * cols, w.begin() + std::min(rows, r + 16) * cols, sixteen.begin());
        pack_two_bit_tile(sixteen.data(), cols, copy.tiles.data() + r / 16 * tile);
    }
    return copy;
}

std::vector<float> estimates(const Copy& copy, const std::vector<float>& x, int64_t rows, int64_t cols,
                             const Kernels& kernels) {
    TaskPool pool({-1});
    Inputs inputs;
    inputs.assign(x.data(), 1, cols, cols, {&kPredictorInput, 1}, kernels, pool);
    PredictorInput prepared;
    copy.gate().prepare(inputs, prepared, kernels, pool);
    std::vector<float> y((rows + 15) / 16 * 16);
    copy.gate().estimate(0, rows, prepared, 0, y.data(), kernels);
    y.resize(rows);
    return y;
}

}  // namespace

TEST_CASE("two-bit gate: weights that two bits can hold are computed exactly") {
    for (const Kernels* kernels : available_kernels())
        for (const int64_t cols : {32, 64, 96, 128, 288, 1024}) {
            CAPTURE(std::string(kernels->name));
            CAPTURE(cols);
            const int64_t rows = 37;
            std::mt19937 random(7);
            std::vector<float> w(rows * cols);
            for (size_t i = 0; i < w.size(); ++i) w[i] = (static_cast<float>(random() % 4) - 1.5f) * 0.25f;
            const Copy copy = copy_of(w, rows, cols);
            const std::vector<float> x = random_values(cols, 3);
            const std::vector<double> rounded = rounded_activations(WeightType::q8_0, x.data(), cols);
            const std::vector<float> y = estimates(copy, x, rows, cols, *kernels);
            for (int64_t r = 0; r < rows; ++r) {
                double expected = 0, size = 0;
                for (int64_t c = 0; c < cols; ++c) {
                    expected += w[r * cols + c] * rounded[c];
                    size += std::fabs(w[r * cols + c] * rounded[c]);
                }
                CHECK(std::fabs(y[r] - expected) < 2e-3 * size);  // scales are F16
            }
        }
}

TEST_CASE("two-bit gate: parts of the rows are the same as all of them, and every level agrees with the scalar one") {
    const int64_t rows = 100, cols = 256;
    const Copy copy = copy_of(random_values(rows * cols, 11), rows, cols);
    const std::vector<float> x = random_values(cols, 12);
    const std::vector<float> reference = estimates(copy, x, rows, cols, *find_kernels("scalar"));
    TaskPool pool({-1});
    for (const Kernels* kernels : available_kernels()) {
        CAPTURE(std::string(kernels->name));
        const std::vector<float> all = estimates(copy, x, rows, cols, *kernels);
        for (int64_t r = 0; r < rows; ++r) CHECK(all[r] == doctest::Approx(reference[r]).epsilon(1e-4));
        Inputs inputs;
        inputs.assign(x.data(), 1, cols, cols, {&kPredictorInput, 1}, *kernels, pool);
        PredictorInput prepared;
        copy.gate().prepare(inputs, prepared, *kernels, pool);
        std::vector<float> part(48);
        copy.gate().estimate(32, 70, prepared, 0, part.data(), *kernels);
        for (int64_t r = 32; r < 70; ++r) CHECK(part[r - 32] == all[r]);
    }
}

TEST_CASE("two-bit gate: random weights keep most of what decides whether a neuron fires") {
    const int64_t rows = 2000, cols = 512;
    const std::vector<float> w = random_values(rows * cols, 21), x = random_values(cols, 22);
    const std::vector<float> y = estimates(copy_of(w, rows, cols), x, rows, cols, *best_kernels());
    double product = 0, exact_norm = 0, norm = 0;
    for (int64_t r = 0; r < rows; ++r) {
        double exact = 0;
        for (int64_t c = 0; c < cols; ++c) exact += w[r * cols + c] * x[c];
        product += exact * y[r];
        exact_norm += exact * exact;
        norm += static_cast<double>(y[r]) * y[r];
    }
    CHECK(product / std::sqrt(exact_norm * norm) > 0.93);  // a four-level quantiser of a normal variable keeps 0.94
}

TEST_CASE("two-bit gate: a matrix of zeros, and columns that no group divides") {
    const Copy copy = copy_of(std::vector<float>(16 * 64, 0.0f), 16, 64);
    for (const float y : estimates(copy, random_values(64, 1), 16, 64, *best_kernels())) CHECK(y == 0.0f);
    CHECK(two_bit_group(40) == 0);
    CHECK(two_bit_group(96) == 32);
}

}  // namespace phonon
