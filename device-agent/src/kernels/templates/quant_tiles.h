#pragma once
// Products of quantised tiles: N tokens against 16 rows, all sums in registers.
//
// A row's sum is taken group by group in the order of the columns, whatever N: decoding a token and prefilling it give
// the same bits.

#include "kernels/templates/common.h"

namespace phonon {

// What a code may be, which decides how many products fit the sums of a level that has only 16 bits for them.
enum class Codes : uint8_t { four_bits, six_bits, bytes };

// Sums of `depth` vectors' pairs stay in 16 bits: 8 * 2 * 15 * 127 and 2 * 2 * 63 * 127 are below 2^15.
template <class S, int depth, int count, int N, class Get>
PHONON_INLINE_FN void accumulate_narrow(typename S::I32 (&acc)[N], const int8_t* codes, const Get& get) {
    typename S::I16 part[N];
    PHONON_UNROLL
    for (int j = 0; j < count; j++) {
        const typename S::Bytes w = get(j);
        PHONON_UNROLL
        for (int t = 0; t < N; t++) {
            const typename S::I16 pairs = S::dot_narrow(w, codes + t * kGroup + j * 4);
            part[t] = j % depth == 0 ? pairs : S::add(part[t], pairs);
            if (j % depth == depth - 1 || j == count - 1) acc[t] = S::add(acc[t], S::widen(part[t]));
        }
    }
}

// For levels that multiply two tokens by eight columns in one instruction; an odd last token goes the usual way.
template <class S, Codes kind, int count, int N, class Get>
PHONON_INLINE_FN void accumulate_pairs(typename S::I32 (&acc)[N], const int8_t* codes, const Get& get) {
    typename S::Pair pairs[N / 2];
    PHONON_UNROLL
    for (int t = 0; t < N / 2; t++) pairs[t] = S::pair_of(acc[2 * t], acc[2 * t + 1]);
    PHONON_UNROLL
    for (int j = 0; j < count; j += 2) {
        const bool bytes = kind == Codes::bytes;
        const typename S::Bytes w = bytes ? S::for_dot8(get(j)) : get(j),
                                v = bytes ? S::for_dot8(get(j + 1)) : get(j + 1);
        PHONON_UNROLL
        for (int t = 0; t < N / 2; t++) {
            const int8_t* a = codes + 2 * t * kGroup + j * 4;
            S::dot_pair(pairs[t], w, v, a, a + kGroup);
        }
        if (N % 2 != 0) {
            const int8_t* a = codes + (N - 1) * kGroup + j * 4;
            acc[N - 1] = S::dot(S::dot(acc[N - 1], w, a), v, a + 4);
        }
    }
    PHONON_UNROLL
    for (int t = 0; t < N / 2; t++) {
        acc[2 * t] = S::first(pairs[t]);
        acc[2 * t + 1] = S::second(pairs[t]);
    }
}

// acc[t] += vectors get(0 .. count - 1) . codes[t][4 * j ..], codes [N][32].
template <class S, Codes kind, int count, int N, class Get>
PHONON_INLINE_FN void accumulate(typename S::I32 (&acc)[N], const int8_t* codes, const Get& get) {
    if constexpr (S::kNarrow && kind != Codes::bytes) {
        accumulate_narrow<S, kind == Codes::four_bits ? 8 : 2, count>(acc, codes, get);
    } else if constexpr (S::kPairs && N > 1) {
        accumulate_pairs<S, kind, count>(acc, codes, get);
    } else {
        PHONON_UNROLL
        for (int j = 0; j < count; j++) {
            const typename S::Bytes w = kind == Codes::bytes ? S::for_dot8(get(j)) : get(j);
            PHONON_UNROLL
            for (int t = 0; t < N; t++) {
                const int8_t* a = codes + t * kGroup + j * 4;
                acc[t] = kind == Codes::bytes ? S::dot8(acc[t], w, a) : S::dot(acc[t], w, a);
            }
        }
    }
}

template <class S, int shift, int N>
PHONON_INLINE_FN void start(typename S::I32 (&acc)[N], const int32_t* sums) {
    PHONON_UNROLL
    for (int t = 0; t < N; t++) acc[t] = shift == 0 ? S::splat_i(0) : S::template splat_shifted<shift>(sums + t);
}

// Decoding streams every tile once: ask for what comes some hundred nanoseconds later, kAhead bytes on, into the cache
// of a level (3: the first, 2: the second). Called all along a tile, because a burst of requests would only queue.
template <class S, int N, int kAhead = 4096, int kLocality = 3>
PHONON_INLINE_FN void prefetch(const std::byte* p, int bytes) {
    if constexpr (S::kPrefetch && N == 1) {
        PHONON_UNROLL
        for (int i = 0; i < bytes; i += 64) __builtin_prefetch(p + kAhead + i, 0, kLocality);
    }
}

template <class S, WeightType type>
struct GroupTile {  // q4_0, q8_0
    template <int N>
    PHONON_INLINE_FN void group(const std::byte* w, const std::byte* scales, const BlockView& x, int64_t g,
                                typename S::F32 (&sum)[N]) {
        const int8_t* codes = x.codes + g * N * kGroup;
        typename S::I32 acc[N];
        if constexpr (type == WeightType::q4_0) {
            start<S, 3>(acc, x.sums + g * N);
            accumulate<S, Codes::four_bits, 8>(acc, codes, [&](int j) PHONON_INLINE {
                return j < 4 ? S::low(S::load(w + 64 * j)) : S::high(S::load(w + 64 * (j - 4)));
            });
        } else {
            start<S, S::kByteShift>(acc, x.sums + g * N);
            accumulate<S, Codes::bytes, 8>(acc, codes, [&](int j) PHONON_INLINE { return S::load(w + 64 * j); });
        }
        const typename S::F32 d = S::load_f16(scales);
        PHONON_UNROLL
        for (int t = 0; t < N; t++) {
            sum[t] = S::fma(S::to_float(acc[t]), S::mul(d, S::splat(x.scales[g * N + t])), sum[t]);
        }
    }

    template <int N>
    PHONON_INLINE_FN void run(const std::byte* tile, int64_t cols, const BlockView& x, typename S::F32 (&sum)[N]) {
        constexpr int kCodes = static_cast<int>(group_code_bytes(type)), kPair = 2 * kCodes + 64;
        const int64_t groups = cols / kGroup;
        int64_t g = 0;
        for (; g + 1 < groups; g += 2, tile += kPair) {
            prefetch<S, N>(tile, kPair);
            group<N>(tile + 64, tile, x, g, sum);
            group<N>(tile + 64 + kCodes, tile + 32, x, g + 1, sum);
        }
        if (g < groups) group<N>(tile + 64, tile, x, g, sum);
    }
};

template <class S>
struct Q4KTile {
    template <int N>
    PHONON_INLINE_FN void run(const std::byte* tile, int64_t cols, const BlockView& x, typename S::F32 (&sum)[N]) {
        for (int64_t s = 0; s < cols / kSuper; s++, tile += kQ4_KTileBytes) {
            const std::byte *subs = tile, *minima = tile + 128, *d = tile + 256, *w = tile + 320;
            typename S::F32 part[N];
            PHONON_UNROLL
            for (int t = 0; t < N; t++) part[t] = S::zero();
            for (int g = 0; g < 8; g++) {
                const std::byte* v = w + g / 2 * 512;
                prefetch<S, N>(tile + g * 320, 320);
                typename S::I32 acc[N];
                start<S, 0>(acc, nullptr);
                const int8_t* codes = x.codes + (s * 8 + g) * N * kGroup;
                if (g % 2 == 0) {
                    accumulate<S, Codes::four_bits, 8>(
                        acc, codes, [&](int j) PHONON_INLINE { return S::low(S::load(v + 64 * j)); });
                } else {
                    accumulate<S, Codes::four_bits, 8>(
                        acc, codes, [&](int j) PHONON_INLINE { return S::high(S::load(v + 64 * j)); });
                }
                const typename S::F32 scale = S::load_u8(subs + 16 * g);
                PHONON_UNROLL
                for (int t = 0; t < N; t++) part[t] = S::fma(S::to_float(acc[t]), scale, part[t]);
            }
            add_scaled<N>(d, x, s, part, sum);
            PHONON_UNROLL
            for (int t = 0; t < N; t++) part[t] = S::zero();
            for (int g = 0; g < 8; g++) {
                const typename S::F32 minimum = S::load_u8(minima + 16 * g);
                const float* sums = x.group_sums + (s * 8 + g) * N;
                PHONON_UNROLL
                for (int t = 0; t < N; t++) part[t] = S::fma(S::splat(sums[t]), minimum, part[t]);
            }
            add_scaled<N>(d + 32, x, s, part, sum);
        }
    }

    template <int N>
    PHONON_INLINE_FN void add_scaled(const std::byte* d, const BlockView& x, int64_t s, typename S::F32 (&part)[N],
                                     typename S::F32 (&sum)[N]) {
        const typename S::F32 scale = S::load_f16(d);
        PHONON_UNROLL
        for (int t = 0; t < N; t++) {
            sum[t] = S::fma(part[t], S::mul(scale, S::splat(x.scales[s * N + t])), sum[t]);
        }
    }
};

template <class S>
struct Q6KTile {
    // Columns 4 * j of 16, from their three vectors.
    PHONON_INLINE_FN typename S::Bytes unpack(const std::byte* w, int j) {
        const typename S::Bytes nibbles = S::load(w + j % 2 * 64), high = S::load(w + 128);
        switch (j) {
            case 0:
                return S::template with_high2<0>(S::low(nibbles), high);
            case 1:
                return S::template with_high2<2>(S::low(nibbles), high);
            case 2:
                return S::template with_high2<4>(S::high(nibbles), high);
            default:
                return S::template with_high2<6>(S::high(nibbles), high);
        }
    }

    template <int N>
    PHONON_INLINE_FN void run(const std::byte* tile, int64_t cols, const BlockView& x, typename S::F32 (&sum)[N]) {
        for (int64_t s = 0; s < cols / kSuper; s++, tile += kQ6_KTileBytes) {
            typename S::F32 part[N];
            PHONON_UNROLL
            for (int t = 0; t < N; t++) part[t] = S::zero();
            for (int h = 0; h < 16; h++) {
                const std::byte* w = tile + 320 + h * 192;
                const int64_t group = s * 8 + h / 2;
                const int8_t* codes = x.codes + group * N * kGroup + h % 2 * 16;
                prefetch<S, N>(tile + h * 212, 212);
                typename S::I32 acc[N];
                start<S, 5>(acc, x.sums + (s * 16 + h) * N);
                accumulate<S, Codes::six_bits, 4>(acc, codes, [&](int j) PHONON_INLINE { return unpack(w, j); });
                const typename S::F32 scale = S::load_i8(tile + h * 16);
                PHONON_UNROLL
                for (int t = 0; t < N; t++) part[t] = S::fma(S::to_float(acc[t]), scale, part[t]);
            }
            const typename S::F32 d = S::load_f16(tile + 256);
            PHONON_UNROLL
            for (int t = 0; t < N; t++) {
                sum[t] = S::fma(part[t], S::mul(d, S::splat(x.scales[s * N + t])), sum[t]);
            }
        }
    }
};

}  // namespace phonon
