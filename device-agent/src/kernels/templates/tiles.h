#pragma once
// From a tile's micro-kernels to TypeKernels::tiles: the float tiles, and the choice of N.

#include <utility>

#include "kernels/templates/quant_tiles.h"

namespace phonon {

// T tiles at once for a single token, because one tile and one token make a single chain of additions, which latency
// would bound.
constexpr int kTogether = 2;

template <class S, WeightType type, int T, int N>
PHONON_INLINE_FN void float_tiles(const std::byte* tile, int64_t bytes, int64_t cols, const BlockView& x,
                                  typename S::F32 (&sum)[T * N]) {
    constexpr int kStep = kTileRows * value_bytes(type);
    const float* a = x.values;
    for (int64_t c = 0; c < cols; c += kFloatColumns, a += kFloatColumns * N) {
        PHONON_UNROLL_SOME
        for (int k = 0; k < kFloatColumns; k++, tile += kStep) {
            PHONON_UNROLL
            for (int i = 0; i < T; i++) {
                if (k * kStep % 64 == 0) prefetch<S, N>(tile + i * bytes, 64);
                const typename S::F32 w = load_values<S, type>(tile + i * bytes);
                PHONON_UNROLL
                for (int t = 0; t < N; t++) sum[i * N + t] = S::fma(w, S::splat(a[t * 16 + k]), sum[i * N + t]);
            }
        }
    }
}

template <class S>
PHONON_INLINE_FN void store_rows(float* y, typename S::F32 sum, int64_t rows) {
    if (rows >= kTileRows) return S::store_f32(y, sum);
    alignas(64) float all[kTileRows];
    S::store_f32(all, sum);
    for (int64_t r = 0; r < rows; r++) y[r] = all[r];
}

template <class S, WeightType type, int T, int N>
static void tiles_of(const std::byte* tile, int64_t cols, const BlockView& x, float* y, int64_t stride, int64_t rows) {
    typename S::F32 sum[T * N];
    PHONON_UNROLL
    for (int i = 0; i < T * N; i++) sum[i] = S::zero();
    if constexpr (is_float(type)) {
        float_tiles<S, type, T, N>(tile, tile_bytes(type, cols), cols, x, sum);
    } else if constexpr (type == WeightType::q4_k) {
        Q4KTile<S>::template run<N>(tile, cols, x, sum);
    } else if constexpr (type == WeightType::q6_k) {
        Q6KTile<S>::template run<N>(tile, cols, x, sum);
    } else {
        GroupTile<S, type>::template run<N>(tile, cols, x, sum);
    }
    PHONON_UNROLL
    for (int i = 0; i < T; i++) {
        PHONON_UNROLL
        for (int t = 0; t < N; t++) store_rows<S>(y + t * stride + i * kTileRows, sum[i * N + t], rows - i * kTileRows);
    }
}

using TilesOf = void (*)(const std::byte*, int64_t, const BlockView&, float*, int64_t, int64_t);

template <class S, WeightType type, size_t... N>
constexpr void fill_tiles_of(TilesOf* table, std::index_sequence<N...>) {
    ((table[N] = tiles_of<S, type, 1, static_cast<int>(N) + 1>), ...);
}

// By n - 1.
template <class S, WeightType type>
struct TilesTable {
    static constexpr int kTokens = is_float(type) ? S::kFloatTokens : S::kQuantTokens;
    TilesOf by_tokens[kTokens];
    constexpr TilesTable() : by_tokens() { fill_tiles_of<S, type>(by_tokens, std::make_index_sequence<kTokens>()); }
};

template <class S, WeightType type>
static void tiles(const std::byte* tile, int64_t cols, const BlockView& x, float* y, int64_t stride, int64_t rows) {
    static constexpr TilesTable<S, type> table;
    const int64_t bytes = tile_bytes(type, cols);
    while (rows > 0) {
        int64_t step = kTileRows;
        if (is_float(type) && x.n == 1 && rows > (kTogether - 1) * kTileRows) {
            step = kTogether * kTileRows;
            tiles_of<S, type, is_float(type) ? kTogether : 1, 1>(tile, cols, x, y, stride, rows);
        } else {
            table.by_tokens[x.n - 1](tile, cols, x, y, stride, rows);
        }
        tile += step / kTileRows * bytes;
        y += step;
        rows -= step;
    }
}

}  // namespace phonon
