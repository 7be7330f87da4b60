#pragma once
// Turns the bytes of tokens into text that may be shown: whole UTF-8 characters, and nothing of a stop string.

#include <string>
#include <string_view>
#include <vector>

namespace phonon {

// Not thread-safe.
class TextStream {
  public:
    // Empty stop strings are ignored.
    explicit TextStream(std::vector<std::string> stops);

    // Takes a token's bytes; returns the text that is now certain, possibly none. Bytes that are not UTF-8 become
    // U+FFFD. What may be the beginning of a stop string, or of a character, is held back.
    std::string push(std::string_view bytes);
    // Whether a stop string came. The text before it was returned; what comes after it is dropped.
    bool stopped() const { return stopped_; }
    // The text held back. The stream is then at its end.
    std::string flush();

  private:
    std::string release();

    std::vector<std::string> stops_;
    std::string bytes_;  // the beginning of a character
    std::string held_;   // whole characters, not returned yet
    bool stopped_ = false;
};

}  // namespace phonon
