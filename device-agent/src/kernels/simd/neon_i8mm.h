#pragma once
// The neon-i8mm level: neon-dotprod's vectors, and smmla for two tokens at once, which multiplies twice as much per
// instruction.

#include "kernels/simd/neon.h"

namespace phonon {

struct NeonI8mmSimd : NeonDotprodSimd {
    static constexpr const char* kName = "neon-i8mm";
    static constexpr bool kPairs = true;

    // Sums of 16 rows and two tokens as smmla leaves them: q[i] holds rows 2i, 2i + 1 of token 0 and 1, row by row.
    struct Pair {
        int32x4_t q[8];
    };
    static Pair pair_of(I32 a, I32 b) {
        Pair p;
        for (int i = 0; i < 4; i++) {
            p.q[2 * i] = vzip1q_s32(a.q[i], b.q[i]);
            p.q[2 * i + 1] = vzip2q_s32(a.q[i], b.q[i]);
        }
        return p;
    }
    static I32 first(const Pair& p) {
        return each<I32>([&](int i) { return vuzp1q_s32(p.q[2 * i], p.q[2 * i + 1]); });
    }
    static I32 second(const Pair& p) {
        return each<I32>([&](int i) { return vuzp2q_s32(p.q[2 * i], p.q[2 * i + 1]); });
    }
    // Columns 0..3 in `w`, 4..7 in `v`; eight activations of either token at a and b.
    static void dot_pair(Pair& p, Bytes w, Bytes v, const int8_t* a, const int8_t* b) {
        const int8x16_t x = vcombine_s8(vld1_s8(a), vld1_s8(b));
        for (int i = 0; i < 4; i++) {
            const int32x4_t c = vreinterpretq_s32_u8(w.q[i]), d = vreinterpretq_s32_u8(v.q[i]);
            p.q[2 * i] = vmmlaq_s32(p.q[2 * i], vreinterpretq_s8_s32(vzip1q_s32(c, d)), x);
            p.q[2 * i + 1] = vmmlaq_s32(p.q[2 * i + 1], vreinterpretq_s8_s32(vzip2q_s32(c, d)), x);
        }
    }
};

}  // namespace phonon
