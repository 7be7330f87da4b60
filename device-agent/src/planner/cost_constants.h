#pragma once
// What decoding costs beside what `probe` measures of a device, all in one place. Measured with forced tokens on a 7B
// model (Q4_0, a tenth of the neurons firing) on two cores of an AMD EPYC (Zen 4); they are waits for memory and system
// calls more than arithmetic, so a device's clock changes them little.

namespace phonon {

inline constexpr double kLookupSeconds = 90e-9;  // finding a neuron that was let through in the cache
inline constexpr double kClaimSeconds = 1.7e-6;  // for one that is missing: choosing which leaves, asking for the read
inline constexpr double kRegionSeconds = 8e-6;   // starting and ending a parallel region; some five a layer
inline constexpr double kRegionsPerLayer = 5;
inline constexpr double kTokenSeconds = 0.05e-3;  // sampling, the token's text, its event
// How often as many bytes as a layer has could be read while it is put together for prefill: by the row, it is copied
// out of the reader's buffers and laid out for the kernels.
inline constexpr double kAssemblyReads = 8;

// Of a process that has loaded nothing, and of the tokeniser for each token it knows.
inline constexpr double kProcessBytes = 6 << 20;
inline constexpr double kVocabularyBytes = 170;

}  // namespace phonon
