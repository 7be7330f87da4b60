#pragma once
// How often the calling thread has asked for memory, and for locks. The linker lets these calls pass by here (--wrap in
// CMakeLists.txt): those of our own objects, and of libraries that are linked into the program.

#include <cstdint>

struct CountedCalls {
    uint64_t allocations = 0, locks = 0;
};
CountedCalls counted_calls();
