#pragma once
// Products of a two-bit copy of a matrix with one token: what the gate predictor computes for every neuron.
//
// A weight is (code - 1.5) * scale. A tile holds 16 rows:
//   [cols / group][16] f16 scales, padded to 64 bytes; then per 32 columns 2 vectors [16 rows][4 bytes], of which the
//   first holds columns 0..15 and the second columns 16..31, columns 4k .. 4k + 3 in bits 2k and 2k + 1 of the bytes.

#include "kernels/templates/quant_tiles.h"

namespace phonon {

// Two bits take longer to compute than to read, so their lines would be evicted from the first-level cache, or their
// requests be too few, at the distance that suits the other tiles.
constexpr int kTwoBitAhead = 16 << 10;

// Columns 4 * j of 32, from their two vectors.
template <class S>
PHONON_INLINE_FN typename S::Bytes four_columns(const std::byte* w, int j) {
    const typename S::Bytes v = S::load(w + j / 4 * 64);
    switch (j % 4) {
        case 0:
            return S::template two_bits<0>(v);
        case 1:
            return S::template two_bits<2>(v);
        case 2:
            return S::template two_bits<4>(v);
        default:
            return S::template two_bits<6>(v);
    }
}

template <class S>
static void two_bit_tiles(const std::byte* tile, int64_t tiles, int64_t cols, int64_t group, const BlockView& x,
                          float* y) {
    for (int64_t t = 0; t < tiles; t++, y += kTileRows) {
        const std::byte* scales = tile;
        tile += two_bit_scale_bytes(cols, group);
        typename S::F32 sum = S::zero();
        for (int64_t c = 0; c < cols; scales += 2 * kTileRows) {
            typename S::F32 part = S::zero();
            for (const int64_t end = c + group; c < end; c += kGroup, tile += 128) {
                prefetch<S, 1, kTwoBitAhead, 2>(tile, 128);
                typename S::I32 acc[1] = {S::splat_i(0)};
                accumulate<S, Codes::four_bits, 8>(acc, x.codes + c,
                                                   [&](int j) PHONON_INLINE { return four_columns<S>(tile, j); });
                const float bias = 1.5f * static_cast<float>(x.sums[c / kGroup]);
                part = S::fma(S::add(S::to_float(acc[0]), S::splat(bias)), S::splat(x.scales[c / kGroup]), part);
            }
            sum = S::fma(part, S::load_f16(scales), sum);
        }
        S::store_f32(y, sum);
    }
}

}  // namespace phonon
