#include "limits/keeper.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/system_error.h"
#include "limits/forked.h"

namespace phonon {
namespace {

// How long a group may go on holding a dead process: one with a core's memory to give back takes seconds.
constexpr int kRemovalTries = 6000;
constexpr long kRemovalPauseMs = 5;

struct Plan {
    const char *group, *kills_file, *kills_key, *words_file, *words_part, *words;
    size_t words_size;
    long long kills_before;
};

void write_words(const Plan& plan) {
    const int fd = ::open(plan.words_part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return;
    const bool whole = ::write(fd, plan.words, plan.words_size) == static_cast<ssize_t>(plan.words_size);
    ::close(fd);
    if (whole) ::rename(plan.words_part, plan.words_file);
}

[[noreturn]] void keep(int socket, const Plan& plan) {
    become_helper("phonon-keeper", socket);
    char byte = 0;
    ssize_t n = 0;
    do {
        n = ::read(socket, &byte, 1);
    } while (n < 0 && errno == EINTR);
    const bool died = n != 1;
    if (died && plan.words_file[0] != '\0' && read_counter(plan.kills_file, plan.kills_key) > plan.kills_before) {
        write_words(plan);
    }
    for (int i = 0; plan.group[0] != '\0' && i < kRemovalTries; i++) {
        if (::rmdir(plan.group) == 0 || errno == ENOENT) break;
        sleep_ms(kRemovalPauseMs);
    }
    ::_exit(0);
}

}  // namespace

Result<std::unique_ptr<Keeper>> Keeper::start(const KeeperTask& task) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return system_error("socketpair");
    }
    const std::string part = task.words_file + ".part";
    const Plan plan{
        task.group.c_str(),     task.kills_file.c_str(),
        task.kills_key.c_str(), task.words_file.c_str(),
        part.c_str(),           task.words.c_str(),
        task.words.size(),      std::max(0LL, read_counter(task.kills_file.c_str(), task.kills_key.c_str()))};
    const pid_t pid = ::fork();
    if (pid == 0) keep(ends[0], plan);
    const int error = errno;
    ::close(ends[0]);
    if (pid < 0) {
        ::close(ends[1]);
        return system_error("fork", error);
    }
    return std::unique_ptr<Keeper>(new Keeper(pid, ends[1]));
}

Keeper::~Keeper() {
    ::send(socket_, "r", 1, MSG_NOSIGNAL);  // fails where the keeper is gone already
    ::close(socket_);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

}  // namespace phonon
