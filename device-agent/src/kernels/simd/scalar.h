#pragma once
// Vectors of the scalar level: plain arrays, any CPU. The other levels offer the same names with the same meaning.

#include <cmath>
#include <cstdint>
#include <cstring>

#include "kernels/half.h"

namespace phonon {

struct ScalarSimd {
    static constexpr const char* kName = "scalar";
    static constexpr int kQuantTokens = 4, kFloatTokens = 4;  // tokens of one register tile
    static constexpr int kByteShift = 7;                      // dot8's codes are biased by 1 << 7; 0: by nothing
    static constexpr bool kPrefetch = false;
    static constexpr bool kPairs = false;    // whether dot_pair exists
    static constexpr bool kNarrow = false;   // whether dot_narrow exists
    static constexpr int kColumnBlocks = 1;  // times 64 rows of columns whose sums fit the registers: 1 or 2

    struct Bytes {
        uint8_t v[64];
    };
    struct I32 {
        int32_t v[16];
    };
    struct F32 {
        float v[16];
    };

    template <typename V, typename F>
    static V make(const F& f) {
        V r;
        for (int i = 0; i < static_cast<int>(sizeof(r.v) / sizeof(r.v[0])); i++) r.v[i] = f(i);
        return r;
    }
    template <typename F>
    static Bytes bytes(const F& f) {
        return make<Bytes>([&](int i) { return static_cast<uint8_t>(f(i)); });
    }
    template <typename F>
    static F32 floats(const F& f) {
        return make<F32>(f);
    }

    // Bytes
    static Bytes load(const void* p) {
        Bytes r;
        memcpy(r.v, p, 64);
        return r;
    }
    static Bytes for_dot8(Bytes x) { return x; }  // what dot8 wants of biased codes
    static void store(void* p, Bytes x) { memcpy(p, x.v, 64); }
    static Bytes low(Bytes x) {
        return bytes([&](int i) { return x.v[i] & 15; });
    }
    static Bytes high(Bytes x) {
        return bytes([&](int i) { return x.v[i] >> 4; });
    }
    static Bytes flip(Bytes x) {
        return bytes([&](int i) { return x.v[i] ^ 128; });
    }
    static Bytes pack_nibbles(Bytes lo, Bytes hi) {
        return bytes([&](int i) { return lo.v[i] | hi.v[i] << 4; });
    }
    template <int shift>
    static Bytes two_bits(Bytes x) {
        return bytes([&](int i) { return x.v[i] >> shift & 3; });
    }
    // Bits 0-1 of each become bits 0-1, 2-3, 4-5, 6-7.
    static Bytes pack_pairs(Bytes a, Bytes b, Bytes c, Bytes d) {
        return bytes([&](int i) { return a.v[i] | b.v[i] << 2 | c.v[i] << 4 | d.v[i] << 6; });
    }
    // x | (the two bits of y at `shift`) << 4
    template <int shift>
    static Bytes with_high2(Bytes x, Bytes y) {
        return bytes([&](int i) { return x.v[i] | (y.v[i] >> shift & 3) << 4; });
    }
    static Bytes bit_or(Bytes x, Bytes y) {
        return bytes([&](int i) { return x.v[i] | y.v[i]; });
    }
    // out[j] = dword j of 16 bytes at each of the 16 rows + offset.
    static void gather4(const std::byte* const* rows, int64_t offset, Bytes* out) {
        for (int r = 0; r < 16; r++)
            for (int j = 0; j < 4; j++) memcpy(out[j].v + 4 * r, rows[r] + offset + 4 * j, 4);
    }
    // Four columns of 64 rows -> four vectors [16 rows][4 columns]; ColumnsView tells the order of the rows.
    static void interleave4(const Bytes* c, Bytes* out) {
        for (int k = 0; k < 4; k++)
            for (int i = 0; i < 64; i++) out[k].v[i] = c[i & 3].v[i / 16 * 16 + 4 * k + i / 4 % 4];
    }
    // The 16-bit low and high halves of every dword, as two runs of 16.
    static void split16(Bytes x, uint16_t* lo, uint16_t* hi) {
        for (int i = 0; i < 16; i++) {
            memcpy(lo + i, x.v + 4 * i, 2);
            memcpy(hi + i, x.v + 4 * i + 2, 2);
        }
    }

    // int32
    static I32 splat_i(int32_t a) {
        return make<I32>([&](int) { return a; });
    }
    static I32 add(I32 a, I32 b) {
        return make<I32>([&](int i) { return a.v[i] + b.v[i]; });
    }
    template <int shift>
    static I32 splat_shifted(const int32_t* p) {
        return splat_i(*p * (1 << shift));
    }
    // acc[i] += sum over 4 of w[i][.] (unsigned, below 64) * a[.]
    static I32 dot(I32 acc, Bytes w, const int8_t* a) {
        for (int i = 0; i < 16; i++)
            for (int k = 0; k < 4; k++) acc.v[i] += w.v[4 * i + k] * a[k];
        return acc;
    }
    // The same for any byte, biased by 1 << kByteShift; after for_dot8.
    static I32 dot8(I32 acc, Bytes w, const int8_t* a) { return dot(acc, w, a); }
    static void store_i32(int32_t* p, I32 a) { memcpy(p, a.v, 64); }
    static int32_t reduce_add(I32 a) {
        int32_t sum = 0;
        for (int32_t x : a.v) sum += x;
        return sum;
    }
    static void store_i8(int8_t* p, I32 a) {
        for (int i = 0; i < 16; i++) p[i] = static_cast<int8_t>(a.v[i]);
    }

    // float
    static F32 zero() { return splat(0); }
    static F32 splat(float a) {
        return floats([&](int) { return a; });
    }
    static F32 load_f32(const void* p) {
        F32 r;
        memcpy(r.v, p, 64);
        return r;
    }
    static F32 load_f16(const void* p) {
        uint16_t h[16];
        memcpy(h, p, 32);
        return floats([&](int i) { return f16_to_float(h[i]); });
    }
    static F32 load_bf16(const void* p) {
        uint16_t h[16];
        memcpy(h, p, 32);
        return floats([&](int i) { return bf16_to_float(h[i]); });
    }
    static F32 load_u8(const void* p) {
        return floats([&](int i) { return static_cast<float>(static_cast<const uint8_t*>(p)[i]); });
    }
    static F32 load_i8(const void* p) {
        return floats([&](int i) { return static_cast<float>(static_cast<const int8_t*>(p)[i]); });
    }
    // 16 bytes: their low nibbles and their high ones.
    static void load_nibbles(const void* p, F32& low, F32& high) {
        const auto* b = static_cast<const uint8_t*>(p);
        low = floats([&](int i) { return static_cast<float>(b[i] & 15); });
        high = floats([&](int i) { return static_cast<float>(b[i] >> 4); });
    }
    static void store_f32(float* p, F32 a) { memcpy(p, a.v, 64); }
    static void store_f16(uint16_t* p, F32 a) {
        for (int i = 0; i < 16; i++) p[i] = float_to_f16(a.v[i]);
    }
    static F32 to_float(I32 a) {
        return floats([&](int i) { return static_cast<float>(a.v[i]); });
    }
    // To the nearest integer, ties to even; |a| < 2^22.
    static I32 to_int(F32 a) {
        return make<I32>(
            [&](int i) { return static_cast<int32_t>(bits_of(a.v[i] + 0x1.8p23f) & 0x7fffff) - 0x400000; });
    }
    static F32 pow2(I32 n) {
        return floats([&](int i) { return float_of(static_cast<uint32_t>(n.v[i] + 127) << 23); });
    }
    static I32 half(I32 n) {
        return make<I32>([&](int i) { return n.v[i] >> 1; });
    }
    static I32 sub(I32 a, I32 b) {
        return make<I32>([&](int i) { return a.v[i] - b.v[i]; });
    }
    static F32 fma(F32 a, F32 b, F32 c) {
        return floats([&](int i) { return a.v[i] * b.v[i] + c.v[i]; });
    }
    static F32 mul(F32 a, F32 b) {
        return floats([&](int i) { return a.v[i] * b.v[i]; });
    }
    static F32 add(F32 a, F32 b) {
        return floats([&](int i) { return a.v[i] + b.v[i]; });
    }
    static F32 div(F32 a, F32 b) {
        return floats([&](int i) { return a.v[i] / b.v[i]; });
    }
    static F32 max(F32 a, F32 b) {
        return floats([&](int i) { return a.v[i] > b.v[i] ? a.v[i] : b.v[i]; });
    }
    static F32 min(F32 a, F32 b) {
        return floats([&](int i) { return a.v[i] < b.v[i] ? a.v[i] : b.v[i]; });
    }
    static F32 neg(F32 a) {
        return floats([&](int i) { return -a.v[i]; });
    }
    static float reduce_add(F32 a) {
        for (int width = 8; width > 0; width /= 2)
            for (int i = 0; i < width; i++) a.v[i] += a.v[i + width];
        return a.v[0];
    }
    static float reduce_max(F32 a) {
        for (int i = 1; i < 16; i++) a.v[0] = a.v[i] > a.v[0] ? a.v[i] : a.v[0];
        return a.v[0];
    }
};

}  // namespace phonon
