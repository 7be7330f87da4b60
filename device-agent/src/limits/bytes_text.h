#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace phonon {

// "3000 MiB": for messages.
inline std::string bytes_text(uint64_t bytes) {
    char text[32];
    const double mib = static_cast<double>(bytes) / (1 << 20);
    std::snprintf(text, sizeof text, mib < 10 ? "%.1f MiB" : "%.0f MiB", mib);
    return text;
}

}  // namespace phonon
