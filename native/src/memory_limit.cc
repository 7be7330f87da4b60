#include "memory_limit.h"

#ifdef __linux__
#include <sys/resource.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#endif

namespace phonon {

#ifdef __linux__

bool limit_memory(uint64_t bytes) {
    // RLIMIT_DATA counts what /proc calls VmData: private writable memory. (RLIMIT_AS would count the file, and the
    // terabytes of addresses that V8 reserves.)
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (!line.starts_with("VmData:")) continue;
        const uint64_t used = std::strtoull(line.c_str() + std::strlen("VmData:"), nullptr, 10) * 1024;
        const rlim_t most = used + bytes;
        const rlimit limit = {most, most};
        return setrlimit(RLIMIT_DATA, &limit) == 0;
    }
    return false;
}

#else

bool limit_memory(uint64_t) {
    return false;
}

#endif

}  // namespace phonon
