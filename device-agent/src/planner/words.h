#pragma once
// Numbers as the plan's reasons say them.

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>

namespace phonon {

inline std::string mebibytes(uint64_t bytes) {
    return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MiB";
}

// Three significant digits.
inline std::string figure(double value) {
    char text[32];
    const int digits = value == 0 ? 0 : std::max(0, 2 - static_cast<int>(std::floor(std::log10(std::fabs(value)))));
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

inline std::string percent(double share) {
    return figure(100 * share) + " %";
}

}  // namespace phonon
