#pragma once
// What an agent can do beside running models. Phonon's own offers all of it, llama.cpp's none.

#include <atomic>
#include <functional>
#include <string>

#include "pack/pack_profile.h"
#include "packing/pack_model.h"
#include "planner/probe.h"

namespace phonon {

struct DeviceTools {
    // probe_hardware, pack_model, check_pack and read_pack_profile, or a test's own.
    std::function<Result<HardwareProfile>(const ProbeConfig& config,
                                          const std::function<void(const ProbeProgress&)>& progress,
                                          const std::atomic<bool>& cancel)>
        probe = nullptr;
    std::function<Result<PackReport>(const PackConfig& config, const std::function<void(const PackProgress&)>& progress,
                                     const std::atomic<bool>& cancel)>
        pack = nullptr;
    std::function<Result<std::string>(const std::string& model, const std::string& pack)> check_pack = nullptr;
    std::function<Result<PackProfile>(const std::string& pack)> pack_profile = nullptr;
};
using Prober = decltype(DeviceTools::probe);
using Packer = decltype(DeviceTools::pack);

}  // namespace phonon
