#pragma once
// llama.cpp behind the interface of Phonon's own engine, so that both are driven and timed in the same way.

#include <memory>
#include <string>

#include "phonon/backend.h"

namespace phonon {

// `level` names the instruction set that the linked ggml CPU kernels were compiled for. The program may hold one such
// set of kernels.
std::unique_ptr<Backend> make_llama_backend(const std::string& level);

// The CPU features that the level's kernels need and this CPU lacks, for a message; "" when it can run them.
std::string missing_features(const std::string& level);

}  // namespace phonon
