#pragma once
// What the operating system refused, as an Error: no_space where there was no room, io_error otherwise.

#include <cerrno>
#include <cstring>
#include <string>

#include "phonon/result.h"

namespace phonon {

inline Error system_error(const std::string& what, int error = errno) {
    return {error == ENOSPC || error == EDQUOT ? "no_space" : "io_error", what + ": " + std::strerror(error)};
}

}  // namespace phonon
