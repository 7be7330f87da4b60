#pragma once
// What a packing left that was killed in the middle, for the next one of the same model with the same options.

#include <atomic>
#include <functional>
#include <optional>
#include <string>

#include "base/part_file.h"
#include "packing/pack_plan.h"
#include "packing/pack_state.h"

namespace phonon {

struct InterruptedPack {
    PartFile file;
    PackState state;
    PackPlan plan;  // for the tokens of the state
};

// Everything that is said to be written has been read and compared with its checksum. Nothing where nothing was left,
// or what was left cannot be used: then `note` says why. `plan_for` so many profiled tokens. Errors: busy, cancelled;
// what plan_for says.
Result<std::optional<InterruptedPack>> find_interrupted(const std::string& out, const std::string& identity,
                                                        const PackStateShape& shape,
                                                        const std::function<Result<PackPlan>(int64_t)>& plan_for,
                                                        const std::atomic<bool>& cancel, std::string& note);

}  // namespace phonon
