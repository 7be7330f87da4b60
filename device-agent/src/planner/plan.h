#pragma once
// Device's profile + model + how its neurons fire + limits -> a plan, in which every knob has its value, where it comes
// from and why, and what the run will then take (PowerInfer-2, section 5).

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "planner/hardware_profile.h"
#include "planner/prediction.h"

namespace phonon {

struct PlanCore {
    int id = 0;
    std::string kind;  // "big", "mid", "little"
};

// What the user has decided; what is absent the planner decides.
struct PlanLimits {
    std::optional<uint64_t> memory_bytes;  // absent: what the device has available
    uint64_t available_bytes = 0;
    std::vector<PlanCore> cores;     // of the device
    std::vector<int> compute_cores;  // one for each thread; empty: the fastest
    std::optional<int> threads;
    std::optional<int64_t> context, batch, cache_neurons;
    std::optional<std::string> eviction;
    Stages stages = {};
    int64_t prompt = 128;  // tokens; as many again are decoded
};

enum class Source : uint8_t { measured, pack, model, user, assumed };
const char* to_string(Source source);

struct Knob {
    std::string name;
    std::variant<double, std::string> value;
    std::string unit;
    Source source = Source::assumed;
    std::string reason;  // a sentence
};

// What a budget of another size would give.
struct CurvePoint {
    uint64_t memory_bytes = 0;
    int64_t cache_neurons = 0;
    double hit_rate = 0, tokens_per_s = 0;
};

struct Plan {
    std::vector<Knob> knobs;
    DecodePrediction decode;
    PrefillPrediction prefill;
    MemoryPrediction memory;
    uint64_t smallest_bytes = 0;  // the least budget that works
    uint64_t largest_bytes = 0;   // from which on everything is in memory
    std::vector<CurvePoint> curve;
};

// Errors: bad_request (limits or a profile that cannot be), budget_too_small.
Result<Plan> make_plan(const HardwareProfile& profile, const ModelSizes& model, const Activity& activity,
                       const PlanLimits& limits);

}  // namespace phonon
