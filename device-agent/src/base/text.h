#pragma once
// Small helpers for the text files of /proc and /sys.

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace phonon {

inline std::string_view trimmed(std::string_view s) {
    constexpr std::string_view kBlank(" \t\r\n\0", 5);  // device trees end their texts with a zero byte
    const auto first = s.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return s.substr(first, s.find_last_not_of(kBlank) - first + 1);
}

// The whole number with which the text begins, blanks skipped.
template <typename T>
std::optional<T> leading_number(std::string_view s) {
    s = trimmed(s);
    T value{};
    if (std::from_chars(s.data(), s.data() + s.size(), value).ec != std::errc()) return std::nullopt;
    return value;
}

// Takes the text up to `separator`, or all of it, off the front of `rest`.
inline std::string_view take_until(std::string_view& rest, char separator) {
    const auto end = rest.find(separator);
    const std::string_view taken = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return taken;
}

}  // namespace phonon
