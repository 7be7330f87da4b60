#pragma once
// How far a token's neurons fired for tokens before it too, near and far: what tells how long a cache keeps a use.

#include <array>
#include <cstdint>
#include <vector>

#include "pack/pack_file.h"

namespace phonon {

// Of one layer. Not thread-safe.
class OverlapProfile {
  public:
    explicit OverlapProfile(int64_t neurons);

    // One token in the order of LayerProfile::see(): h [neurons].
    void see(const float* h);

    // Of the firing neurons of tokens that have kOverlapStart before them in their sequence, the share that fired for
    // the token kOverlapLags before. Zeros: there were no such tokens.
    std::array<float, kOverlapLags.size()> shares() const;

  private:
    const int64_t neurons_;
    int64_t tokens_ = 0;
    std::vector<uint32_t> past_;  // [kProfileSequences][neuron] bit k: fired k + 1 tokens ago
    std::array<int64_t, kOverlapLags.size()> again_{};
    int64_t fired_ = 0;
};

}  // namespace phonon
