#include "agent/serve_options.h"

#include <unistd.h>

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
    std::string token;
    for (;;) {
        char c = 0;
        const ssize_t n = ::read(fd, &c, 1);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0 || c == '\n') break;
        token += c;
        if (token.size() > kMost + 1) break;
    }
    if (token.ends_with('\r')) token.pop_back();
    const bool hexadecimal = token.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
    if (token.size() < kLeast || token.size() > kMost || !hexadecimal) {
        return Error{"bad_request", "standard input must begin with a token of 16 to 128 hexadecimal digits"};
    }
    return token;
}

}  // namespace phonon
