#pragma once
// Vectors of the avx512vnni level: one 512-bit register each. See scalar.h for what every name means.

#include <immintrin.h>

#include <cstdint>
#include <cstring>

namespace phonon {

struct Avx512VnniSimd {
    static constexpr const char* kName = "avx512vnni";
    // 12 integer and 12 float sums, one vector of weights and the scales fill the 32 registers.
    static constexpr int kQuantTokens = 12, kFloatTokens = 24;
    static constexpr int kByteShift = 7;
    static constexpr bool kPrefetch = true;
    static constexpr bool kPairs = false;
    static constexpr bool kNarrow = false;
    static constexpr int kColumnBlocks = 2;

    using Bytes = __m512i;
    using I32 = __m512i;
    using F32 = __m512;

    static Bytes load(const void* p) { return _mm512_loadu_si512(p); }
    static Bytes for_dot8(Bytes x) { return x; }  // what dot8 wants of biased codes
    static void store(void* p, Bytes x) { _mm512_storeu_si512(p, x); }
    static Bytes low(Bytes x) { return _mm512_and_si512(x, _mm512_set1_epi8(15)); }
    static Bytes high(Bytes x) { return low(_mm512_srli_epi16(x, 4)); }
    static Bytes flip(Bytes x) { return _mm512_xor_si512(x, _mm512_set1_epi8(-128)); }
    static Bytes pack_nibbles(Bytes lo, Bytes hi) { return bit_or(lo, _mm512_slli_epi16(hi, 4)); }
    template <int shift>
    static Bytes two_bits(Bytes x) {
        return _mm512_and_si512(_mm512_srli_epi16(x, shift), _mm512_set1_epi8(3));
    }
    static Bytes pack_pairs(Bytes a, Bytes b, Bytes c, Bytes d) {
        return bit_or(bit_or(a, _mm512_slli_epi16(b, 2)), bit_or(_mm512_slli_epi16(c, 4), _mm512_slli_epi16(d, 6)));
    }
    template <int shift>
    static Bytes with_high2(Bytes x, Bytes y) {
        const Bytes moved = shift < 4 ? _mm512_slli_epi16(y, 4 - shift) : _mm512_srli_epi16(y, shift - 4);
        return _mm512_ternarylogic_epi32(x, moved, _mm512_set1_epi8(0x30), 0xf8);  // x | (moved & 0x30)
    }
    static Bytes bit_or(Bytes x, Bytes y) { return _mm512_or_si512(x, y); }
    static void gather4(const std::byte* const* rows, int64_t offset, Bytes* out) {
        __m512i q[4];  // row r, r + 4, r + 8, r + 12
        for (int r = 0; r < 4; r++) {
            const auto at = [&](int i) {
                return _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows[r + i] + offset));
            };
            q[r] = join(_mm256_set_m128i(at(4), at(0)), _mm256_set_m128i(at(12), at(8)));
        }
        const __m512i a = _mm512_unpacklo_epi32(q[0], q[1]), b = _mm512_unpacklo_epi32(q[2], q[3]);
        const __m512i c = _mm512_unpackhi_epi32(q[0], q[1]), d = _mm512_unpackhi_epi32(q[2], q[3]);
        out[0] = _mm512_unpacklo_epi64(a, b);
        out[1] = _mm512_unpackhi_epi64(a, b);
        out[2] = _mm512_unpacklo_epi64(c, d);
        out[3] = _mm512_unpackhi_epi64(c, d);
    }
    static void interleave4(const Bytes* c, Bytes* out) {
        const __m512i a = _mm512_unpacklo_epi8(c[0], c[1]), b = _mm512_unpacklo_epi8(c[2], c[3]);
        const __m512i d = _mm512_unpackhi_epi8(c[0], c[1]), e = _mm512_unpackhi_epi8(c[2], c[3]);
        out[0] = _mm512_unpacklo_epi16(a, b);
        out[1] = _mm512_unpackhi_epi16(a, b);
        out[2] = _mm512_unpacklo_epi16(d, e);
        out[3] = _mm512_unpackhi_epi16(d, e);
    }
    static void split16(Bytes x, uint16_t* lo, uint16_t* hi) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(lo), _mm512_cvtepi32_epi16(x));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(hi), _mm512_cvtepi32_epi16(_mm512_srli_epi32(x, 16)));
    }

    static I32 splat_i(int32_t a) { return _mm512_set1_epi32(a); }
    static I32 add(I32 a, I32 b) { return _mm512_add_epi32(a, b); }
    static I32 sub(I32 a, I32 b) { return _mm512_sub_epi32(a, b); }
    static I32 half(I32 n) { return _mm512_srai_epi32(n, 1); }
    template <int shift>
    static I32 splat_shifted(const int32_t* p) {
        return _mm512_slli_epi32(_mm512_set1_epi32(*p), shift);
    }
    static I32 dot(I32 acc, Bytes w, const int8_t* a) {
        int32_t four;
        memcpy(&four, a, sizeof four);
        return _mm512_dpbusd_epi32(acc, w, _mm512_set1_epi32(four));
    }
    static I32 dot8(I32 acc, Bytes w, const int8_t* a) { return dot(acc, w, a); }
    static void store_i32(int32_t* p, I32 a) { _mm512_storeu_si512(p, a); }
    static int32_t reduce_add(I32 a) { return _mm512_reduce_add_epi32(a); }
    static void store_i8(int8_t* p, I32 a) { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(a)); }

    static F32 zero() { return _mm512_setzero_ps(); }
    static F32 splat(float a) { return _mm512_set1_ps(a); }
    static F32 load_f32(const void* p) { return _mm512_loadu_ps(p); }
    static F32 load_f16(const void* p) { return _mm512_cvtph_ps(half_load(p)); }
    static F32 load_bf16(const void* p) {
        return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(half_load(p)), 16));
    }
    static F32 load_u8(const void* p) {
        return to_float(_mm512_cvtepu8_epi32(_mm_loadu_si128(static_cast<const __m128i*>(p))));
    }
    static F32 load_i8(const void* p) {
        return to_float(_mm512_cvtepi8_epi32(_mm_loadu_si128(static_cast<const __m128i*>(p))));
    }
    static void load_nibbles(const void* p, F32& low, F32& high) {
        const __m128i v = _mm_loadu_si128(static_cast<const __m128i*>(p)), mask = _mm_set1_epi8(15);
        low = to_float(_mm512_cvtepu8_epi32(_mm_and_si128(v, mask)));
        high = to_float(_mm512_cvtepu8_epi32(_mm_and_si128(_mm_srli_epi16(v, 4), mask)));
    }
    static void store_f32(float* p, F32 a) { _mm512_storeu_ps(p, a); }
    static void store_f16(uint16_t* p, F32 a) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtps_ph(a, _MM_FROUND_TO_NEAREST_INT));
    }
    static F32 to_float(I32 a) { return _mm512_cvtepi32_ps(a); }
    static I32 to_int(F32 a) { return _mm512_cvtps_epi32(a); }
    static F32 pow2(I32 n) { return _mm512_castsi512_ps(_mm512_slli_epi32(add(n, splat_i(127)), 23)); }
    static F32 fma(F32 a, F32 b, F32 c) { return _mm512_fmadd_ps(a, b, c); }
    static F32 mul(F32 a, F32 b) { return _mm512_mul_ps(a, b); }
    static F32 add(F32 a, F32 b) { return _mm512_add_ps(a, b); }
    static F32 div(F32 a, F32 b) { return _mm512_div_ps(a, b); }
    static F32 max(F32 a, F32 b) { return _mm512_max_ps(a, b); }
    static F32 min(F32 a, F32 b) { return _mm512_min_ps(a, b); }
    static F32 neg(F32 a) { return _mm512_xor_ps(a, splat(-0.0f)); }
    static float reduce_add(F32 a) { return _mm512_reduce_add_ps(a); }
    static float reduce_max(F32 a) { return _mm512_reduce_max_ps(a); }

  private:
    static __m256i half_load(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }
    static Bytes join(__m256i a, __m256i b) { return _mm512_inserti64x4(_mm512_castsi256_si512(a), b, 1); }
};

}  // namespace phonon
