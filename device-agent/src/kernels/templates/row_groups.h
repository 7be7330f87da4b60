#pragma once
// Sixteen rows of Q4_0 or Q8_0 as they lie in a file, 256 columns at a time, without a tile between.
//
// A block is a scale of two bytes and the codes of 32 columns, so two blocks are an odd number of dwords: the first
// begins with its scale and its first two codes in one dword, and ends with its last two codes and the other's scale.
// These dwords are transposed with all the rest. Where codes stand beside a scale, activations of zero meet the scale.

#include "kernels/templates/quant_tiles.h"

namespace phonon {

constexpr int64_t kPieceColumns = 256;  // a multiple of every format's block
constexpr int kPiecePairs = kPieceColumns / (2 * kGroup);

constexpr bool has_row_groups(WeightType type) {
    return type == WeightType::q4_0 || type == WeightType::q8_0;
}

// Of a block's codes: dwords, and how many columns' codes share a byte.
template <WeightType type>
constexpr int kCodeDwords = type == WeightType::q4_0 ? 4 : 8;
template <WeightType type>
constexpr int kPlanes = type == WeightType::q4_0 ? 2 : 1;

// Activations of the first of two blocks: each plane's, two bytes on, between zeros.
template <WeightType type>
constexpr int kShiftedPlane = 4 * (kCodeDwords<type> + 1);
template <WeightType type>
constexpr int kShiftedPiece = kPlanes<type>* kShiftedPlane<type>* kPiecePairs;
constexpr int64_t kMostShifted = 64 * 160;  // bytes: 16,384 columns of Q4_0

// Writes them, and returns for how many columns, whole pieces.
template <WeightType type>
static int64_t shift_codes(const int8_t* codes, int64_t cols, int8_t* out) {
    constexpr int kPlane = 4 * kCodeDwords<type>;
    const int64_t pieces = std::min<int64_t>(cols / kPieceColumns, kMostShifted / kShiftedPiece<type>);
    for (int64_t pair = 0; pair < pieces * kPiecePairs; pair++) {
        for (int p = 0; p < kPlanes<type>; p++, out += kShiftedPlane<type>) {
            memset(out, 0, kShiftedPlane<type>);
            memcpy(out + 2, codes + pair * 2 * kGroup + p * kPlane, kPlane);
        }
    }
    return pieces * kPieceColumns;
}

// The 16-bit values in the lower or the upper halves of dwords.
template <class S>
PHONON_INLINE_FN typename S::F32 halves(typename S::Bytes dwords, bool upper) {
    alignas(64) uint16_t lo[kTileRows], hi[kTileRows];
    S::split16(dwords, lo, hi);
    return S::load_f16(upper ? hi : lo);
}

template <class S, WeightType type, int count>
PHONON_INLINE_FN void add_row_group(const typename S::Bytes* v, typename S::F32 d, const int8_t* codes,
                                    const BlockView& x, int64_t g, typename S::F32 (&sum)[1]) {
    typename S::I32 acc[1];
    if constexpr (type == WeightType::q4_0) {
        start<S, 3>(acc, x.sums + g);
        accumulate<S, Codes::four_bits, 2 * count>(
            acc, codes, [&](int j) PHONON_INLINE { return j < count ? S::low(v[j]) : S::high(v[j - count]); });
    } else {
        start<S, S::kByteShift>(acc, x.sums + g);
        accumulate<S, Codes::bytes, count>(acc, codes, [&](int j) PHONON_INLINE { return S::flip(v[j]); });
    }
    sum[0] = S::fma(S::to_float(acc[0]), S::mul(d, S::splat(x.scales[g])), sum[0]);
}

// sum += 256 columns of the rows, with `x` and its shifted codes at the first of them. `fetch` is told before each 16
// bytes of the rows where they are.
template <class S, WeightType type, class Fetch>
PHONON_INLINE_FN void add_row_groups(const std::byte* const* rows, const BlockView& x, const int8_t* shifted,
                                     const Fetch& fetch, typename S::F32 (&sum)[1]) {
    constexpr int kCodes = kCodeDwords<type>, kPair = 2 * kCodes + 1;
    typename S::Bytes v[kPiecePairs * kPair];
    PHONON_UNROLL
    for (int h = 0; h < kPiecePairs; h++) {
        PHONON_UNROLL
        for (int j = h * kPair; j < (h + 1) * kPair; j++) {
            if (j % 4 != 0) continue;
            fetch(4 * j);
            S::gather4(rows, 4 * j, v + j);
        }
        const typename S::Bytes* pair = v + h * kPair;
        add_row_group<S, type, kCodes + 1>(pair, halves<S>(pair[0], false),
                                           shifted + h * kPlanes<type> * kShiftedPlane<type>, x, 2 * h, sum);
        add_row_group<S, type, kCodes>(pair + kCodes + 1, halves<S>(pair[kCodes], true), x.codes + (2 * h + 1) * kGroup,
                                       x, 2 * h + 1, sum);
    }
}

}  // namespace phonon
