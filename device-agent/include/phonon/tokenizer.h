#pragma once
// Text to tokens and back, through llama.cpp's tokenisers.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "phonon/result.h"

namespace phonon {

// Immutable after open(); all const members may be called from any thread.
class Tokenizer {
  public:
    // Loads the vocabulary of a GGUF (one that holds metadata and no tensors is enough).
    static Result<std::unique_ptr<Tokenizer>> open(const std::string& path);
    virtual ~Tokenizer() = default;

    virtual int32_t size() const = 0;
    // `text` may hold any bytes. With `special`, text such as "<|endoftext|>" becomes its control token and
    // the model's own begin token is added where its metadata says so.
    virtual std::vector<int32_t> encode(std::string_view text, bool special) const = 0;
    // The token's bytes: possibly part of a UTF-8 character, empty for control tokens.
    virtual std::string piece(int32_t token) const = 0;
    virtual bool is_end(int32_t token) const = 0;
};

}  // namespace phonon
