#pragma once
// A tiny process that waits for this one's end, also for its death by SIGKILL, and then takes away what it would have
// left and says what the kernel knows of it. It reads nothing, holds nothing and computes nothing meanwhile.

#include <sys/types.h>

#include <memory>
#include <string>

#include "phonon/result.h"

namespace phonon {

struct KeeperTask {
    std::string group = {};  // a cgroup's folder to remove; empty: none
    // Where the kernel counts kills for want of memory: a file and the word before the count.
    std::string kills_file = {}, kills_key = {};
    // Written, whole or not at all, when this process died and the count has grown; an empty file name: nowhere.
    std::string words_file = {}, words = {};
};

// The pid of neither process may be waited for elsewhere.
class Keeper {
  public:
    // To be called before this process enters the group. Errors: io_error.
    static Result<std::unique_ptr<Keeper>> start(const KeeperTask& task);
    // Has the group removed, which this process must have left, and waits for it.
    ~Keeper();
    Keeper(const Keeper&) = delete;
    Keeper& operator=(const Keeper&) = delete;

    pid_t pid() const { return pid_; }

  private:
    Keeper(pid_t pid, int socket) : pid_(pid), socket_(socket) {}

    const pid_t pid_;
    const int socket_;  // the other end reads the end of the stream as soon as this process is no more
};

}  // namespace phonon
