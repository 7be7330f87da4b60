#pragma once
// What the greeting says of the device.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "telemetry/proc_parse.h"

namespace phonon {

struct CoreFacts {
    int id = 0;
    std::optional<int64_t> max_mhz;
    std::string core_class;  // "big", "mid", "little"
};

struct StorageFacts {
    std::string path;
    std::optional<uint64_t> total_bytes, free_bytes;  // free: to this user
};

struct DeviceFacts {
    std::string abi;  // as Android names it
    std::optional<std::string> soc, model;
    std::string kernel;
    int64_t page_size = 0;
    std::vector<CoreFacts> cores;
    std::vector<std::string> features;
    SystemMemory memory;
    StorageFacts storage;
};

// Big: at least 80 % of the highest clock, like the cores that the engine computes on; little: the lowest clock of
// those below; mid: between. Cores of unknown clock are big.
void classify_cores(std::vector<CoreFacts>& cores);

// `folder` is where the agent keeps its files.
DeviceFacts read_device_facts(const SystemFiles& files, const std::string& folder);

}  // namespace phonon
