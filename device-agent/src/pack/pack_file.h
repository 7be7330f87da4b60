#pragma once
// Reading a pack.
//
// A pack is a GGUF: its metadata and tokeniser are the model's own, every tensor that is not an FFN matrix is there
// under its own name and in its own format, and what replaces the FFN of layer N are tensors of bytes, aligned for
// direct I/O:
//
//   blk.N.ffn_bundles        neurons, hottest first: see BundleLayout
//   blk.N.ffn_order          i32 [ffn]: which neuron lies at a position
//   blk.N.ffn_checksums      i32 [ffn]: CRC-32C of the bundle at a position
//   blk.N.ffn_down_scales    the arrays of ColumnsView one after the other: scales, minima, subscales, subminima; not
//                            where Down was quantised anew, its columns having scales of their own
//   blk.N.ffn_predictor      bytes of the predictor; as many as a two-bit copy of Gate takes, the rest of them unused
//   blk.N.ffn_predictor_format  i32 [3]: PredictorKind, GGUF's type and rank of low-rank factors; absent: two bits
//   blk.N.ffn_predictor_costs   f32 [2], see PredictorCosts; absent: not known
//   blk.N.ffn_correction     f32 [ffn]: what the predictor's estimates lack in the mean
//   blk.N.ffn_estimates      f32 [kHeatSlices][kEstimateBins][2]: what corrected estimates were worth, see EstimateBin
//   blk.N.ffn_statistics     f32 [kPackStatistics], see PackStatistics
//   blk.N.ffn_overlaps       f32 [kOverlapLags], may be absent: of a token's firing neurons, the share that fired so
//                            many tokens before too; zeros where the profile's sequences were too short to tell
//   blk.N.ffn_frequency      f32 [kProfiledBatches][ffn]: how often a neuron fires for at least one token of a batch
//   blk.N.ffn_activation_threshold  f32 [1], only of SiLU models: |silu(gate)| below it counts as nothing
//   phonon.checksums         i32 [tensors]: CRC-32C of each tensor in the file's order, its own entry zero
//
// Metadata under phonon.pack: version, source_bytes and source_checksum, profiled_tokens and profile_source,
// energy_share, each layer's {gate,up,down}_type.N; requantised (Requantise) only where weights were quantised anew;
// kl_mean and top1_agreement (PackQuality) there and where activations have thresholds.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kernels/matrix_kernels.h"
#include "model/gguf_file.h"
#include "model/hyperparameters.h"
#include "pack/bundle_layout.h"
#include "pack/requantise.h"
#include "phonon/result.h"
#include "predictor/predictor.h"
#include "predictor/thresholds.h"

namespace phonon {

inline constexpr int64_t kPackVersion = 3;
inline constexpr int64_t kPackAlignment = 4096;
inline constexpr std::array<int, 6> kProfiledBatches = {1, 2, 4, 8, 16, 32};
// Tokens back, at most 32, of tokens that have so many before them: a sequence's first ones have less in common.
inline constexpr std::array<int, 3> kOverlapLags = {1, 4, 16};
inline constexpr int64_t kOverlapStart = 16;

// What the profile measured of a layer. Shares are of all neurons and tokens.
struct PackStatistics {
    float threshold = 0;    // the predictor lets through what it estimates above this, when all is in memory
    float active = 0;       // share that fires
    float let_through = 0;  // share that the predictor lets through
    float recall = 0;       // share of the firing ones that it lets through
    float energy = 0;       // share of the sum of h^2 that they hold
    float overlap = 0;      // share of a token's firing neurons that fired for the token before
    float bin_width = 0;    // of estimates

    // Share of what the predictor lets through that fires.
    float precision() const { return let_through > 0 ? recall * active / let_through : 1; }
};
inline constexpr int64_t kPackStatistics = 7;

// What a token's prediction was foreseen to cost by each kind, in microseconds of a core, half of the neurons in memory
// (predictor_cost()); 0: that kind was not tried. The cheaper one is in the pack unless somebody wished otherwise.
struct PredictorCosts {
    float two_bit_us = 0, low_rank_us = 0;
};
inline constexpr int64_t kPredictorFormatFields = 3, kPredictorCosts = 2;

// Borrowed from the mapped file.
struct PackLayer {
    BundleLayout bundle;
    uint64_t bundles_at = 0;             // offset in the file
    std::span<const int32_t> order;      // [ffn], a permutation
    std::span<const int32_t> checksums;  // [ffn]
    std::span<const std::byte> scales;   // of Down
    PredictorFormat predictor_format;
    PredictorCosts predictor_costs;
    std::span<const std::byte> predictor;    // predictor_bytes() of the format
    std::span<const float> frequency;        // [kProfiledBatches][ffn]
    std::span<const float> overlaps;         // [kOverlapLags]; empty: there are none
    std::span<const float> correction;       // [ffn]
    std::span<const EstimateBin> estimates;  // [kHeatSlices][kEstimateBins]
    PackStatistics statistics;
    float activation_threshold = 0;  // 0: there is none
};

struct Pack {
    std::vector<PackLayer> layers;
    uint64_t source_bytes = 0;  // of the GGUF that it was made of, and its source_checksum()
    uint32_t source_checksum = 0;
    int64_t profiled_tokens = 0;
    std::string profile_source = {};  // "text", or "written by the model"; "": packed before packs told
    double energy_share = 0;          // of the activations' energy, that the predictor is to keep
    Requantise requantised = Requantise::none;
    std::optional<PackQuality> quality = {};  // of packs that compute something else than their model
    // Whether activations that are small count as nothing; then they do in every layer.
    bool has_thresholds() const { return !layers.empty() && layers.front().activation_threshold > 0; }
};

bool is_pack(const GgufFile& gguf);

// Tells one model's file from another: a checksum over its metadata and the first page of every tensor.
uint32_t source_checksum(const GgufFile& gguf);

// Everything but the bundles themselves is checked. Errors: pack_version, file_invalid, unsupported_quantisation.
Result<Pack> read_pack(const GgufFile& gguf, const Hyperparameters& hp);

// Compares tensors with their checksums: all, which reads the whole file, or those that stay in memory, all but the
// bundles. Errors: pack_corrupt, file_invalid.
enum class Verified : uint8_t { everything, resident };
Status verify_pack(const GgufFile& gguf, Verified what = Verified::everything);

// The names of layer N's tensors.
std::string pack_tensor(int64_t layer, const char* part);

}  // namespace phonon
