#pragma once
// Eigenvalues and eigenvectors of a symmetric matrix of some hundred rows.

#include <cstdint>
#include <vector>

#include "base/task_pool.h"

namespace phonon {

struct SymmetricEigen {
    std::vector<double> values;   // the largest first
    std::vector<double> vectors;  // [n][n], a row for each value, of length 1
};

// `matrix` [n][n]. Householder's reduction to three diagonals, then implicit QL (Wilkinson and Reinsch, Handbook for
// Automatic Computation II, 1971: tred2, tql2). The same result whatever the number of threads.
SymmetricEigen symmetric_eigen(std::vector<double> matrix, int64_t n, TaskPool& pool);

}  // namespace phonon
