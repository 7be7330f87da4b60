#pragma once
// Whether a pack can be used for a model's file.

#include <string>

#include "phonon/result.h"

namespace phonon {

// "current"; "missing": there is no pack; "stale": it was made of another file, or of this one before it changed;
// "unreadable": it is no pack, damaged in its head, or of another version. What is not current is made again.
// Errors: those of GgufFile::open on the model.
Result<std::string> check_pack(const std::string& model, const std::string& pack);

}  // namespace phonon
