#pragma once
// The plan of a run, as JSON: knobs, predictions, and what other budgets would give.

#include <string>

#include "nlohmann/json.hpp"
#include "phonon/result.h"

namespace phonon {

// `model` is a GGUF or a pack; `request` see plan_request.h. Errors: those of reading the file and of make_plan().
Result<nlohmann::json> plan_report(const std::string& model, const std::string& request);

}  // namespace phonon
