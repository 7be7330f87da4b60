#include "agent/listener.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>
#include <utility>

#include "base/system_error.h"

namespace phonon {
namespace {

struct Address {
    sockaddr_un bytes{};
    socklen_t length = 0;
    bool abstract = false;
};

std::optional<Address> parse(const std::string& text) {
    Address out;
    out.bytes.sun_family = AF_UNIX;
    out.abstract = text.starts_with("@");
    // A path needs its zero byte; an abstract name has one in front instead of the @ and none at its end.
    if (text.size() < 2 || text.size() > sizeof out.bytes.sun_path - 1 || text.find('\0') != std::string::npos) {
        return std::nullopt;
    }
    std::memcpy(out.bytes.sun_path, text.data(), text.size());
    if (out.abstract) out.bytes.sun_path[0] = '\0';
    out.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text.size() + (out.abstract ? 0 : 1));
    return out;
}

int connect_to(const Address& address) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address.bytes), address.length) == 0) return fd;
    const int error = errno;
    ::close(fd);
    errno = error;
    return -1;
}

bool bind_to(int fd, const Address& address) {
    return ::bind(fd, reinterpret_cast<const sockaddr*>(&address.bytes), address.length) == 0;
}

// Whether the file is a socket whose listener is gone.
bool stale(const std::string& file, const Address& address) {
    struct stat info {};
    if (::lstat(file.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return false;
    const int fd = connect_to(address);
    if (fd >= 0) ::close(fd);
    return fd < 0 && errno == ECONNREFUSED;
}

}  // namespace

Result<Listener> Listener::open(const std::string& text) {
    const auto address = parse(text);
    if (!address) {
        return Error{"bad_request", "socket \"" + text + "\": must be @NAME or a path, of 2 to " +
                                        std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes"};
    }
    const auto failed = [&](int fd) -> Result<Listener> {
        const std::string why = std::strerror(errno);
        if (fd >= 0) ::close(fd);
        return Error{"io_error", "socket " + text + ": " + why};
    };
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return failed(fd);
    const mode_t mask = ::umask(0077);
    bool bound = bind_to(fd, *address);
    if (!bound && errno == EADDRINUSE && !address->abstract) {
        if (stale(text, *address)) {
            ::unlink(text.c_str());
            bound = bind_to(fd, *address);
        } else {
            errno = EADDRINUSE;
        }
    }
    ::umask(mask);
    if (!bound) return failed(fd);
    Listener listener(fd, address->abstract ? "" : text);
    constexpr int kBacklog = 16;
    if (::listen(fd, kBacklog) != 0) return system_error("socket " + text);
    return listener;
}

Listener::Listener(Listener&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), file_(std::exchange(other.file_, {})) {}

Listener::~Listener() {
    if (fd_ < 0) return;
    remove_file();
    ::close(fd_);
}

void Listener::remove_file() const {
    if (!file_.empty()) ::unlink(file_.c_str());
}

int Listener::accept() const {
    return ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

int connect_to(const std::string& text) {
    const auto address = parse(text);
    if (!address) {
        errno = EINVAL;
        return -1;
    }
    return connect_to(*address);
}

}  // namespace phonon
