#include "kernels/weights.h"

#include <doctest/doctest.h>

#include "kernels_support.h"

namespace phonon {
namespace {

using namespace kernel_test;

// y of multiply() for m tokens, checked row by row against the double product.
void check_product(const Matrix& w, Layout layout, const std::vector<float>& x, int64_t m, const Kernels& kernels,
                   TaskPool& pool) {
    CAPTURE(std::string(kernels.name));
    CAPTURE(std::string(name(w.type)));
    CAPTURE(static_cast<int>(layout));
    CAPTURE(w.rows);
    CAPTURE(w.cols);
    CAPTURE(m);
    auto prepared = Weights::prepare(w.tensor(), layout, kernels, pool);
    REQUIRE(prepared.ok());
    const Weights& weights = prepared.value();
    Inputs inputs;
    inputs.assign(x.data(), m, w.cols, w.cols, {&w.type, 1}, kernels, pool);
    const int64_t stride = w.rows + 3;
    std::vector<float> y(m * stride, -77.0f);
    const Product product{&weights, y.data(), stride};
    multiply({&product, 1}, inputs, kernels, pool);
    double worst = 0;
    for (int64_t t = 0; t < m; t++) {
        worst = std::max(worst, normalised_error(y.data() + t * stride, w.product(x.data() + t * w.cols)));
        for (int64_t i = w.rows; i < stride; i++) REQUIRE(y[t * stride + i] == -77.0f);
    }
    CHECK(worst < kTolerance);
}

void for_each_case(const auto& body) {
    TaskPool pool({-1, -1});
    for (const Kernels* kernels : available_kernels())
        for (const WeightType type : kTypes)
            for (const Layout layout : kLayouts) body(*kernels, type, layout, pool);
}

}  // namespace

TEST_CASE("weights: products equal llama.cpp's dequantised ones in every level, type, layout and shape") {
    struct Shape {
        int64_t rows, groups, m;
    };
    constexpr Shape shapes[] = {{1, 1, 1},  {16, 1, 1},  {15, 2, 2},  {17, 3, 3},   {64, 1, 5},
                                {65, 2, 7}, {130, 2, 8}, {96, 5, 17}, {200, 1, 64}, {33, 2, 61}};
    for_each_case([&](const Kernels& kernels, WeightType type, Layout layout, TaskPool& pool) {
        for (const Shape& s : shapes) {
            const int64_t cols = columns_of(type, s.groups);
            check_product(random_matrix(type, s.rows, cols, 1), layout, random_values(s.m * cols, 2), s.m, kernels,
                          pool);
        }
    });
}

TEST_CASE("weights: every code and sub-scale is understood") {
    for_each_case([&](const Kernels& kernels, WeightType type, Layout layout, TaskPool& pool) {
        const int64_t cols = columns_of(type, 4);
        for (const int64_t m : {1, 6}) {
            check_product(random_bytes_matrix(type, 70, cols, 3), layout, random_values(m * cols, 4), m, kernels, pool);
        }
    });
}

TEST_CASE("weights: float matrices may have any number of columns") {
    TaskPool pool({-1});
    for (const Kernels* kernels : available_kernels())
        for (const WeightType type : {WeightType::f32, WeightType::f16, WeightType::bf16})
            for (const Layout layout : kLayouts)
                for (const int64_t cols : {1, 7, 15, 31, 65, 100}) {
                    check_product(random_matrix(type, 37, cols, 5), layout, random_values(6 * cols, 6), 6, *kernels,
                                  pool);
                    check_product(random_matrix(type, 80, cols, 5), layout, random_values(cols, 6), 1, *kernels, pool);
                }
}

TEST_CASE("weights: extreme activations and weights stay exact") {
    for_each_case([&](const Kernels& kernels, WeightType type, Layout layout, TaskPool& pool) {
        const int64_t cols = columns_of(type, 2);
        std::vector<float> x = random_values(3 * cols, 7);
        for (int64_t i = 0; i < cols; i++) {
            x[i] = 0;                                     // a token of zeros
            x[cols + i] *= i % 2 == 0 ? 1e-12f : 3e4f;    // far apart within a group
            x[2 * cols + i] = i % 3 == 0 ? -5.0f : 5.0f;  // every code at its limit, ties for the largest
        }
        std::vector<float> w(70 * cols, 1.0f);
        for (size_t i = 0; i < w.size(); i++) w[i] = i % 5 == 0 ? -1.0f : 1.0f;
        for (int64_t i = 0; i < cols; i++) w[i] = 0;              // a row of zeros
        for (int64_t i = cols; i < 2 * cols; i++) w[i] *= 1e-7f;  // scales that F16 holds as subnormals
        for (int64_t i = 2 * cols; i < 3 * cols; i++) w[i] *= 6e4f;
        check_product(quantised(type, 70, cols, w), layout, x, 3, kernels, pool);
    });
}

TEST_CASE("weights: a token's product is the same bits for any number of threads") {
    for (const Kernels* kernels : available_kernels())
        for (const WeightType type : kTypes)
            for (const Layout layout : kLayouts) {
                CAPTURE(std::string(kernels->name));
                CAPTURE(std::string(name(type)));
                const int64_t rows = 333, cols = columns_of(type, 2), m = 20;
                const Matrix w = random_matrix(type, rows, cols, 8);
                const std::vector<float> x = random_values(m * cols, 9);
                std::vector<std::vector<float>> results;
                for (const int threads : {1, 2, 5}) {
                    TaskPool pool(std::vector<int>(threads, -1));
                    auto weights = Weights::prepare(w.tensor(), layout, *kernels, pool);
                    REQUIRE(weights.ok());
                    Inputs inputs;
                    inputs.assign(x.data(), m, cols, cols, {&type, 1}, *kernels, pool);
                    std::vector<float> y(m * rows);
                    const Product product{&weights.value(), y.data(), rows};
                    multiply({&product, 1}, inputs, *kernels, pool);
                    results.push_back(std::move(y));
                }
                CHECK(results[0] == results[1]);
                CHECK(results[0] == results[2]);
            }
}

TEST_CASE("weights: decoding a token and prefilling it give the same bits from tiles") {
    TaskPool pool({-1, -1});
    for (const Kernels* kernels : available_kernels())
        for (const WeightType type : kTypes) {
            CAPTURE(std::string(kernels->name));
            CAPTURE(std::string(name(type)));
            const int64_t rows = 50, cols = columns_of(type, 3), m = 29;
            auto weights =
                Weights::prepare(random_matrix(type, rows, cols, 10).tensor(), Layout::tiled, *kernels, pool);
            REQUIRE(weights.ok());
            const std::vector<float> x = random_values(m * cols, 11);
            Inputs inputs;
            inputs.assign(x.data(), m, cols, cols, {&type, 1}, *kernels, pool);
            std::vector<float> together(m * rows), alone(rows);
            Product product{&weights.value(), together.data(), rows};
            multiply({&product, 1}, inputs, *kernels, pool);
            for (int64_t t = 0; t < m; t++) {
                inputs.assign(x.data() + t * cols, 1, cols, cols, {&type, 1}, *kernels, pool);
                product.y = alone.data();
                multiply({&product, 1}, inputs, *kernels, pool);
                REQUIRE(std::equal(alone.begin(), alone.end(), together.begin() + t * rows));
            }
        }
}

TEST_CASE("weights: several products of different types and layouts share one call") {
    TaskPool pool({-1, -1, -1});
    const Kernels& kernels = *best_kernels();
    const int64_t cols = 512, m = 9;
    const std::vector<float> x = random_values(m * cols, 12);
    std::vector<Matrix> matrices;
    std::vector<Weights> weights;
    std::vector<std::vector<float>> y;
    std::vector<Product> products;
    for (const WeightType type : kTypes)
        for (const Layout layout : kLayouts) {
            matrices.push_back(random_matrix(type, 40 + 11 * static_cast<int64_t>(matrices.size()), cols, 13));
            auto w = Weights::prepare(matrices.back().tensor(), layout, kernels, pool);
            REQUIRE(w.ok());
            weights.push_back(std::move(w.value()));
            y.emplace_back(m * matrices.back().rows);
        }
    for (size_t i = 0; i < weights.size(); i++) products.push_back({&weights[i], y[i].data(), matrices[i].rows});
    // Rows layout borrows: the matrices moved while the vector grew.
    Inputs inputs;
    inputs.assign(x.data(), m, cols, cols, kTypes, kernels, pool);
    multiply(products, inputs, kernels, pool);
    for (size_t i = 0; i < weights.size(); i++)
        for (int64_t t = 0; t < m; t++) {
            CHECK(normalised_error(y[i].data() + t * matrices[i].rows, matrices[i].product(x.data() + t * cols)) <
                  kTolerance);
        }
}

TEST_CASE("weights: memory is borrowed by rows and owned by the other layouts") {
    TaskPool pool({-1});
    const Matrix w = random_matrix(WeightType::q4_0, 128, 256, 14);
    for (const Layout layout : kLayouts) {
        auto weights = Weights::prepare(w.tensor(), layout, *best_kernels(), pool);
        REQUIRE(weights.ok());
        CHECK(weights.value().rows() == 128);
        CHECK(weights.value().cols() == 256);
        CHECK(weights.value().type() == WeightType::q4_0);
        CHECK(weights.value().owned_bytes() == (layout == Layout::rows ? 0 : w.bytes.size()));
    }
}

}  // namespace phonon
