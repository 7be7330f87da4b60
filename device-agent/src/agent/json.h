#pragma once
// JSON as the protocol uses it: one object a line.

#include <optional>
#include <string>
#include <string_view>

#include "nlohmann/json.hpp"
#include "phonon/result.h"

namespace phonon {

using Json = nlohmann::json;                 // what is received: lookups stay quick with any number of fields
using OrderedJson = nlohmann::ordered_json;  // what is sent: fields in the order in which the contract lists them

inline constexpr size_t kLineLimit = 1 << 20;  // bytes of a line, its newline not counted

// One received line as an object. The error is "malformed": not UTF-8, not JSON, no object, or nested too deeply.
Result<Json> parse_line(std::string_view line);

// The object as a line with its newline. Text that is not UTF-8 is repaired.
std::string to_line(const OrderedJson& object);

// Milliseconds with three decimals: what a clock can tell, in fewer bytes.
double rounded(double ms);

template <typename T>
OrderedJson or_null(const std::optional<T>& value) {
    return value ? OrderedJson(*value) : OrderedJson(nullptr);
}

}  // namespace phonon
