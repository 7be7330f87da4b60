#pragma once
// The normal distribution, as the synthetic weights need it.

namespace phonon {

// P(X < x) for a standard normal X.
double normal_cdf(double x);
// The x of which normal_cdf(x) = p; p in (0, 1).
double normal_quantile(double p);

}  // namespace phonon
