#include "agent/serve_options.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

#include "agent/requests.h"

namespace phonon {

Result<ServeOptions> parse_serve_options(const std::vector<std::string>& arguments) {
    ServeOptions out;
    const auto bad = [](const std::string& message) { return Error{"bad_request", message}; };
    for (size_t i = 0; i < arguments.size(); i++) {
        const std::string& name = arguments[i];
        if (name == "--daemon") {
            out.daemon = true;
            continue;
        }
        if (name != "--socket" && name != "--dir" && name != "--lease") return bad("unknown argument " + name);
        if (++i == arguments.size()) return bad(name + " needs a value");
        const std::string& value = arguments[i];
        if (name == "--socket") out.socket = value;
        if (name == "--dir") out.folder = value;
        if (name == "--lease") {
            const auto end = value.data() + value.size();
            const auto parsed = std::from_chars(value.data(), end, out.lease_s);
            if (parsed.ec != std::errc() || parsed.ptr != end || !(out.lease_s >= kLeastLeaseSeconds) ||
                out.lease_s > kMostLeaseSeconds) {
                return bad("--lease must be a number of seconds from 5 to 3600");
            }
        }
    }
    if (out.socket.empty()) return bad("--socket is missing");
    if (out.folder.empty()) return bad("--dir is missing");
    return out;
}

Result<std::string> read_token(int fd) {
    constexpr size_t kLeast = 16, kMost = 128;
    std::array<char, kMost + 1> line{};
    size_t length = 0;
    while (length < line.size()) {
        char c = 0;
        const ssize_t n = ::read(fd, &c, 1);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0 || c == '\n') break;
        if (c != '\r') line[length++] = c;
    }
    const std::string_view token(line.data(), length);
    const bool hexadecimal = token.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
    if (length < kLeast || length > kMost || !hexadecimal) {
        return Error{"bad_request", "standard input must begin with a token of 16 to 128 hexadecimal digits"};
    }
    return std::string(token);
}

}  // namespace phonon
