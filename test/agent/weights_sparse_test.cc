#include <doctest/doctest.h>

#include "kernels_support.h"

namespace phonon {
namespace {

using namespace kernel_test;

// Every `step`-th index below `end`, with a run of neighbours in front.
std::vector<int32_t> members(int64_t end, int step) {
    std::vector<int32_t> out;
    for (int32_t i = 0; i < end; i++) {
        if (i < 5 || i % step == 0) out.push_back(i);
    }
    return out;
}

}  // namespace

TEST_CASE("weights sparse: single rows equal the dense product's") {
    TaskPool pool({-1, -1});
    for (const Kernels* kernels : available_kernels())
        for (const WeightType type : kTypes)
            for (const int64_t groups : {1, 3, 8}) {
                CAPTURE(std::string(kernels->name));
                CAPTURE(std::string(name(type)));
                CAPTURE(groups);
                const int64_t rows = 150, cols = columns_of(type, groups), m = 3;
                const Matrix w = random_bytes_matrix(type, rows, cols, 1);
                auto weights = Weights::prepare(w.tensor(), Layout::rows, *kernels, pool);
                REQUIRE(weights.ok());
                const std::vector<float> x = random_values(m * cols, 2);
                Inputs inputs;
                inputs.assign(x.data(), m, cols, cols, {&type, 1}, *kernels, pool);
                for (const int step : {1, 4, 1000})
                    for (int64_t t = 0; t < m; t++) {
                        const std::vector<int32_t> list = members(rows, step);
                        std::vector<float> y(list.size());
                        multiply_rows(weights.value(), list, inputs, t, y.data(), *kernels, pool);
                        const std::vector<double> all = w.product(x.data() + t * cols);
                        std::vector<double> expected;
                        for (const int32_t r : list) expected.push_back(all[r]);
                        CHECK(normalised_error(y.data(), expected) < kTolerance);
                    }
            }
}

TEST_CASE("weights sparse: a single row is the same bits as in the dense product") {
    TaskPool pool({-1, -1});
    for (const Kernels* kernels : available_kernels())
        for (const WeightType type : kTypes)
            for (const int64_t groups : {1, 2, 5, 9, 17}) {
                CAPTURE(std::string(kernels->name));
                CAPTURE(std::string(name(type)));
                CAPTURE(groups);
                const int64_t rows = 83, cols = columns_of(type, groups);
                const Matrix w = random_bytes_matrix(type, rows, cols, 1);
                auto tiled = Weights::prepare(w.tensor(), Layout::tiled, *kernels, pool);
                auto single = Weights::prepare(w.tensor(), Layout::rows, *kernels, pool);
                REQUIRE(tiled.ok());
                REQUIRE(single.ok());
                const std::vector<float> x = random_values(cols, 2);
                Inputs inputs;
                inputs.assign(x.data(), 1, cols, cols, {&type, 1}, *kernels, pool);
                std::vector<float> dense(rows);
                const Product product{&tiled.value(), dense.data(), rows};
                multiply({&product, 1}, inputs, *kernels, pool);
                for (const int step : {1, 3, 40}) {
                    const std::vector<int32_t> list = members(rows, step);
                    std::vector<float> y(list.size()), expected;
                    multiply_rows(single.value(), list, inputs, 0, y.data(), *kernels, pool);
                    for (const int32_t r : list) expected.push_back(dense[r]);
                    CHECK(y == expected);
                }
            }
}

TEST_CASE("weights sparse: sums of single columns equal the dense product with zeros elsewhere") {
    TaskPool pool({-1, -1});
    for (const Kernels* kernels : available_kernels())
        for (const WeightType type : kTypes)
            for (const int64_t rows : {1, 64, 127, 129, 640, 2050}) {
                CAPTURE(std::string(kernels->name));
                CAPTURE(std::string(name(type)));
                CAPTURE(rows);
                const int64_t cols = columns_of(type, 5);
                const Matrix w = random_bytes_matrix(type, rows, cols, 3);
                auto weights = Weights::prepare(w.tensor(), Layout::columns, *kernels, pool);
                REQUIRE(weights.ok());
                for (const int step : {1, 3, 10, 70, 100000}) {
                    CAPTURE(step);
                    const std::vector<int32_t> list = members(cols, step);
                    const std::vector<float> h = random_values(static_cast<int64_t>(list.size()), 4);
                    std::vector<float> x(cols), y(rows);
                    for (size_t k = 0; k < list.size(); k++) x[list[k]] = h[k];
                    multiply_columns(weights.value(), list, h.data(), y.data(), *kernels, pool);
                    CHECK(normalised_error(y.data(), w.product(x.data())) < kTolerance);
                }
            }
}

TEST_CASE("weights sparse: no column gives zeros, no row gives nothing") {
    TaskPool pool({-1, -1});
    const Kernels& kernels = *best_kernels();
    for (const WeightType type : kTypes) {
        const int64_t cols = columns_of(type, 1);
        const Matrix w = random_matrix(type, 70, cols, 5);
        auto columns = Weights::prepare(w.tensor(), Layout::columns, kernels, pool);
        auto rows = Weights::prepare(w.tensor(), Layout::rows, kernels, pool);
        REQUIRE(columns.ok());
        REQUIRE(rows.ok());
        std::vector<float> y(70, 5.0f);
        multiply_columns(columns.value(), {}, nullptr, y.data(), kernels, pool);
        CHECK(y == std::vector<float>(70, 0.0f));
        Inputs inputs;
        const std::vector<float> x = random_values(cols, 6);
        inputs.assign(x.data(), 1, cols, cols, {&type, 1}, kernels, pool);
        multiply_rows(rows.value(), {}, inputs, 0, nullptr, kernels, pool);
    }
}

TEST_CASE("weights sparse: the same bits for any number of threads") {
    for (const Kernels* kernels : available_kernels())
        for (const WeightType type : kTypes) {
            CAPTURE(std::string(kernels->name));
            CAPTURE(std::string(name(type)));
            const int64_t size = 1536, cols = columns_of(type, 6);
            const Matrix w = random_matrix(type, size, cols, 7);
            const std::vector<int32_t> rows = members(size, 3), columns = members(cols, 5);
            const std::vector<float> x = random_values(cols, 8);
            std::vector<std::vector<float>> results;
            for (const int threads : {1, 2, 4}) {
                TaskPool pool(std::vector<int>(threads, -1));
                auto by_rows = Weights::prepare(w.tensor(), Layout::rows, *kernels, pool);
                auto by_columns = Weights::prepare(w.tensor(), Layout::columns, *kernels, pool);
                REQUIRE(by_rows.ok());
                REQUIRE(by_columns.ok());
                Inputs inputs;
                inputs.assign(x.data(), 1, cols, cols, {&type, 1}, *kernels, pool);
                std::vector<float> y(rows.size() + size);
                multiply_rows(by_rows.value(), rows, inputs, 0, y.data(), *kernels, pool);
                multiply_columns(by_columns.value(), columns, x.data(), y.data() + rows.size(), *kernels, pool);
                results.push_back(std::move(y));
            }
            CHECK(results[0] == results[1]);
            CHECK(results[0] == results[2]);
        }
}

}  // namespace phonon
