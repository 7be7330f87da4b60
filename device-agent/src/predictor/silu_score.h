#pragma once
// What an estimated gate promises where the size of SiLU decides.

namespace phonon {

// The positive gate with about the same |silu|: estimates can then be compared with one threshold. Thresholds are
// fitted to these values, so that they need only be in nearly the right order.
inline float silu_score(float gate) {
    const float u = gate < 0 ? -gate : 0.0f;
    const float negative = u / (1 + u + 0.131f * u * u + 0.0915f * u * u * u * u);
    return gate < 0 ? negative : gate;
}

}  // namespace phonon
