#pragma once
// An agent as a process of its own.

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace phonon::testing {

// Killed at the end if it is still there.
class AgentProcess {
  public:
    // Runs `command` with `input` on its standard input.
    AgentProcess(const std::vector<std::string>& command, const std::string& input);
    ~AgentProcess();
    AgentProcess(const AgentProcess&) = delete;
    AgentProcess& operator=(const AgentProcess&) = delete;

    pid_t pid() const { return pid_; }
    // One line of standard output; "" at its end. Gives up after ten seconds.
    std::string line();
    // Whether standard output is at its end now or within `patience`.
    bool output_closed(std::chrono::milliseconds patience);
    // The exit status, or 128 + the signal; -1 when it goes on for longer than `patience`.
    int wait(std::chrono::milliseconds patience);
    std::string errors();

  private:
    pid_t pid_ = -1;
    int out_ = -1, err_ = -1;
    bool ended_ = false;
    int status_ = -1;
};

// True once no process has that id, waiting up to ten seconds.
bool process_gone(pid_t pid);

}  // namespace phonon::testing
