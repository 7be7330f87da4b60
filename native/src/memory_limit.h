#pragma once

#include <cstdint>

namespace phonon {

// Lets this process allocate no more than `bytes` beyond what it has now: further allocations fail. Files that are
// mapped do not count. False where the system has no such limit (all but Linux) or refuses it.
bool limit_memory(uint64_t bytes);

}  // namespace phonon
