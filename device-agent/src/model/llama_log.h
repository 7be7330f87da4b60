#pragma once
// llama.cpp reports through a global log. Ours keeps errors for messages instead of printing them.

#include <string>

namespace phonon {

// From now on llama.cpp prints nothing. May be called again and from any thread.
void silence_llama_log();

// What llama.cpp said went wrong on this thread since the last call: the first line, which names the cause; "" if
// nothing.
std::string take_llama_error();

}  // namespace phonon
