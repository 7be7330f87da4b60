#pragma once
// Which values of a gate give a neuron an activation that counts.

#include <limits>

#include "phonon/model_info.h"

namespace phonon {

struct FiringGates {
    float above = 0;                                      // every gate above this,
    float from = std::numeric_limits<float>::infinity();  // and those in [from, to]
    float to = -std::numeric_limits<float>::infinity();

    // Without a branch: whether a neuron fires cannot be predicted.
    bool contains(float gate) const {
        return static_cast<bool>(static_cast<int>(gate > above) |
                                 (static_cast<int>(gate >= from) & static_cast<int>(gate <= to)));
    }
};

// Of ReLU and its kin the positive ones. Of SiLU those with |silu(gate)| >= threshold, as in CATS (Lee et al., 2024);
// all where there is no threshold (0).
FiringGates firing_gates(Activation activation, float threshold);

// The threshold on |silu(gate)| below which a share of the gates lies.
float silu_threshold(const float* gates, int64_t count, double share);

}  // namespace phonon
