#pragma once
// How results leave the library, for the program on its standard output and for the addon as a string.

#include <functional>
#include <string>

#include "nlohmann/json.hpp"
#include "phonon/result.h"

namespace phonon {

// The result of `work`. What the libraries below throw (memory runs out, or a bug in them) becomes an Error.
Result<nlohmann::json> without_exceptions(const std::function<Result<nlohmann::json>()>& work);

// One line of JSON: the object, or {"error":{"code","message"}}. What is not UTF-8 is replaced.
std::string printed(const Result<nlohmann::json>& result);

}  // namespace phonon
