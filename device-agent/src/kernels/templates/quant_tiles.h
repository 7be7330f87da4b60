#pragma once
// Products of quantised tiles: N tokens against 16 rows, all sums in registers.
//
// A row's sum is taken group by group in the order of the columns, whatever N: decoding a token and prefilling it give
// the same bits.

#include "kernels/templates/common.h"

namespace phonon {

// acc[t] += vectors get(0..count-1) . codes[t][4 * j ..]; [N][32] codes.
template <class S, bool wide, int count, int N, class Get>
PHONON_INLINE_FN void accumulate(typename S::I32 (&acc)[N], const int8_t* codes, const Get& get) {
    PHONON_UNROLL
    for (int j = 0; j < count; j++) {
        const typename S::Bytes w = get(j);
        PHONON_UNROLL
        for (int t = 0; t < N; t++) {
            const int8_t* a = codes + t * kGroup + j * 4;
            acc[t] = wide ? S::dot8(acc[t], w, a) : S::dot(acc[t], w, a);
        }
    }
}

template <class S, int shift, int N>
PHONON_INLINE_FN void start(typename S::I32 (&acc)[N], const int32_t* sums) {
    PHONON_UNROLL
    for (int t = 0; t < N; t++) acc[t] = shift == 0 ? S::splat_i(0) : S::template splat_shifted<shift>(sums + t);
}

// Decoding streams every tile once: ask for what comes some microseconds later.
template <class S, int N>
PHONON_INLINE_FN void prefetch(const std::byte* p, int bytes) {
    if constexpr (S::kPrefetch && N == 1) {
        PHONON_UNROLL
        for (int i = 0; i < bytes; i += 64) __builtin_prefetch(p + S::kPrefetchDistance + i, 0, 3);
    }
}

template <class S, bool four_bit>
struct GroupTile {  // q4_0, q8_0
    static constexpr int kCodeBytes = four_bit ? 256 : 512;
    template <int N>
    PHONON_INLINE_FN void run(const std::byte* tile, int64_t cols, const BlockView& x, typename S::F32 (&sum)[N]) {
        const int64_t groups = cols / kGroup;
        const std::byte* scales = tile + groups * kCodeBytes;
        for (int64_t g = 0; g < groups; g++) {
            const std::byte* w = tile + g * kCodeBytes;
            const int8_t* codes = x.codes + g * N * kGroup;
            prefetch<S, N>(w, kCodeBytes);
            typename S::I32 acc[N];
            if constexpr (four_bit) {
                start<S, 3>(acc, x.sums + g * N);
                accumulate<S, false, 4>(acc, codes, [&](int j) PHONON_INLINE { return S::low(S::load(w + 64 * j)); });
                accumulate<S, false, 4>(acc, codes + 16,
                                        [&](int j) PHONON_INLINE { return S::high(S::load(w + 64 * j)); });
            } else {
                start<S, S::kByteShift>(acc, x.sums + g * N);
                accumulate<S, true, 8>(acc, codes, [&](int j) PHONON_INLINE { return S::load(w + 64 * j); });
            }
            const typename S::F32 d = S::load_f16(scales + g * 32);
            PHONON_UNROLL
            for (int t = 0; t < N; t++) {
                sum[t] = S::fma(S::to_float(acc[t]), S::mul(d, S::splat(x.scales[g * N + t])), sum[t]);
            }
        }
    }
};

template <class S>
struct Q4KTile {
    template <int N>
    PHONON_INLINE_FN void run(const std::byte* tile, int64_t cols, const BlockView& x, typename S::F32 (&sum)[N]) {
        for (int64_t s = 0; s < cols / kSuper; s++, tile += kQ4_KTileBytes) {
            const std::byte *subs = tile, *minima = tile + 128, *d = tile + 256, *w = tile + 320;
            prefetch<S, N>(tile, kQ4_KTileBytes);
            typename S::F32 part[N];
            PHONON_UNROLL
            for (int t = 0; t < N; t++) part[t] = S::zero();
            for (int g = 0; g < 8; g++) {
                const std::byte* v = w + g / 2 * 512;
                typename S::I32 acc[N];
                start<S, 0>(acc, nullptr);
                const int8_t* codes = x.codes + (s * 8 + g) * N * kGroup;
                if (g % 2 == 0) {
                    accumulate<S, false, 8>(acc, codes,
                                            [&](int j) PHONON_INLINE { return S::low(S::load(v + 64 * j)); });
                } else {
                    accumulate<S, false, 8>(acc, codes,
                                            [&](int j) PHONON_INLINE { return S::high(S::load(v + 64 * j)); });
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
    // One half of 16 columns: group g of the half super block, columns 16h.. of the group.
    template <int g, int h, int N>
    PHONON_INLINE_FN void sixteen(const std::byte* half, const std::byte* scales, const BlockView& x, int64_t group,
                                  typename S::F32 (&part)[N]) {
        const std::byte *low = half + g % 2 * 512 + h * 256, *high = half + 1024 + h * 256;
        typename S::I32 acc[N];
        start<S, 5>(acc, x.sums + (group * 2 + h) * N);
        accumulate<S, false, 4>(acc, x.codes + group * N * kGroup + h * 16, [&](int j) PHONON_INLINE {
            const typename S::Bytes nibbles = S::load(low + 64 * j);
            return S::template with_high2<2 * g>(g < 2 ? S::low(nibbles) : S::high(nibbles), S::load(high + 64 * j));
        });
        const typename S::F32 scale = S::load_i8(scales + (2 * g + h) * 16);
        PHONON_UNROLL
        for (int t = 0; t < N; t++) part[t] = S::fma(S::to_float(acc[t]), scale, part[t]);
    }

    template <int N>
    PHONON_INLINE_FN void run(const std::byte* tile, int64_t cols, const BlockView& x, typename S::F32 (&sum)[N]) {
        for (int64_t s = 0; s < cols / kSuper; s++, tile += kQ6_KTileBytes) {
            prefetch<S, N>(tile, kQ6_KTileBytes);
            typename S::F32 part[N];
            PHONON_UNROLL
            for (int t = 0; t < N; t++) part[t] = S::zero();
            for (int i = 0; i < 2; i++) {
                const std::byte *half = tile + 320 + i * 1536, *scales = tile + i * 128;
                const int64_t group = s * 8 + i * 4;
                sixteen<0, 0>(half, scales, x, group, part);
                sixteen<0, 1>(half, scales, x, group, part);
                sixteen<1, 0>(half, scales, x, group + 1, part);
                sixteen<1, 1>(half, scales, x, group + 1, part);
                sixteen<2, 0>(half, scales, x, group + 2, part);
                sixteen<2, 1>(half, scales, x, group + 2, part);
                sixteen<3, 0>(half, scales, x, group + 3, part);
                sixteen<3, 1>(half, scales, x, group + 3, part);
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
