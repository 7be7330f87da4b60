// Matrices whose columns have scales of their own: a column is a row of the transposed matrix in the file's format.

#include <doctest/doctest.h>

#include "kernels/prepare_columns.h"
#include "kernels_support.h"

namespace phonon {
namespace {

using namespace kernel_test;

// A [rows][cols] matrix whose columns lie `gap` bytes apart from each other.
struct Transposed {
    Transposed(WeightType type, int64_t height, int64_t width, int64_t gap, uint32_t seed)
        : stored(random_bytes_matrix(type, width, height, seed)), rows(height), cols(width) {
        const ColumnSizes sizes = column_sizes(type, rows, cols, true);
        CHECK(sizes.scales + sizes.minima + sizes.subscales + sizes.subminima == 0);
        CHECK(sizes.column == static_cast<int64_t>(row_bytes(type, rows)));
        bytes.resize(static_cast<size_t>(cols * (sizes.column + gap)));
        for (int64_t c = 0; c < cols; c++) {
            memcpy(bytes.data() + c * (sizes.column + gap), stored.bytes.data() + c * sizes.column,
                   static_cast<size_t>(sizes.column));
        }
        weights = Weights::view(type, rows, cols,
                                {.padded_rows = sizes.padded_rows,
                                 .column_bytes = sizes.column + gap,
                                 .codes = bytes.data(),
                                 .transposed = true});
    }
    std::vector<double> product(const float* x) const {
        std::vector<double> y(static_cast<size_t>(rows));
        for (int64_t c = 0; c < cols; c++)
            for (int64_t r = 0; r < rows; r++)
                y[static_cast<size_t>(r)] +=
                    static_cast<double>(stored.values[static_cast<size_t>(c * rows + r)]) * x[c];
        return y;
    }

    Matrix stored;
    int64_t rows, cols;
    std::vector<std::byte> bytes;
    Weights weights;
};

constexpr WeightType kOwnScales[] = {WeightType::q8_0, WeightType::q4_0};

std::vector<int32_t> every(int64_t cols, int step) {
    std::vector<int32_t> list;
    for (int32_t c = 0; c < cols; c++) {
        if (c < 6 || c % step == 0) list.push_back(c);
    }
    return list;
}

}  // namespace

TEST_CASE("weights transposed: sums of single columns are those of the matrix that is stored") {
    TaskPool pool({-1, -1});
    for (const Kernels* kernels : available_kernels())
        for (const WeightType type : kOwnScales)
            for (const int64_t rows : {32, 96, 4096, 4128}) {
                CAPTURE(std::string(kernels->name));
                CAPTURE(std::string(name(type)));
                CAPTURE(rows);
                const int64_t cols = 288;
                const Transposed w(type, rows, cols, 6, 3);
                for (const int step : {1, 3, 7, 1000}) {
                    const std::vector<int32_t> list = every(cols, step);
                    const std::vector<float> h = random_values(static_cast<int64_t>(list.size()), 4);
                    std::vector<float> x(static_cast<size_t>(cols)), y(static_cast<size_t>(rows), 9.0f);
                    for (size_t k = 0; k < list.size(); k++) x[static_cast<size_t>(list[k])] = h[k];
                    multiply_columns(w.weights, list, h.data(), y.data(), *kernels, pool);
                    CHECK(normalised_error(y.data(), w.product(x.data())) < kTolerance);
                }
                std::vector<float> none(static_cast<size_t>(rows), 9.0f);
                multiply_columns(w.weights, {}, nullptr, none.data(), *kernels, pool);
                CHECK(none == std::vector<float>(static_cast<size_t>(rows), 0.0f));
            }
}

TEST_CASE("weights transposed: dense products, for any number of tokens, are those of the matrix that is stored") {
    TaskPool pool({-1, -1});
    for (const Kernels* kernels : available_kernels())
        for (const WeightType type : kOwnScales)
            for (const int64_t m : {1, 2, 5, 40}) {
                CAPTURE(std::string(kernels->name));
                CAPTURE(std::string(name(type)));
                CAPTURE(m);
                const int64_t rows = 160, cols = 200;
                const Transposed w(type, rows, cols, 0, 5);
                CHECK(w.weights.input_type() == WeightType::f32);
                const std::vector<float> x = random_values(m * cols, 6);
                const WeightType inputs_of = w.weights.input_type();
                Inputs inputs;
                inputs.assign(x.data(), m, cols, cols, {&inputs_of, 1}, *kernels, pool);
                const int64_t stride = rows + 3;
                std::vector<float> y(static_cast<size_t>(m * stride), 9.0f);
                const Product product{&w.weights, y.data(), stride};
                multiply({&product, 1}, inputs, *kernels, pool);
                for (int64_t t = 0; t < m; t++) {
                    CHECK(normalised_error(y.data() + t * stride, w.product(x.data() + t * cols)) < kTolerance);
                    for (int64_t i = rows; i < stride; i++) CHECK(y[static_cast<size_t>(t * stride + i)] == 9.0f);
                }
            }
}

TEST_CASE("weights transposed: the same bits for any number of threads, and for a token alone or among others") {
    for (const Kernels* kernels : available_kernels())
        for (const WeightType type : kOwnScales) {
            CAPTURE(std::string(kernels->name));
            const int64_t rows = 512, cols = 640, m = 17;
            const Transposed w(type, rows, cols, 0, 7);
            const std::vector<int32_t> list = every(cols, 3);
            const std::vector<float> x = random_values(m * cols, 8);
            const WeightType f32 = WeightType::f32;
            std::vector<std::vector<float>> all;
            for (const int threads : {1, 2, 4}) {
                TaskPool pool(std::vector<int>(static_cast<size_t>(threads), -1));
                std::vector<float> y(static_cast<size_t>(rows + m * rows));
                multiply_columns(w.weights, list, x.data(), y.data(), *kernels, pool);
                Inputs inputs;
                inputs.assign(x.data(), m, cols, cols, {&f32, 1}, *kernels, pool);
                const Product product{&w.weights, y.data() + rows, rows};
                multiply({&product, 1}, inputs, *kernels, pool);
                inputs.assign(x.data() + 4 * cols, 1, cols, cols, {&f32, 1}, *kernels, pool);
                std::vector<float> alone(static_cast<size_t>(rows));
                const Product single{&w.weights, alone.data(), rows};
                multiply({&single, 1}, inputs, *kernels, pool);
                CHECK(std::equal(alone.begin(), alone.end(), y.begin() + 5 * rows));
                all.push_back(std::move(y));
            }
            CHECK(all[0] == all[1]);
            CHECK(all[0] == all[2]);
        }
}

}  // namespace phonon
