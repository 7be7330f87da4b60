#pragma once
// How far a packing is: what another one needs to go on where this one was killed. It lies beside the pack in the
// making, as OUT.state, and appears there whole or not at all.

#include <cstdint>
#include <string>
#include <vector>

#include "pack/packed_predictor.h"
#include "packing/profile_tokens.h"
#include "phonon/result.h"

namespace phonon {

struct PackState {
    std::string identity;  // what is packed and how, in words: only what is the same to the letter goes on
    int64_t layers = 0;    // that are written
    ProfileTokens tokens;
    std::vector<uint32_t> checksums;          // [section] 0 where it is not written
    std::vector<uint8_t> written;             // [section]
    std::vector<PackedPredictor> predictors;  // of the layers written
    std::vector<std::vector<float>> streams;  // [stream][tokens][embedding] between two layers; empty before 0
};

// What a state must look like to be read at all.
struct PackStateShape {
    size_t sections = 0, streams = 0;
    int64_t layers = 0, embedding = 0;
};

std::string pack_state_path(const std::string& out);

// Durable when it returns. Errors: no_space, busy, io_error.
Status save_pack_state(const std::string& out, const PackState& state);

// Errors: file_missing; state_unusable, which says why: damaged, of another version or shape.
Result<PackState> load_pack_state(const std::string& out, const PackStateShape& shape);

void remove_pack_state(const std::string& out);

}  // namespace phonon
