#include "engine/available_memory.h"

#include <algorithm>
#include <fstream>
#include <limits>

namespace phonon {
namespace {

constexpr uint64_t kUnlimited = std::numeric_limits<uint64_t>::max();

// A file that holds one number, or "max".
uint64_t read_number(const std::string& path, uint64_t fallback) {
    std::ifstream file(path);
    uint64_t value = 0;
    return file >> value ? value : fallback;
}

uint64_t kernel_available(const std::string& root) {
    std::ifstream file(root + "/proc/meminfo");
    std::string key;
    uint64_t kib = 0;
    while (file >> key) {
        if (key == "MemAvailable:" && file >> kib) return kib * 1024;
        file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    }
    return kUnlimited;
}

// Page cache counts as used in memory.current, but is given up before anything fails.
uint64_t reclaimable(const std::string& folder) {
    std::ifstream file(folder + "/memory.stat");
    std::string key;
    uint64_t value = 0;
    uint64_t sum = 0;
    while (file >> key >> value) {
        if (key == "inactive_file" || key == "active_file") sum += value;
    }
    return sum;
}

uint64_t cgroup_available(const std::string& root) {
    std::ifstream file(root + "/proc/self/cgroup");
    std::string line;
    uint64_t least = kUnlimited;
    while (std::getline(file, line)) {
        if (!line.starts_with("0::/")) continue;
        // Every ancestor's limit applies too.
        for (std::string path = line.substr(3); !path.empty(); path.erase(path.rfind('/'))) {
            const std::string folder = root + "/sys/fs/cgroup" + path;
            const uint64_t limit = read_number(folder + "/memory.max", kUnlimited);
            if (limit == kUnlimited) continue;
            const uint64_t used = read_number(folder + "/memory.current", 0);
            const uint64_t held = used - std::min(used, reclaimable(folder));
            least = std::min(least, limit - std::min(limit, held));
        }
    }
    return least;
}

}  // namespace

uint64_t available_memory(const std::string& root) {
    return std::min(kernel_available(root), cgroup_available(root));
}

}  // namespace phonon
