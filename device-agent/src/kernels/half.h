#pragma once
// F16 and BF16 as bits, in portable code. Everything is `static` (internal linkage): this header is compiled once per
// instruction-set level, and a copy made for AVX-512 must never serve the scalar level.

#include <cstdint>
#include <cstring>

namespace phonon {

static inline uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline float f16_to_float(uint16_t h) {
    const uint32_t sign = static_cast<uint32_t>(h & 0x8000) << 16;
    const uint32_t rest = static_cast<uint32_t>(h & 0x7fff) << 13;
    if ((h & 0x7c00) == 0x7c00) return float_of(sign | 0x7f800000 | rest);  // infinity, NaN
    // Scaling by 2^112 moves the exponent's bias from 15 to 127, and normalises subnormals on the way.
    return float_of(bits_of(float_of(rest) * 0x1p112f) | sign);
}

// Rounds to nearest even, overflows to infinity.
static inline uint16_t float_to_f16(float x) {
    const uint32_t bits = bits_of(x);
    const uint32_t sign = bits >> 16 & 0x8000;
    const uint32_t magnitude = bits & 0x7fffffff;
    uint32_t half;
    if (magnitude > 0x7f800000) {
        half = 0x7e00 | (magnitude >> 13 & 0x3ff);
    } else if (magnitude >= 0x477ff000) {  // 65520 and above
        half = 0x7c00;
    } else if (magnitude < 0x38800000) {  // subnormal: adding 0.5 leaves the rounded mantissa in the low bits
        half = bits_of(float_of(magnitude) + 0.5f) - 0x3f000000;
    } else {
        half = (magnitude - 0x38000000 + 0xfff + (magnitude >> 13 & 1)) >> 13;
    }
    return static_cast<uint16_t>(sign | half);
}

static inline float bf16_to_float(uint16_t h) {
    return float_of(static_cast<uint32_t>(h) << 16);
}

static inline uint16_t float_to_bf16(float x) {
    const uint32_t bits = bits_of(x);
    if ((bits & 0x7fffffff) > 0x7f800000) return static_cast<uint16_t>(bits >> 16 | 0x40);
    return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

}  // namespace phonon
