#pragma once
// What phonon-model can do. Each command returns the JSON object for standard output, or an Error.

#include <atomic>
#include <span>

#include "nlohmann/json.hpp"
#include "phonon/result.h"

namespace phonon {

// `words` follow the command's name. `cancel` is set by SIGINT and SIGTERM.
using Command = Result<nlohmann::json> (*)(std::span<char* const> words, const std::atomic<bool>& cancel);

Result<nlohmann::json> inspect_command(std::span<char* const> words, const std::atomic<bool>& cancel);
Result<nlohmann::json> synth_command(std::span<char* const> words, const std::atomic<bool>& cancel);
Result<nlohmann::json> firing_command(std::span<char* const> words, const std::atomic<bool>& cancel);
Result<nlohmann::json> predictors_command(std::span<char* const> words, const std::atomic<bool>& cancel);
Result<nlohmann::json> measure_command(std::span<char* const> words, const std::atomic<bool>& cancel);

}  // namespace phonon
