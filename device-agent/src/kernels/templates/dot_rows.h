#pragma once
// Rows of the file's format against one token, wherever they lie: what FFN by neuron reads of Gate and Up.
//
// Sixteen rows at a time are transposed. Of most formats they become a piece of a tile, which stays in the first-level
// cache, and meet the tile's micro-kernel; Q4_0 and Q8_0 stay in registers (row_groups.h). Either way a row's sum is
// taken as a dense product takes it, so it is the same bits, whatever rows it is taken with.

#include "kernels/templates/pack_rows.h"
#include "kernels/templates/row_groups.h"
#include "kernels/templates/tiles.h"

namespace phonon {

constexpr int kRowsAheadBytes = 1536;

// The micro-kernels would fetch what follows the piece.
template <class S>
struct WithoutPrefetch : S {
    static constexpr bool kPrefetch = false;
};

// A token's columns from c on.
template <WeightType type>
PHONON_INLINE_FN BlockView from_column(BlockView x, int64_t c) {
    if constexpr (is_float(type)) {
        x.values += c;
    } else {
        x.codes += c;
        x.scales += c / block_columns(type);
        x.sums += c / (is_k_quant(type) ? 16 : kGroup);
        if (is_k_quant(type)) x.group_sums += c / kGroup;
    }
    return x;
}

template <class S, WeightType type>
PHONON_INLINE_FN void add_piece(const std::byte* tile, int64_t cols, const BlockView& x, typename S::F32 (&sum)[1]) {
    using Still = WithoutPrefetch<S>;
    if constexpr (is_float(type)) {
        float_tiles<Still, type, 1, 1>(tile, 0, cols, x, sum);
    } else if constexpr (type == WeightType::q4_k) {
        Q4KTile<Still>::template run<1>(tile, cols, x, sum);
    } else if constexpr (type == WeightType::q6_k) {
        Q6KTile<Still>::template run<1>(tile, cols, x, sum);
    } else {
        GroupTile<Still, type>::template run<1>(tile, cols, x, sum);
    }
}

// Nothing but this can know where the next rows lie: while 16 bytes of each of 16 rows are computed, from `at` on, the
// four lines that they make are fetched some hundred bytes ahead, here or in `next`. No more at once: a core that is
// asked for more lines than it can wait for drops them (seen on Zen 3) or stops.
template <class S>
PHONON_INLINE_FN void fetch_rows(const std::byte* const* rows, const std::byte* const* next, int64_t at,
                                 int64_t row_size) {
    if constexpr (S::kPrefetch) {
        const int64_t ahead = at / 64 * 64 + kRowsAheadBytes;
        const std::byte* const* from = (ahead < row_size ? rows : next) + at / 16 % 4 * 4;
        const int64_t offset = ahead < row_size ? ahead : ahead - row_size;
        PHONON_UNROLL
        for (int r = 0; r < 4; r++) __builtin_prefetch(from[r] + offset, 0, 2);
    }
}

template <class S, WeightType type>
static void dot_rows(const std::byte* base, size_t stride, const int32_t* rows, int64_t count, int64_t cols,
                     const BlockView& x, float* y) {
    alignas(64) std::byte tile[tile_bytes(type, kPieceColumns)];
    alignas(64) int8_t shifted[kMostShifted];
    const int64_t direct = has_row_groups(type) ? shift_codes<type>(x.codes, cols, shifted) : 0;
    const auto row_size = row_size_of(type, cols);
    const auto find = [&](int64_t first, const std::byte** out) {
        for (int64_t r = 0; r < kTileRows; r++) {
            const int64_t k = first + r < count ? first + r : count - 1;
            out[r] = base + (rows != nullptr ? rows[k] : k) * static_cast<int64_t>(stride);
        }
    };
    const std::byte *here[kTileRows], *next[kTileRows], *piece[kTileRows];
    if (count > 0) find(0, next);
    for (int64_t k = 0; k < count; k += kTileRows) {
        memcpy(here, next, sizeof here);
        if (k + kTileRows < count) find(k + kTileRows, next);
        typename S::F32 sum[1] = {S::zero()};
        for (int64_t c = 0; c < cols; c += kPieceColumns) {
            const int64_t columns = cols - c < kPieceColumns ? cols - c : kPieceColumns;
            const auto at = row_size_of(type, c);
            const auto fetch = [&](int64_t offset) PHONON_INLINE { fetch_rows<S>(here, next, at + offset, row_size); };
            for (int r = 0; r < kTileRows; r++) piece[r] = here[r] + at;
            if constexpr (has_row_groups(type)) {
                if (c < direct) {
                    add_row_groups<S, type>(piece, from_column<type>(x, c),
                                            shifted + c / kPieceColumns * kShiftedPiece<type>, fetch, sum);
                    continue;
                }
            }
            for (int64_t i = 0; i < row_size_of(type, columns); i += 16) fetch(i);
            pack_tile<S, type>(piece, columns, tile);
            add_piece<S, type>(tile, columns, from_column<type>(x, c), sum);
        }
        store_rows<S>(y + k, sum[0], count - k);
    }
}

}  // namespace phonon
