#pragma once

#include <atomic>
#include <cstdint>

namespace phonon::testing {

inline constexpr uint64_t kMiB = uint64_t{1} << 20;
inline const std::atomic<bool> kGoOn = false;  // what is asked whether to cancel

}  // namespace phonon::testing
