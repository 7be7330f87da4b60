#pragma once
// Processes that limit themselves, and whether this machine lets them.

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include "base/files.h"
#include "limits/memory_group.h"
#include "sanitizers.h"

namespace phonon::testing {

// Why this process cannot make memory groups; empty: it can.
inline std::string why_no_groups() {
    if (::geteuid() != 0) return "needs root";
    const auto hierarchy = find_memory_hierarchy(system_files());
    if (!hierarchy) return hierarchy.error().message;
    const auto group = MemoryGroup::create(hierarchy.value());
    if (!group) return group.error().message;
    ::rmdir(group.value()->folder().c_str());
    return {};
}

// False, and the test is listed as not run (test/runner/cpp.mjs), where there are no memory groups to be made.
inline bool can_make_groups(const char* test) {
    const std::string why = why_no_groups();
    if (why.empty()) return true;
    std::printf("not run: %s: %s\n", test, why.c_str());
    return false;
}

// Runs `work` in a process of its own, which tells by writing to the descriptor.
class Forked {
  public:
    explicit Forked(const std::function<void(int)>& work) {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
        pid_ = ::fork();
        if (pid_ == 0) {
            ::close(ends[0]);
            work(ends[1]);
            ::_exit(0);
        }
        ::close(ends[1]);
        out_ = ends[0];
    }
    ~Forked() {
        if (!ended_) {
            ::kill(pid_, SIGKILL);
            wait();
        }
        ::close(out_);
    }
    Forked(const Forked&) = delete;
    Forked& operator=(const Forked&) = delete;

    pid_t pid() const { return pid_; }
    // What it says, up to a newline or its end; gives up after twenty seconds.
    std::string line() const {
        std::string text;
        for (char c = 0; text.size() < 4096;) {
            pollfd waiting{out_, POLLIN, 0};
            if (::poll(&waiting, 1, 20'000) != 1 || ::read(out_, &c, 1) != 1 || c == '\n') break;
            text += c;
        }
        return text;
    }
    // Its exit status, or 128 + the signal.
    int wait() {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        ended_ = true;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

  private:
    pid_t pid_ = -1;
    int out_ = -1;
    bool ended_ = false;
};

inline void tell(int fd, const std::string& text) {
    if (::write(fd, (text + "\n").data(), text.size() + 1) < 0) ::_exit(3);
}

// Memory that is really there.
inline char* touched(size_t bytes) {
    void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) ::_exit(4);
    for (size_t i = 0; i < bytes; i += 4096) static_cast<volatile char*>(memory)[i] = 1;
    return static_cast<char*>(memory);
}

// Waits up to ten seconds.
inline bool gone(const std::string& path) {
    for (int i = 0; i < 1000; i++) {
        if (!std::filesystem::exists(path)) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

// This process's memory group.
inline std::string own_group_folder() {
    const auto hierarchy = find_memory_hierarchy(system_files());
    return hierarchy ? hierarchy.value().current : std::string();
}

}  // namespace phonon::testing
