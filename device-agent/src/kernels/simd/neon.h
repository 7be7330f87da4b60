#pragma once
// Vectors of the neon-dotprod level: four 128-bit registers each. See scalar.h for what every name means.

#include <arm_neon.h>

#include <cstdint>
#include <cstring>

namespace phonon {

struct NeonDotprodSimd {
    static constexpr const char* kName = "neon-dotprod";
    static constexpr int kQuantTokens = 4, kFloatTokens = 5;
    static constexpr int kByteShift = 0;      // sdot wants signed codes: for_dot8 makes them so
    static constexpr bool kPrefetch = false;  // one stream is what a phone's own prefetcher follows well
    static constexpr bool kPairs = false;
    static constexpr bool kNarrow = false;
    static constexpr int kColumnBlocks = 1;

    struct Bytes {
        uint8x16_t q[4];
    };
    struct I32 {
        int32x4_t q[4];
    };
    struct F32 {
        float32x4_t q[4];
    };

    // {f(0), f(1), f(2), f(3)}: one expression for the four registers.
    template <typename V, typename F>
    __attribute__((always_inline)) static V each(const F& f) {
        return {{f(0), f(1), f(2), f(3)}};
    }

    static Bytes load(const void* p) {
        const uint8_t* b = static_cast<const uint8_t*>(p);
        return each<Bytes>([&](int i) { return vld1q_u8(b + 16 * i); });
    }
    static void store(void* p, Bytes x) {
        for (int i = 0; i < 4; i++) vst1q_u8(static_cast<uint8_t*>(p) + 16 * i, x.q[i]);
    }
    static Bytes for_dot8(Bytes x) { return flip(x); }
    static Bytes low(Bytes x) {
        return each<Bytes>([&](int i) { return vandq_u8(x.q[i], vdupq_n_u8(15)); });
    }
    static Bytes high(Bytes x) {
        return each<Bytes>([&](int i) { return vshrq_n_u8(x.q[i], 4); });
    }
    static Bytes flip(Bytes x) {
        return each<Bytes>([&](int i) { return veorq_u8(x.q[i], vdupq_n_u8(128)); });
    }
    static Bytes bit_or(Bytes x, Bytes y) {
        return each<Bytes>([&](int i) { return vorrq_u8(x.q[i], y.q[i]); });
    }
    template <int shift>
    static Bytes up(Bytes x) {
        return each<Bytes>([&](int i) { return vshlq_n_u8(x.q[i], shift); });
    }
    static Bytes pack_nibbles(Bytes lo, Bytes hi) { return bit_or(lo, up<4>(hi)); }
    template <int shift>
    static Bytes two_bits(Bytes x) {
        return each<Bytes>([&](int i) { return vandq_u8(vshlq_u8(x.q[i], vdupq_n_s8(-shift)), vdupq_n_u8(3)); });
    }
    static Bytes pack_pairs(Bytes a, Bytes b, Bytes c, Bytes d) {
        return bit_or(bit_or(a, up<2>(b)), bit_or(up<4>(c), up<6>(d)));
    }
    template <int shift>
    static Bytes with_high2(Bytes x, Bytes y) {
        return bit_or(x, up<4>(two_bits<shift>(y)));
    }
    static void gather4(const std::byte* const* rows, int64_t offset, Bytes* out) {
        for (int i = 0; i < 4; i++) {  // rows 4i .. 4i + 3
            const auto at = [&](int r) {
                return vld1q_u32(reinterpret_cast<const uint32_t*>(rows[4 * i + r] + offset));
            };
            const uint32x4x2_t a = vzipq_u32(at(0), at(2)), b = vzipq_u32(at(1), at(3));
            const uint32x4x2_t low = vzipq_u32(a.val[0], b.val[0]), high = vzipq_u32(a.val[1], b.val[1]);
            out[0].q[i] = vreinterpretq_u8_u32(low.val[0]);
            out[1].q[i] = vreinterpretq_u8_u32(low.val[1]);
            out[2].q[i] = vreinterpretq_u8_u32(high.val[0]);
            out[3].q[i] = vreinterpretq_u8_u32(high.val[1]);
        }
    }
    static void interleave4(const Bytes* c, Bytes* out) {
        for (int i = 0; i < 4; i++) {
            const uint8x16x2_t a = vzipq_u8(c[0].q[i], c[2].q[i]), b = vzipq_u8(c[1].q[i], c[3].q[i]);
            const uint8x16x2_t low = vzipq_u8(a.val[0], b.val[0]), high = vzipq_u8(a.val[1], b.val[1]);
            out[0].q[i] = low.val[0];
            out[1].q[i] = low.val[1];
            out[2].q[i] = high.val[0];
            out[3].q[i] = high.val[1];
        }
    }
    static void split16(Bytes x, uint16_t* lo, uint16_t* hi) {
        for (int i = 0; i < 2; i++) {
            const uint16x8_t a = vreinterpretq_u16_u8(x.q[2 * i]), b = vreinterpretq_u16_u8(x.q[2 * i + 1]);
            vst1q_u16(lo + 8 * i, vuzp1q_u16(a, b));
            vst1q_u16(hi + 8 * i, vuzp2q_u16(a, b));
        }
    }

    static I32 splat_i(int32_t a) {
        return each<I32>([&](int) { return vdupq_n_s32(a); });
    }
    static I32 add(I32 a, I32 b) {
        return each<I32>([&](int i) { return vaddq_s32(a.q[i], b.q[i]); });
    }
    static I32 sub(I32 a, I32 b) {
        return each<I32>([&](int i) { return vsubq_s32(a.q[i], b.q[i]); });
    }
    static I32 half(I32 n) {
        return each<I32>([&](int i) { return vshrq_n_s32(n.q[i], 1); });
    }
    template <int shift>
    static I32 splat_shifted(const int32_t* p) {
        return splat_i(*p * (1 << shift));
    }
    static I32 dot(I32 acc, Bytes w, const int8_t* a) {
        int32_t four;
        memcpy(&four, a, sizeof four);
        const int8x16_t v = vreinterpretq_s8_s32(vdupq_n_s32(four));
        return each<I32>([&](int i) { return vdotq_s32(acc.q[i], vreinterpretq_s8_u8(w.q[i]), v); });
    }
    static I32 dot8(I32 acc, Bytes w, const int8_t* a) { return dot(acc, w, a); }
    static void store_i32(int32_t* p, I32 a) {
        for (int i = 0; i < 4; i++) vst1q_s32(p + 4 * i, a.q[i]);
    }
    static int32_t reduce_add(I32 a) {
        return vaddvq_s32(vaddq_s32(vaddq_s32(a.q[0], a.q[1]), vaddq_s32(a.q[2], a.q[3])));
    }
    static void store_i8(int8_t* p, I32 a) {
        const int16x8_t low = vcombine_s16(vmovn_s32(a.q[0]), vmovn_s32(a.q[1]));
        const int16x8_t high = vcombine_s16(vmovn_s32(a.q[2]), vmovn_s32(a.q[3]));
        vst1q_s8(p, vcombine_s8(vmovn_s16(low), vmovn_s16(high)));
    }

    static F32 zero() { return splat(0); }
    static F32 splat(float a) {
        return each<F32>([&](int) { return vdupq_n_f32(a); });
    }
    static F32 load_f32(const void* p) {
        const float* f = static_cast<const float*>(p);
        return each<F32>([&](int i) { return vld1q_f32(f + 4 * i); });
    }
    static F32 load_f16(const void* p) {
        const uint16_t* h = static_cast<const uint16_t*>(p);
        return each<F32>([&](int i) { return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(h + 4 * i))); });
    }
    static F32 load_bf16(const void* p) {
        const uint16_t* h = static_cast<const uint16_t*>(p);
        return each<F32>([&](int i) { return vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(h + 4 * i), 16)); });
    }
    static F32 load_u8(const void* p) { return widen_u8(vld1q_u8(static_cast<const uint8_t*>(p))); }
    static void load_nibbles(const void* p, F32& low, F32& high) {
        const uint8x16_t b = vld1q_u8(static_cast<const uint8_t*>(p));
        low = widen_u8(vandq_u8(b, vdupq_n_u8(15)));
        high = widen_u8(vshrq_n_u8(b, 4));
    }
    static F32 load_i8(const void* p) {
        const int8x16_t b = vld1q_s8(static_cast<const int8_t*>(p));
        const int16x8_t low = vmovl_s8(vget_low_s8(b)), high = vmovl_s8(vget_high_s8(b));
        return {{vcvtq_f32_s32(vmovl_s16(vget_low_s16(low))), vcvtq_f32_s32(vmovl_s16(vget_high_s16(low))),
                 vcvtq_f32_s32(vmovl_s16(vget_low_s16(high))), vcvtq_f32_s32(vmovl_s16(vget_high_s16(high)))}};
    }
    static void store_f32(float* p, F32 a) {
        for (int i = 0; i < 4; i++) vst1q_f32(p + 4 * i, a.q[i]);
    }
    static void store_f16(uint16_t* p, F32 a) {
        for (int i = 0; i < 4; i++) vst1_u16(p + 4 * i, vreinterpret_u16_f16(vcvt_f16_f32(a.q[i])));
    }
    static F32 to_float(I32 a) {
        return each<F32>([&](int i) { return vcvtq_f32_s32(a.q[i]); });
    }
    static I32 to_int(F32 a) {
        return each<I32>([&](int i) { return vcvtnq_s32_f32(a.q[i]); });
    }
    static F32 pow2(I32 n) {
        return each<F32>(
            [&](int i) { return vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(n.q[i], vdupq_n_s32(127)), 23)); });
    }
    static F32 fma(F32 a, F32 b, F32 c) {
        return each<F32>([&](int i) { return vfmaq_f32(c.q[i], a.q[i], b.q[i]); });
    }
    static F32 mul(F32 a, F32 b) {
        return each<F32>([&](int i) { return vmulq_f32(a.q[i], b.q[i]); });
    }
    static F32 add(F32 a, F32 b) {
        return each<F32>([&](int i) { return vaddq_f32(a.q[i], b.q[i]); });
    }
    static F32 div(F32 a, F32 b) {
        return each<F32>([&](int i) { return vdivq_f32(a.q[i], b.q[i]); });
    }
    static F32 max(F32 a, F32 b) {
        return each<F32>([&](int i) { return vmaxq_f32(a.q[i], b.q[i]); });
    }
    static F32 min(F32 a, F32 b) {
        return each<F32>([&](int i) { return vminq_f32(a.q[i], b.q[i]); });
    }
    static F32 neg(F32 a) {
        return each<F32>([&](int i) { return vnegq_f32(a.q[i]); });
    }
    static float reduce_add(F32 a) {
        return vaddvq_f32(vaddq_f32(vaddq_f32(a.q[0], a.q[1]), vaddq_f32(a.q[2], a.q[3])));
    }
    static float reduce_max(F32 a) {
        return vmaxvq_f32(vmaxq_f32(vmaxq_f32(a.q[0], a.q[1]), vmaxq_f32(a.q[2], a.q[3])));
    }

  private:
    static F32 widen_u8(uint8x16_t b) {
        const uint16x8_t low = vmovl_u8(vget_low_u8(b)), high = vmovl_u8(vget_high_u8(b));
        return {{vcvtq_f32_u32(vmovl_u16(vget_low_u16(low))), vcvtq_f32_u32(vmovl_u16(vget_high_u16(low))),
                 vcvtq_f32_u32(vmovl_u16(vget_low_u16(high))), vcvtq_f32_u32(vmovl_u16(vget_high_u16(high)))}};
    }
};

}  // namespace phonon
