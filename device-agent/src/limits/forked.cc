#include "limits/forked.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace phonon {
namespace {

void close_from(unsigned first, unsigned last) {
    if (first > last) return;
#ifdef SYS_close_range
    if (::syscall(SYS_close_range, first, last, 0) == 0) return;
#endif
    // Kernels before 5.9.
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const auto end = static_cast<unsigned>(std::min<rlim_t>(limit.rlim_cur, 65536));
    for (unsigned fd = first; fd <= last && fd < end; fd++) ::close(static_cast<int>(fd));
}

}  // namespace

void become_helper(const char* name, int keep) {
    ::setsid();
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(signal, SIG_IGN);
    ::prctl(PR_SET_NAME, name);
    if (keep < 0) return close_from(0, ~0u);
    const auto kept = static_cast<unsigned>(keep);
    if (kept > 0) close_from(0, kept - 1);
    close_from(kept + 1, ~0u);
}

long long read_counter(const char* path, const char* key) {
    char text[16384];
    const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    size_t size = 0;
    for (ssize_t n = 1; n > 0 && size < sizeof text - 1; size += static_cast<size_t>(std::max<ssize_t>(n, 0))) {
        n = ::read(fd, text + size, sizeof text - 1 - size);
    }
    ::close(fd);
    text[size] = '\0';
    const size_t length = std::strlen(key);
    for (const char* line = text; line != nullptr;) {
        if (std::strncmp(line, key, length) == 0) return std::strtoll(line + length, nullptr, 10);
        line = std::strchr(line, '\n');
        if (line != nullptr) line++;
    }
    return -1;
}

void sleep_ms(long ms) {
    timespec left{ms / 1000, ms % 1000 * 1'000'000};
    while (::nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

void end_helper(pid_t pid) {
    if (pid <= 0) return;
    ::kill(pid, SIGKILL);
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
}

}  // namespace phonon
