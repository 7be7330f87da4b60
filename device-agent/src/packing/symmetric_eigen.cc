#include "packing/symmetric_eigen.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace phonon {
namespace {

constexpr double kEpsilon = 0x1p-52;
constexpr int64_t kPanel = 64;  // entries of vectors that one task turns

// The matrix becomes the vectors, a row for each; every inner loop goes along a row.
class Solver {
  public:
    Solver(std::vector<double>& matrix, int64_t n, TaskPool& pool)
        : rows_(matrix), n_(n), pool_(pool), d_(static_cast<size_t>(n)), e_(static_cast<size_t>(n)) {}

    std::vector<double>& values() { return d_; }

    // The diagonal to d, the one below it to e, the transformation to the rows.
    void reduce() {
        for (int64_t j = 0; j < n_; ++j) d(j) = row(j)[n_ - 1];
        for (int64_t i = n_ - 1; i > 0; --i) reflect(i);
        for (int64_t i = 0; i + 1 < n_; ++i) accumulate(i);
        for (int64_t j = 0; j < n_; ++j) {
            d(j) = row(j)[n_ - 1];
            row(j)[n_ - 1] = 0;
        }
        row(n_ - 1)[n_ - 1] = 1;
        std::rotate(e_.begin(), e_.begin() + 1, e_.end());
        e_.back() = 0;
    }

    void diagonalise() {
        double shift = 0, size = 0;
        for (int64_t l = 0; l < n_; ++l) {
            size = std::max(size, std::fabs(d(l)) + std::fabs(e(l)));
            int64_t m = l;
            while (m + 1 < n_ && std::fabs(e(m)) > kEpsilon * size) ++m;
            while (m > l && std::fabs(e(l)) > kEpsilon * size) sweep(l, m, shift);
            d(l) += shift;
            e(l) = 0;
        }
    }

  private:
    struct Turn {
        double c, s;
    };
    double& d(int64_t i) { return d_[static_cast<size_t>(i)]; }
    double& e(int64_t i) { return e_[static_cast<size_t>(i)]; }
    double* row(int64_t i) { return rows_.data() + i * n_; }

    void reflect(int64_t i) {
        double scale = 0, h = 0;
        for (int64_t k = 0; k < i; ++k) scale += std::fabs(d(k));
        if (scale == 0) {
            e(i) = d(i - 1);
            for (int64_t j = 0; j < i; ++j) {
                d(j) = row(j)[i - 1];
                row(j)[i] = row(i)[j] = 0;
            }
            d(i) = 0;
            return;
        }
        for (int64_t k = 0; k < i; ++k) {
            d(k) /= scale;
            h += d(k) * d(k);
        }
        const double last = d(i - 1), g = last > 0 ? -std::sqrt(h) : std::sqrt(h);
        e(i) = scale * g;
        h -= last * g;
        d(i - 1) = last - g;
        multiply(i);
        double f = 0;
        for (int64_t j = 0; j < i; ++j) {
            e(j) /= h;
            f += e(j) * d(j);
        }
        for (int64_t j = 0; j < i; ++j) e(j) -= f / (h + h) * d(j);
        for (int64_t j = 0; j < i; ++j) {
            const double a = d(j), b = e(j);
            double* r = row(j);
            for (int64_t k = j; k < i; ++k) r[k] -= a * e_[static_cast<size_t>(k)] + b * d_[static_cast<size_t>(k)];
            d(j) = r[i - 1];
            r[i] = 0;
        }
        d(i) = h;
    }

    // e = (the first i rows and columns) d, of which the part below the diagonal is kept; d is put aside.
    void multiply(int64_t i) {
        std::fill(e_.begin(), e_.begin() + i, 0.0);
        for (int64_t j = 0; j < i; ++j) {
            const double f = d(j);
            row(i)[j] = f;
            const double* r = row(j);
            double sum = e(j) + r[j] * f;
            for (int64_t k = j + 1; k < i; ++k) {
                sum += r[k] * d_[static_cast<size_t>(k)];
                e_[static_cast<size_t>(k)] += r[k] * f;
            }
            e(j) = sum;
        }
    }

    void accumulate(int64_t i) {
        row(i)[n_ - 1] = row(i)[i];
        row(i)[i] = 1;
        double* reflection = row(i + 1);
        if (const double h = d(i + 1); h != 0) {
            for (int64_t k = 0; k <= i; ++k) d(k) = reflection[k] / h;
            pool_.run((i + kPanel) / kPanel, [&](int64_t task, int) {
                for (int64_t j = task * kPanel; j < std::min(i + 1, (task + 1) * kPanel); ++j) {
                    double* r = row(j);
                    double g = 0;
                    for (int64_t k = 0; k <= i; ++k) g += reflection[k] * r[k];
                    for (int64_t k = 0; k <= i; ++k) r[k] -= g * d_[static_cast<size_t>(k)];
                }
            });
        }
        std::fill(reflection, reflection + i + 1, 0.0);
    }

    // One step of QL on rows [l, m].
    void sweep(int64_t l, int64_t m, double& shift) {
        double g = d(l), p = (d(l + 1) - g) / (2 * e(l));
        const double root = std::copysign(std::hypot(p, 1.0), p);
        d(l) = e(l) / (p + root);
        d(l + 1) = e(l) * (p + root);
        const double next = d(l + 1), moved = g - d(l), below = e(l + 1);
        for (int64_t i = l + 2; i < n_; ++i) d(i) -= moved;
        shift += moved;
        double c = 1, c2 = 1, c3 = 1, s = 0, s2 = 0;
        p = d(m);
        turns_.clear();
        for (int64_t i = m - 1; i >= l; --i) {
            c3 = c2;
            c2 = c;
            s2 = s;
            g = c * e(i);
            const double h = c * p, r = std::hypot(p, e(i));
            e(i + 1) = s * r;
            s = e(i) / r;
            c = p / r;
            p = c * d(i) - s * g;
            d(i + 1) = h + s * (c * g + s * d(i));
            turns_.push_back({c, s});
        }
        p = -s * s2 * c3 * below * e(l) / next;
        e(l) = s * p;
        d(l) = c * p;
        turn(m);
    }

    // Turns rows m - 1, m - 2, ... against the ones after them.
    void turn(int64_t m) {
        pool_.run((n_ + kPanel - 1) / kPanel, [&](int64_t task, int) {
            const int64_t begin = task * kPanel, end = std::min(n_, begin + kPanel);
            for (size_t t = 0; t < turns_.size(); ++t) {
                const auto [c, s] = turns_[t];
                double *upper = row(m - 1 - static_cast<int64_t>(t)), *lower = upper + n_;
                for (int64_t k = begin; k < end; ++k) {
                    const double h = lower[k];
                    lower[k] = s * upper[k] + c * h;
                    upper[k] = c * upper[k] - s * h;
                }
            }
        });
    }

    std::vector<double>& rows_;
    const int64_t n_;
    TaskPool& pool_;
    std::vector<double> d_, e_;
    std::vector<Turn> turns_;
};

}  // namespace

SymmetricEigen symmetric_eigen(std::vector<double> matrix, int64_t n, TaskPool& pool) {
    Solver solver(matrix, n, pool);
    solver.reduce();
    solver.diagonalise();
    std::vector<int64_t> order(static_cast<size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    const std::vector<double>& values = solver.values();
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
        return values[static_cast<size_t>(a)] > values[static_cast<size_t>(b)];
    });
    SymmetricEigen eigen;
    for (const int64_t i : order) {
        eigen.values.push_back(values[static_cast<size_t>(i)]);
        eigen.vectors.insert(eigen.vectors.end(), matrix.begin() + i * n, matrix.begin() + (i + 1) * n);
    }
    return eigen;
}

}  // namespace phonon
