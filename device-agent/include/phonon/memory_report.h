#pragma once
// How the memory of a loaded engine is limited and what it came to.

#include <cstdint>
#include <optional>
#include <string>

namespace phonon {

struct MemoryReport {
    std::optional<uint64_t> budget_bytes;  // for everything the process holds, page cache included; absent: no limit
    std::optional<uint64_t> peak_bytes;    // the most it held since before it loaded; absent: not known yet
    std::string enforced = "none";         // "cgroup", "balloon", "none"
    std::string cold_cache = {};           // "drop_caches", "posix_fadvise", "failed"; empty: not asked for
    std::string note = {};                 // how that was done and measured, and what could not be done
};

}  // namespace phonon
