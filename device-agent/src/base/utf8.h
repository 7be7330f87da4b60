#pragma once
// UTF-8 as Unicode 15 section 3.9 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.

#include <cstddef>
#include <string>
#include <string_view>

namespace phonon {

inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";  // U+FFFD

// What the bytes at the beginning of a text are.
struct Utf8Unit {
    enum Kind { character, invalid, incomplete } kind;
    // character: its length; invalid: bytes that one U+FFFD stands for; incomplete: all the bytes there are, which
    // more bytes may complete.
    std::size_t length;
};

// `text` must not be empty.
Utf8Unit utf8_next(std::string_view text);

// Offset of the first byte that is not part of valid UTF-8; npos when all of it is valid.
std::size_t utf8_first_error(std::string_view text);

// `text` with U+FFFD for what is not valid.
std::string utf8_repaired(std::string_view text);

}  // namespace phonon
