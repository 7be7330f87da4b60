#pragma once
// Time as the rest of the program uses it: milliseconds in a double.

#include <chrono>
#include <cstdint>

namespace phonon {

using Clock = std::chrono::steady_clock;

inline double milliseconds(Clock::duration d) {
    return std::chrono::duration<double, std::milli>(d).count();
}
inline double milliseconds_since(Clock::time_point start) {
    return milliseconds(Clock::now() - start);
}

// Unix time in milliseconds.
inline int64_t wall_ms() {
    using namespace std::chrono;
    return duration_cast<std::chrono::milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace phonon
