#include "agent/daemon.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/system_error.h"

namespace phonon {

Result<Daemon> fork_daemon() {
    int pipe_fds[2];
    if (::pipe2(pipe_fds, O_CLOEXEC) != 0) return system_error("pipe");
    const pid_t child = ::fork();
    if (child < 0) {
        const std::string why = std::strerror(errno);
        ::close(pipe_fds[0]);
        ::close(pipe_fds[1]);
        return Error{"io_error", "fork: " + why};
    }
    Daemon out;
    if (child == 0) {
        ::close(pipe_fds[0]);
        out.ready = pipe_fds[1];
        ::setsid();
        return out;
    }
    ::close(pipe_fds[1]);
    char byte = 0;
    ssize_t n = 0;
    do {
        n = ::read(pipe_fds[0], &byte, 1);
    } while (n < 0 && errno == EINTR);
    ::close(pipe_fds[0]);
    out.parent = true;
    out.status = n == 1 ? 0 : 1;
    return out;
}

void detach(const Daemon& daemon) {
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; null >= 0 && fd <= 2; fd++) ::dup2(null, fd);
    if (null > 2) ::close(null);
    // The parent's end tells an unread pipe apart from a child that died.
    if (::write(daemon.ready, "r", 1) < 0) return;
    ::close(daemon.ready);
}

}  // namespace phonon
