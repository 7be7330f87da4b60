#include "base/utf8.h"

namespace phonon {

Utf8Unit utf8_next(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(0);
    if (lead < 0x80) return {Utf8Unit::character, 1};
    std::size_t length = 0;
    // The second byte's range excludes overlong forms, surrogates and what is above U+10FFFF.
    unsigned low = 0x80, high = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3;
        if (lead == 0xE0) low = 0xA0;
        if (lead == 0xED) high = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4;
        if (lead == 0xF0) low = 0x90;
        if (lead == 0xF4) high = 0x8F;
    } else {
        return {Utf8Unit::invalid, 1};
    }
    for (std::size_t i = 1; i < length; i++) {
        if (i == text.size()) return {Utf8Unit::incomplete, i};
        if (byte(i) < low || byte(i) > high) return {Utf8Unit::invalid, i};
        low = 0x80;
        high = 0xBF;
    }
    return {Utf8Unit::character, length};
}

std::size_t utf8_first_error(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const Utf8Unit unit = utf8_next(text.substr(at));
        if (unit.kind != Utf8Unit::character) return at;
        at += unit.length;
    }
    return std::string_view::npos;
}

std::string utf8_repaired(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const Utf8Unit unit = utf8_next(text.substr(at));
        out += unit.kind == Utf8Unit::character ? text.substr(at, unit.length) : kReplacementCharacter;
        at += unit.length;
    }
    return out;
}

}  // namespace phonon
