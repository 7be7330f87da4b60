#pragma once

#include <functional>
#include <vector>

namespace phonon {

// Seconds of every function in every round: [function][round]. The functions take turns; one round warms up unseen.
std::vector<std::vector<double>> time_rounds(int rounds, const std::vector<std::function<void()>>& functions);

double median(std::vector<double> values);
// Of the rounds' own ratios a / b.
double median_ratio(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace phonon
