#pragma once
// Sixteen rows of the file's format -> one tile. The tiles were chosen so that this is a transposition of dwords.

#include "kernels/templates/common.h"

namespace phonon {

// `bytes` (a multiple of 16) at rows[.] + offset -> bytes / 4 vectors.
template <class S>
PHONON_INLINE_FN void gather(const std::byte* const* rows, int64_t offset, int bytes, std::byte* out, bool flip) {
    for (int i = 0; i < bytes; i += 16) {
        typename S::Bytes v[4];
        S::gather4(rows, offset + i, v);
        for (int j = 0; j < 4; j++) S::store(out + 16 * i + 64 * j, flip ? S::flip(v[j]) : v[j]);
    }
}

// Each row's 16-bit value at `offset`.
PHONON_INLINE_FN void gather_u16(const std::byte* const* rows, int64_t offset, std::byte* out) {
    for (int r = 0; r < kTileRows; r++) memcpy(out + 2 * r, rows[r] + offset, 2);
}

template <class S, WeightType type>
PHONON_INLINE_FN void pack_groups(const std::byte* const* rows, int64_t cols, std::byte* tile) {
    constexpr int kBlock = block_bytes(type);
    const int64_t groups = cols / kGroup;
    for (int64_t g = 0; g < groups; g++) {
        gather<S>(rows, g * kBlock + 2, kBlock - 2, tile + group_codes_at(type, g), type == WeightType::q8_0);
        gather_u16(rows, g * kBlock, tile + group_scales_at(type, g));
    }
    if (groups % 2 != 0) memset(tile + group_scales_at(type, groups), 0, 32);  // beside the last group's
}

template <class S>
PHONON_INLINE_FN void pack_q4_k(const std::byte* const* rows, int64_t cols, std::byte* tile) {
    for (int64_t s = 0; s < cols / kSuper; s++, tile += kQ4_KTileBytes) {
        const int64_t block = s * kQ4_KBytes;
        for (int r = 0; r < kTileRows; r++) {
            uint8_t scales[8], minima[8];
            unpack_q4_k_scales(as<uint8_t>(rows[r] + block + 4), scales, minima);
            for (int g = 0; g < 8; g++) {
                tile[g * 16 + r] = std::byte{scales[g]};
                tile[128 + g * 16 + r] = std::byte{minima[g]};
            }
        }
        gather_u16(rows, block, tile + 256);
        gather_u16(rows, block + 2, tile + 288);
        gather<S>(rows, block + 16, 128, tile + 320, false);
    }
}

// The file keeps columns c, c + 32, c + 64 and c + 96 of a half in the same bytes. From 16 bytes of each of its planes
// at every row, the four runs of 16 columns that meet there.
template <class S>
PHONON_INLINE_FN void pack_q6_k_sixteenths(const std::byte* const* rows, int64_t block, int i, std::byte* codes) {
    const int half = i / 2, run = i % 2;
    typename S::Bytes low[2][4], high[4];
    S::gather4(rows, block + half * 64 + run * 16, low[0]);
    S::gather4(rows, block + half * 64 + 32 + run * 16, low[1]);
    S::gather4(rows, block + 128 + half * 32 + run * 16, high);
    const auto store = [&](int g, const auto& nibble, const auto& pair) PHONON_INLINE {
        std::byte* out = codes + (half * 8 + g * 2 + run) * 192;
        const typename S::Bytes* v = low[g % 2];
        S::store(out, S::pack_nibbles(nibble(v[0]), nibble(v[2])));
        S::store(out + 64, S::pack_nibbles(nibble(v[1]), nibble(v[3])));
        S::store(out + 128, S::pack_pairs(pair(high[0]), pair(high[1]), pair(high[2]), pair(high[3])));
    };
    const auto low_nibble = [](auto x) PHONON_INLINE { return S::low(x); };
    const auto high_nibble = [](auto x) PHONON_INLINE { return S::high(x); };
    store(0, low_nibble, [](auto x) PHONON_INLINE { return S::template two_bits<0>(x); });
    store(1, low_nibble, [](auto x) PHONON_INLINE { return S::template two_bits<2>(x); });
    store(2, high_nibble, [](auto x) PHONON_INLINE { return S::template two_bits<4>(x); });
    store(3, high_nibble, [](auto x) PHONON_INLINE { return S::template two_bits<6>(x); });
}

template <class S>
PHONON_INLINE_FN void pack_q6_k(const std::byte* const* rows, int64_t cols, std::byte* tile) {
    for (int64_t s = 0; s < cols / kSuper; s++, tile += kQ6_KTileBytes) {
        const int64_t block = s * kQ6_KBytes;
        for (int r = 0; r < kTileRows; r++)
            for (int h = 0; h < 16; h++) tile[h * 16 + r] = rows[r][block + 192 + h];
        gather_u16(rows, block + 208, tile + 256);
        memset(tile + 288, 0, 32);
        for (int i = 0; i < 4; i++) pack_q6_k_sixteenths<S>(rows, block, i, tile + 320);
    }
}

template <class S, WeightType type>
PHONON_INLINE_FN void pack_floats(const std::byte* const* rows, int64_t cols, std::byte* tile) {
    constexpr int kBytes = value_bytes(type), kStep = 16 / kBytes;  // columns in 16 bytes
    int64_t c = 0;
    for (; c + kStep <= cols; c += kStep, tile += kStep * kTileRows * kBytes) {
        typename S::Bytes v[4];
        S::gather4(rows, c * kBytes, v);
        for (int j = 0; j < 4; j++) {
            if constexpr (kBytes == 4) {
                S::store(tile + 64 * j, v[j]);
            } else {
                uint16_t* out = reinterpret_cast<uint16_t*>(tile + 64 * j);
                S::split16(v[j], out, out + kTileRows);
            }
        }
    }
    for (; c < round_up(cols, kFloatColumns); c++, tile += kTileRows * kBytes) {
        for (int r = 0; r < kTileRows; r++) {
            if (c < cols) {
                memcpy(tile + r * kBytes, rows[r] + c * kBytes, kBytes);
            } else {
                memset(tile + r * kBytes, 0, kBytes);
            }
        }
    }
}

template <class S, WeightType type>
PHONON_INLINE_FN void pack_tile(const std::byte* const* rows, int64_t cols, std::byte* tile) {
    if constexpr (is_float(type)) {
        pack_floats<S, type>(rows, cols, tile);
    } else if constexpr (type == WeightType::q4_k) {
        pack_q4_k<S>(rows, cols, tile);
    } else if constexpr (type == WeightType::q6_k) {
        pack_q6_k<S>(rows, cols, tile);
    } else {
        pack_groups<S, type>(rows, cols, tile);
    }
}

template <class S, WeightType type>
static void pack_rows(const std::byte* first, size_t row_bytes, int row_count, int64_t cols, std::byte* tile) {
    const std::byte* rows[kTileRows];
    for (int r = 0; r < kTileRows; r++) rows[r] = r < row_count ? first + r * static_cast<int64_t>(row_bytes) : first;
    pack_tile<S, type>(rows, cols, tile);
}

}  // namespace phonon
