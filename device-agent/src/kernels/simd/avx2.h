#pragma once
// Vectors of the avx2 level: two 256-bit registers each, `lo` the first half. See scalar.h for what every name means.

#include <immintrin.h>

#include <cstdint>
#include <cstring>

namespace phonon {

struct Avx2Simd {
    static constexpr const char* kName = "avx2";
    static constexpr int kQuantTokens = 4, kFloatTokens = 6;
    static constexpr int kByteShift = 0;  // dot8 wants signed codes: flip() has made them so
    static constexpr bool kPrefetch = true;
    static constexpr bool kPairs = false;
    static constexpr bool kNarrow = true;
    static constexpr int kColumnBlocks = 1;

    struct Bytes {
        __m256i lo, hi;
    };
    struct I32 {
        __m256i lo, hi;
    };
    struct I16 {
        __m256i lo, hi;
    };
    struct F32 {
        __m256 lo, hi;
    };

    static Bytes load(const void* p) { return {half_load(p), half_load(static_cast<const char*>(p) + 32)}; }
    static Bytes for_dot8(Bytes x) { return flip(x); }
    static void store(void* p, Bytes x) {
        _mm256_storeu_si256(static_cast<__m256i*>(p), x.lo);
        _mm256_storeu_si256(static_cast<__m256i*>(p) + 1, x.hi);
    }
    static Bytes low(Bytes x) { return {nibble(x.lo), nibble(x.hi)}; }
    static Bytes high(Bytes x) { return {nibble(_mm256_srli_epi16(x.lo, 4)), nibble(_mm256_srli_epi16(x.hi, 4))}; }
    static Bytes flip(Bytes x) {
        const __m256i sign = _mm256_set1_epi8(-128);
        return {_mm256_xor_si256(x.lo, sign), _mm256_xor_si256(x.hi, sign)};
    }
    static Bytes bit_or(Bytes x, Bytes y) { return {_mm256_or_si256(x.lo, y.lo), _mm256_or_si256(x.hi, y.hi)}; }
    template <int shift>
    static Bytes up(Bytes x) {
        return {_mm256_slli_epi16(x.lo, shift), _mm256_slli_epi16(x.hi, shift)};
    }
    static Bytes pack_nibbles(Bytes lo, Bytes hi) { return bit_or(lo, up<4>(hi)); }
    template <int shift>
    static Bytes two_bits(Bytes x) {
        const __m256i mask = _mm256_set1_epi8(3);
        return {_mm256_and_si256(_mm256_srli_epi16(x.lo, shift), mask),
                _mm256_and_si256(_mm256_srli_epi16(x.hi, shift), mask)};
    }
    static Bytes pack_pairs(Bytes a, Bytes b, Bytes c, Bytes d) {
        return bit_or(bit_or(a, up<2>(b)), bit_or(up<4>(c), up<6>(d)));
    }
    template <int shift>
    static Bytes with_high2(Bytes x, Bytes y) {
        return bit_or(x, up<4>(two_bits<shift>(y)));
    }
    static void gather4(const std::byte* const* rows, int64_t offset, Bytes* out) {
        const auto transpose = [&](int first, __m256i* to) {  // rows first .. first + 7
            __m256i q[4];
            for (int r = 0; r < 4; r++) {
                q[r] = _mm256_set_m128i(quarter_load(rows[first + 4 + r] + offset),
                                        quarter_load(rows[first + r] + offset));
            }
            const __m256i a = _mm256_unpacklo_epi32(q[0], q[1]), b = _mm256_unpacklo_epi32(q[2], q[3]);
            const __m256i c = _mm256_unpackhi_epi32(q[0], q[1]), d = _mm256_unpackhi_epi32(q[2], q[3]);
            to[0] = _mm256_unpacklo_epi64(a, b);
            to[1] = _mm256_unpackhi_epi64(a, b);
            to[2] = _mm256_unpacklo_epi64(c, d);
            to[3] = _mm256_unpackhi_epi64(c, d);
        };
        __m256i lo[4], hi[4];
        transpose(0, lo);
        transpose(8, hi);
        for (int j = 0; j < 4; j++) out[j] = {lo[j], hi[j]};
    }
    static void interleave4(const Bytes* c, Bytes* out) {
        const auto half = [](__m256i c0, __m256i c1, __m256i c2, __m256i c3, __m256i* to) {
            const __m256i a = _mm256_unpacklo_epi8(c0, c1), b = _mm256_unpacklo_epi8(c2, c3);
            const __m256i d = _mm256_unpackhi_epi8(c0, c1), e = _mm256_unpackhi_epi8(c2, c3);
            to[0] = _mm256_unpacklo_epi16(a, b);
            to[1] = _mm256_unpackhi_epi16(a, b);
            to[2] = _mm256_unpacklo_epi16(d, e);
            to[3] = _mm256_unpackhi_epi16(d, e);
        };
        __m256i lo[4], hi[4];
        half(c[0].lo, c[1].lo, c[2].lo, c[3].lo, lo);
        half(c[0].hi, c[1].hi, c[2].hi, c[3].hi, hi);
        for (int k = 0; k < 4; k++) out[k] = {lo[k], hi[k]};
    }
    static void split16(Bytes x, uint16_t* lo, uint16_t* hi) {
        const __m256i mask = _mm256_set1_epi32(0xffff);
        const auto pack = [](__m256i a, __m256i b, uint16_t* to) {
            const __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(a, b), 0xd8);
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), packed);
        };
        pack(_mm256_and_si256(x.lo, mask), _mm256_and_si256(x.hi, mask), lo);
        pack(_mm256_srli_epi32(x.lo, 16), _mm256_srli_epi32(x.hi, 16), hi);
    }

    static I32 splat_i(int32_t a) { return {_mm256_set1_epi32(a), _mm256_set1_epi32(a)}; }
    static I32 add(I32 a, I32 b) { return {_mm256_add_epi32(a.lo, b.lo), _mm256_add_epi32(a.hi, b.hi)}; }
    static I32 sub(I32 a, I32 b) { return {_mm256_sub_epi32(a.lo, b.lo), _mm256_sub_epi32(a.hi, b.hi)}; }
    static I32 half(I32 n) { return {_mm256_srai_epi32(n.lo, 1), _mm256_srai_epi32(n.hi, 1)}; }
    template <int shift>
    static I32 splat_shifted(const int32_t* p) {
        return splat_i(*p * (1 << shift));
    }
    // Sums of pairs, which may be added up while they fit 16 bits; see accumulate().
    static I16 dot_narrow(Bytes w, const int8_t* a) {
        const __m256i four = splat4(a);
        return {_mm256_maddubs_epi16(w.lo, four), _mm256_maddubs_epi16(w.hi, four)};
    }
    static I16 add(I16 a, I16 b) { return {_mm256_add_epi16(a.lo, b.lo), _mm256_add_epi16(a.hi, b.hi)}; }
    static I32 widen(I16 a) {
        const __m256i ones = _mm256_set1_epi16(1);
        return {_mm256_madd_epi16(a.lo, ones), _mm256_madd_epi16(a.hi, ones)};
    }
    static I32 dot(I32 acc, Bytes w, const int8_t* a) { return add(acc, widen(dot_narrow(w, a))); }
    // |w| <= 128 and |a| <= 127: a pair's sum just fits 16 bits.
    static I32 dot8(I32 acc, Bytes w, const int8_t* a) {
        const __m256i four = splat4(a);
        return add(acc, widen({signed_pairs(w.lo, four), signed_pairs(w.hi, four)}));
    }
    static void store_i32(int32_t* p, I32 a) { store(p, {a.lo, a.hi}); }
    static int32_t reduce_add(I32 a) {
        alignas(32) int32_t v[8];
        _mm256_store_si256(reinterpret_cast<__m256i*>(v), _mm256_add_epi32(a.lo, a.hi));
        return v[0] + v[1] + v[2] + v[3] + v[4] + v[5] + v[6] + v[7];
    }
    static void store_i8(int8_t* p, I32 a) {
        const __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(a.lo, a.hi), 0xd8);
        const __m128i bytes = _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(p), bytes);
    }

    static F32 zero() { return {_mm256_setzero_ps(), _mm256_setzero_ps()}; }
    static F32 splat(float a) { return {_mm256_set1_ps(a), _mm256_set1_ps(a)}; }
    static F32 load_f32(const void* p) {
        const float* f = static_cast<const float*>(p);
        return {_mm256_loadu_ps(f), _mm256_loadu_ps(f + 8)};
    }
    static F32 load_f16(const void* p) {
        const __m128i* h = static_cast<const __m128i*>(p);
        return {_mm256_cvtph_ps(_mm_loadu_si128(h)), _mm256_cvtph_ps(_mm_loadu_si128(h + 1))};
    }
    static F32 load_bf16(const void* p) {
        const __m128i* h = static_cast<const __m128i*>(p);
        const auto widen16 = [](__m128i v) {
            return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(v), 16));
        };
        return {widen16(_mm_loadu_si128(h)), widen16(_mm_loadu_si128(h + 1))};
    }
    static F32 load_u8(const void* p) {
        const __m128i v = quarter_load(p);
        return to_float({_mm256_cvtepu8_epi32(v), _mm256_cvtepu8_epi32(_mm_srli_si128(v, 8))});
    }
    static F32 load_i8(const void* p) {
        const __m128i v = quarter_load(p);
        return to_float({_mm256_cvtepi8_epi32(v), _mm256_cvtepi8_epi32(_mm_srli_si128(v, 8))});
    }
    static void load_nibbles(const void* p, F32& low, F32& high) {
        const __m128i v = quarter_load(p), mask = _mm_set1_epi8(15);
        const auto widen = [](__m128i b) {
            return to_float({_mm256_cvtepu8_epi32(b), _mm256_cvtepu8_epi32(_mm_srli_si128(b, 8))});
        };
        low = widen(_mm_and_si128(v, mask));
        high = widen(_mm_and_si128(_mm_srli_epi16(v, 4), mask));
    }
    static void store_f32(float* p, F32 a) {
        _mm256_storeu_ps(p, a.lo);
        _mm256_storeu_ps(p + 8, a.hi);
    }
    static void store_f16(uint16_t* p, F32 a) {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_cvtps_ph(a.lo, _MM_FROUND_TO_NEAREST_INT));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(p) + 1, _mm256_cvtps_ph(a.hi, _MM_FROUND_TO_NEAREST_INT));
    }
    static F32 to_float(I32 a) { return {_mm256_cvtepi32_ps(a.lo), _mm256_cvtepi32_ps(a.hi)}; }
    static I32 to_int(F32 a) { return {_mm256_cvtps_epi32(a.lo), _mm256_cvtps_epi32(a.hi)}; }
    static F32 pow2(I32 n) {
        const I32 biased = add(n, splat_i(127));
        return {_mm256_castsi256_ps(_mm256_slli_epi32(biased.lo, 23)),
                _mm256_castsi256_ps(_mm256_slli_epi32(biased.hi, 23))};
    }
    static F32 fma(F32 a, F32 b, F32 c) {
        return {_mm256_fmadd_ps(a.lo, b.lo, c.lo), _mm256_fmadd_ps(a.hi, b.hi, c.hi)};
    }
    static F32 mul(F32 a, F32 b) { return {_mm256_mul_ps(a.lo, b.lo), _mm256_mul_ps(a.hi, b.hi)}; }
    static F32 add(F32 a, F32 b) { return {_mm256_add_ps(a.lo, b.lo), _mm256_add_ps(a.hi, b.hi)}; }
    static F32 div(F32 a, F32 b) { return {_mm256_div_ps(a.lo, b.lo), _mm256_div_ps(a.hi, b.hi)}; }
    static F32 max(F32 a, F32 b) { return {_mm256_max_ps(a.lo, b.lo), _mm256_max_ps(a.hi, b.hi)}; }
    static F32 min(F32 a, F32 b) { return {_mm256_min_ps(a.lo, b.lo), _mm256_min_ps(a.hi, b.hi)}; }
    static F32 neg(F32 a) {
        const __m256 sign = _mm256_set1_ps(-0.0f);
        return {_mm256_xor_ps(a.lo, sign), _mm256_xor_ps(a.hi, sign)};
    }
    static float reduce_add(F32 a) {
        const __m256 eight = _mm256_add_ps(a.lo, a.hi);
        __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
        four = _mm_add_ps(four, _mm_movehl_ps(four, four));
        return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
    }
    static float reduce_max(F32 a) {
        const __m256 eight = _mm256_max_ps(a.lo, a.hi);
        __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
        four = _mm_max_ps(four, _mm_movehl_ps(four, four));
        return _mm_cvtss_f32(_mm_max_ss(four, _mm_movehdup_ps(four)));
    }

  private:
    static __m256i half_load(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }
    static __m128i quarter_load(const void* p) { return _mm_loadu_si128(static_cast<const __m128i*>(p)); }
    static __m256i nibble(__m256i x) { return _mm256_and_si256(x, _mm256_set1_epi8(15)); }
    static __m256i splat4(const int8_t* a) {
        int32_t four;
        memcpy(&four, a, sizeof four);
        return _mm256_set1_epi32(four);
    }
    static __m256i signed_pairs(__m256i w, __m256i a) {
        return _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(a, w));
    }
};

}  // namespace phonon
