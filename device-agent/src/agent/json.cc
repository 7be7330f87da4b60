#include "agent/json.h"

#include <cmath>

#include "base/utf8.h"

namespace phonon {

Result<Json> parse_line(std::string_view line) {
    constexpr int kDepth = 32;
    const size_t bad = utf8_first_error(line);
    if (bad != std::string_view::npos) {
        return Error{"malformed", "the line is not valid UTF-8 at byte " + std::to_string(bad)};
    }
    bool too_deep = false;
    const auto limit_depth = [&](int depth, Json::parse_event_t, Json&) {
        too_deep = too_deep || depth > kDepth;
        return !too_deep;
    };
    Json object = Json::parse(line, limit_depth, /*allow_exceptions=*/false);
    if (too_deep) return Error{"malformed", "the line nests deeper than " + std::to_string(kDepth) + " levels"};
    if (object.is_discarded()) return Error{"malformed", "the line is not JSON"};
    if (!object.is_object()) return Error{"malformed", "the line is not a JSON object"};
    return object;
}

std::string to_line(const OrderedJson& object) {
    return object.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

double rounded(double ms) {
    return std::round(ms * 1000.0) / 1000.0;
}

}  // namespace phonon
