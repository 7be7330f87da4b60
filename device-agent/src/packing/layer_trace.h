#pragma once
// What went through one layer's FFN: all of the profile's tokens.

#include <cstdint>
#include <span>
#include <vector>

namespace phonon {

// Tokens in the order of profile_half(), the second half after the first.
struct LayerTrace {
    int64_t tokens = 0, embedding = 0, neurons = 0;
    std::vector<float> x;     // [tokens][embedding] what the FFN is given
    std::vector<float> gate;  // [tokens][neurons] with its bias
    std::vector<float> h;     // [tokens][neurons] what goes into Down

    const float* x_of(int64_t token) const { return x.data() + token * embedding; }
    const float* gate_of(int64_t token) const { return gate.data() + token * neurons; }
    const float* h_of(int64_t token) const { return h.data() + token * neurons; }
};

}  // namespace phonon
