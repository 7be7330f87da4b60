// How far tokens have neurons in common with those before them.
#include "packing/overlap_profile.h"

#include <doctest/doctest.h>

#include <vector>

#include "packing/layer_profile.h"

using namespace phonon;

namespace {

// `fires` says whether a neuron fires for a token of a sequence.
template <typename Fires>
std::array<float, 3> shares_of(int64_t neurons, int64_t steps, const Fires& fires) {
    OverlapProfile profile(neurons);
    std::vector<float> h(static_cast<size_t>(neurons));
    for (int64_t t = 0; t < steps * kProfileSequences; ++t) {
        for (int64_t i = 0; i < neurons; ++i) {
            h[static_cast<size_t>(i)] = fires(t % kProfileSequences, t / kProfileSequences, i) ? -0.5f : 0.0f;
        }
        profile.see(h.data());
    }
    return profile.shares();
}

using Shares = std::array<float, 3>;

}  // namespace

TEST_CASE("overlap profile: counts by sequence, at each lag, past a sequence's beginning") {
    static_assert(kOverlapLags == std::array<int, 3>{1, 4, 16} && kOverlapStart == 16);
    CHECK(shares_of(3, 32, [](int64_t, int64_t, int64_t) { return true; }) == Shares{1, 1, 1});
    CHECK(shares_of(1, 32, [](int64_t, int64_t step, int64_t) { return step % 4 == 0; }) == Shares{0, 1, 1});
    CHECK(shares_of(1, 32, [](int64_t, int64_t step, int64_t) { return step % 3 == 0; }) == Shares{0, 0, 0});
    // Of two neurons one fires for every second sequence only: sequences are not mixed up.
    CHECK(shares_of(2, 32, [](int64_t seq, int64_t, int64_t i) { return i == 0 || seq % 2 == 0; }) == Shares{1, 1, 1});
    // What begins with the 16th token has all before it, and its 16th before not.
    const Shares late = shares_of(1, 32, [](int64_t, int64_t step, int64_t) { return step >= 12; });
    CHECK(late == Shares{1, 1, 0.25f});
}

TEST_CASE("overlap profile: of sequences that are too short nothing is known, and of neurons that never fire neither") {
    CHECK(shares_of(2, 16, [](int64_t, int64_t, int64_t) { return true; }) == Shares{0, 0, 0});
    CHECK(shares_of(2, 32, [](int64_t, int64_t, int64_t) { return false; }) == Shares{0, 0, 0});
}
