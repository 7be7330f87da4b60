#pragma once
// The synthetic tokeniser: byte-level BPE ("gpt2" in llama.cpp) without merges.
//
//   0..255      one token per byte, in GPT-2's printable spelling, so any input tokenises: one token per byte
//   256         "<|end|>", begin, end and padding; a control token
//   257..       "t257", "t258", ...: what a model with random weights says. Text that holds "t300" is read as its
//               bytes, not as token 300: there are no merges that would join them.

#include <cstdint>
#include <string>

namespace phonon {

inline constexpr int64_t kByteTokens = 256;
inline constexpr int64_t kEndToken = 256;
inline constexpr int64_t kSmallestVocabulary = 257;

// How the vocabulary spells token `id`.
std::string synthetic_token(int64_t id);

}  // namespace phonon
