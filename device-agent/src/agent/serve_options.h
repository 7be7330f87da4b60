#pragma once
// The arguments of `serve`, and the token that comes before everything else.

#include <string>
#include <vector>

#include "phonon/result.h"

namespace phonon {

struct ServeOptions {
    std::string socket, folder;
    bool daemon = false;
    double lease_s = 60;
};

// `arguments` are those after "serve".
Result<ServeOptions> parse_serve_options(const std::vector<std::string>& arguments);

// Reads a line of 16 to 128 hexadecimal digits, and not a byte more.
Result<std::string> read_token(int fd);

}  // namespace phonon
