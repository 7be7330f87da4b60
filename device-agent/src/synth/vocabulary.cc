#include "synth/vocabulary.h"

namespace phonon {

namespace {

// GPT-2's table: printable Latin-1 stands for itself, the other 68 bytes become U+0100 onwards in ascending order.
uint32_t printable(int64_t byte) {
    auto direct = [](int64_t b) { return (b >= 0x21 && b <= 0x7e) || (b >= 0xa1 && b <= 0xff && b != 0xad); };
    if (direct(byte)) return static_cast<uint32_t>(byte);
    uint32_t next = 0x100;
    for (int64_t b = 0; b < byte; ++b) next += direct(b) ? 0 : 1;
    return next;
}

}  // namespace

std::string synthetic_token(int64_t id) {
    if (id == kEndToken) return "<|end|>";
    if (id > kEndToken) return "t" + std::to_string(id);
    const uint32_t code = printable(id);
    if (code < 0x80) return {static_cast<char>(code)};
    return {static_cast<char>(0xc0 | (code >> 6)), static_cast<char>(0x80 | (code & 0x3f))};
}

}  // namespace phonon
