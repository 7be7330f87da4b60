#pragma once
// What a plan is asked for with, as JSON: the device's kept profile and the user's limits.

#include <string>

#include "nlohmann/json.hpp"
#include "phonon/result.h"
#include "planner/plan.h"

namespace phonon {

struct PlanRequest {
    HardwareProfile profile;
    PlanLimits limits;
    std::string activation;                  // overrides the model's; empty: its own
    std::string pack;                        // of the model, where there is one; empty: none, or the file itself is one
    std::optional<PackedShares> statistics;  // what packing told, where the pack is not here
};

// {"profile": as `probe` reports it, "cores": [{"id", "class"}], "available_bytes", and where the user decided:
//  "memory_bytes", "context", "threads", "compute_cores", "batch", "prompt", "cache_neurons", "eviction", "activation",
//  "off": some of "predictor", "bundle", "cache", "pipeline", "pack", "statistics": {"active", "let_through", "recall",
//  "energy"}}
// Error: bad_request, which names what is wrong.
Result<PlanRequest> read_plan_request(const std::string& text);

}  // namespace phonon
