#pragma once
// Making folders.

#include <string>

#include "phonon/result.h"

namespace phonon {

// Makes `path` and the folders above it, for this user alone. No error if they exist.
Status make_folders(const std::string& path);

}  // namespace phonon
