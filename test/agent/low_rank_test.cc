// Low-rank predictors: the product through two factors, the fit, and what it is made of.

#include "packing/dense_products.h"
#include "packing/low_rank_fit.h"
#include "packing/symmetric_eigen.h"
#include "predictor/low_rank_gate.h"
#include "predictor_support.h"

namespace phonon {
namespace {

using namespace kernel_test;
using namespace predictor_test;

struct Estimates {
    std::vector<float> all, part;  // of all rows; of rows [32, 75)
};

Estimates estimates(const Predictor& predictor, const std::vector<float>& x, int64_t tokens, int64_t cols, int64_t rows,
                    const Kernels& kernels, int threads) {
    TaskPool pool(std::vector<int>(threads, -1));
    Inputs inputs;
    inputs.assign(x.data(), tokens, cols, cols, {&kPredictorInput, 1}, kernels, pool);
    PredictorInput prepared;
    predictor.prepare(inputs, prepared, kernels, pool);
    Estimates out{std::vector<float>((rows + 15) / 16 * 16), std::vector<float>(48)};
    predictor.estimate(0, rows, prepared, tokens - 1, out.all.data(), kernels);
    predictor.estimate(32, 75, prepared, tokens - 1, out.part.data(), kernels);
    out.all.resize(rows);
    out.part.resize(43);
    return out;
}

}  // namespace

TEST_CASE("low-rank gate: both products, on every level, for any rows, tokens and threads") {
    for (const Kernels* kernels : available_kernels())
        for (const WeightType type : {WeightType::q8_0, WeightType::q4_0})
            for (const int64_t rank : {32, 64, 96}) {
                CAPTURE(std::string(kernels->name));
                CAPTURE(std::string(name(type)));
                CAPTURE(rank);
                const int64_t rows = 101, cols = 160;
                const Matrix a = random_matrix(type, rows, rank, 1), b = random_matrix(type, rank, cols, 2);
                std::vector<std::byte> bytes(low_rank_bytes(type, rank, rows, cols));
                REQUIRE(bytes.size() == a.bytes.size() + b.bytes.size());
                std::memcpy(bytes.data(), a.bytes.data(), a.bytes.size());
                std::memcpy(bytes.data() + a.bytes.size(), b.bytes.data(), b.bytes.size());
                TaskPool pool({-1});
                const auto gate = make_predictor({.kind = PredictorKind::low_rank, .type = type, .rank = rank}, bytes,
                                                 rows, cols, *kernels, pool);
                REQUIRE(gate.ok());
                const std::vector<float> one = random_values(cols, 3);
                std::vector<float> three = random_values(2 * cols, 4);
                three.insert(three.end(), one.begin(), one.end());

                const Estimates got = estimates(*gate.value(), one, 1, cols, rows, *kernels, 1);
                const std::vector<double> middle = b.product(one.data());
                const std::vector<float> rounded(middle.begin(), middle.end());
                const std::vector<double> expected = a.product(rounded.data());
                double size = 0;
                for (const double e : expected) size += e * e;
                size = std::sqrt(size / static_cast<double>(rows));
                for (int64_t r = 0; r < rows; ++r) CHECK(std::fabs(got.all[r] - expected[r]) < 0.01 * size);
                CHECK(std::equal(got.part.begin(), got.part.end(), got.all.begin() + 32));
                const Estimates same = estimates(*gate.value(), three, 3, cols, rows, *kernels, 2);
                CHECK(same.all == got.all);
                CHECK(same.part == got.part);
            }
}

TEST_CASE("dense products: any shape, the same bits on any number of threads") {
    for (const auto& shape : {std::array<int64_t, 3>{1, 16, 1}, {5, 48, 700}, {193, 144, 513}}) {
        const int64_t m = shape[0], n = shape[1], k = shape[2];
        CAPTURE(m);
        const auto a = random_values(m * k, 1), b = random_values(n * k, 2);
        TaskPool one({-1}), three({-1, -1, -1});
        std::vector<float> c(m * n, 7.0f), again(m * n);
        multiply_transposed(a.data(), m, b.data(), n, k, c.data(), *best_kernels(), one);
        multiply_transposed(a.data(), m, b.data(), n, k, again.data(), *best_kernels(), three);
        CHECK(c == again);
        for (int64_t i = 0; i < m; ++i)
            for (int64_t j = 0; j < n; ++j) {
                double sum = 0, size = 0;
                for (int64_t l = 0; l < k; ++l) {
                    sum += static_cast<double>(a[i * k + l]) * b[j * k + l];
                    size += std::fabs(a[i * k + l] * b[j * k + l]);
                }
                REQUIRE(std::fabs(c[i * n + j] - sum) <= 1e-5 * size);
            }
    }
}

TEST_CASE("symmetric eigen: values, vectors, and matrices that are nearly or wholly nothing") {
    for (const int64_t n : {1, 2, 3, 40, 150}) {
        CAPTURE(n);
        const auto random = random_values(n * n, 5);
        std::vector<double> matrix(n * n);
        for (int64_t i = 0; i < n; ++i)
            for (int64_t j = 0; j < n; ++j) matrix[i * n + j] = random[i * n + j] + random[j * n + i];
        TaskPool one({-1}), two({-1, -1});
        const SymmetricEigen eigen = symmetric_eigen(matrix, n, one), again = symmetric_eigen(matrix, n, two);
        CHECK(eigen.values == again.values);
        CHECK(eigen.vectors == again.vectors);
        for (int64_t v = 0; v < n; ++v) {
            const double* vector = eigen.vectors.data() + v * n;
            if (v > 0) CHECK(eigen.values[v] <= eigen.values[v - 1]);
            double length = 0;
            for (int64_t i = 0; i < n; ++i) {
                double product = 0;
                for (int64_t j = 0; j < n; ++j) product += matrix[i * n + j] * vector[j];
                REQUIRE(product ==
                        doctest::Approx(eigen.values[v] * vector[i]).epsilon(1e-9).scale(static_cast<double>(n)));
                length += vector[i] * vector[i];
            }
            CHECK(length == doctest::Approx(1));
        }
    }
    TaskPool pool({-1});
    CHECK(symmetric_eigen(std::vector<double>(25, 0.0), 5, pool).values == std::vector<double>(5, 0.0));
    // Of rank one: a value and nothing.
    const SymmetricEigen ones = symmetric_eigen(std::vector<double>(64, 1.0), 8, pool);
    CHECK(ones.values[0] == doctest::Approx(8));
    for (size_t i = 1; i < 8; ++i) CHECK(ones.values[i] == doctest::Approx(0).scale(1));
}

TEST_CASE("low-rank fit: a Gate of that rank is found again, and what is beyond the rank is not") {
    const Layer layer = make_layer(200, 128, 24);
    TaskPool pool({-1, -1});
    const LowRankFit fit(layer.trace, 256, *best_kernels(), pool);
    CHECK(fit.most_rank() == 24);  // thresholds are the same for every token
    const Layer full = make_layer(200, 128, 0);
    const LowRankFit other(full.trace, 256, *best_kernels(), pool);
    CHECK(other.most_rank() == 127);
    const auto missed = [&](const Layer& of, const LowRankFit& by, int64_t rank) {
        const int64_t first = 256, count = 200;
        std::vector<float> estimates(count * of.trace.neurons);
        by.project(rank, first, count, estimates.data());
        double all = 0, left = 0;
        for (int64_t i = 0; i < of.trace.neurons; ++i) {
            double mean = 0;
            for (int64_t t = 0; t < 256; ++t) mean += of.trace.gate_of(t)[i] / 256.0;
            for (int64_t t = 0; t < count; ++t) {
                const double centred = of.trace.gate_of(first + t)[i] - mean;
                all += centred * centred;
                left += std::pow(centred - estimates[t * of.trace.neurons + i], 2);
            }
        }
        return left / all;
    };
    CHECK(missed(layer, fit, 24) < 1e-4);
    CHECK(missed(layer, fit, 12) > 0.1);
    CHECK(missed(full, other, 127) < 1e-4);
    // Gates of unseen tokens: the more ranks, the less is missed; of random weights a third tells about a half.
    CHECK(missed(full, other, 40) < missed(full, other, 20));
    CHECK(missed(full, other, 40) > 0.3);
}

TEST_CASE("low-rank fit: quantised factors estimate as exact ones do") {
    const Layer wider = make_layer(200, 128, 40);
    const Kernels& kernels = *best_kernels();
    TaskPool pool({-1, -1});
    const LowRankFit fit(wider.trace, 256, kernels, pool);
    for (const WeightType type : {WeightType::q8_0, WeightType::q4_0}) {
        CAPTURE(std::string(name(type)));
        const PredictorFormat format{.kind = PredictorKind::low_rank, .type = type, .rank = 32};
        const auto tried = try_predictor(wider.question(), format, fit.factors(wider.view(), 32, type), kernels, pool);
        REQUIRE(tried.ok());
        std::vector<float> exact(wider.trace.neurons);
        fit.project(32, 400, 1, exact.data());
        // Rank 32 of 40 explains most; what eight or four bits lose of it is little.
        CHECK(tried.value().estimates.explained() > (type == WeightType::q8_0 ? 0.85 : 0.82));
        CHECK(tried.value().estimates.explained() < 0.99);
    }
}

}  // namespace phonon
