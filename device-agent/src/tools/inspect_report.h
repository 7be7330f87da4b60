#pragma once
// What `phonon-model inspect` and the desktop's addon say of a model file.

#include <string>

#include "nlohmann/json.hpp"
#include "phonon/result.h"

namespace phonon {

// Errors: those of inspect_model. Thread-safe.
Result<nlohmann::json> inspect_report(const std::string& path);

}  // namespace phonon
