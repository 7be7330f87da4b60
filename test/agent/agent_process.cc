#include "agent_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

namespace phonon::testing {

AgentProcess::AgentProcess(const std::vector<std::string>& command, const std::string& input) {
    int in[2], out[2], err[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) return;
    std::vector<char*> arguments;
    for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
        ::dup2(in[0], 0);
        ::dup2(out[1], 1);
        ::dup2(err[1], 2);
        ::execv(arguments[0], arguments.data());
        ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    ::close(err[1]);
    out_ = out[0];
    err_ = err[0];
    if (::write(in[1], input.data(), input.size()) < 0) errors();
    ::close(in[1]);
}

AgentProcess::~AgentProcess() {
    if (pid_ > 0 && !ended_) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    ::close(out_);
    ::close(err_);
}

std::string AgentProcess::line() {
    std::string text;
    for (char c = 0; text.size() < 4096;) {
        pollfd waiting{out_, POLLIN, 0};
        if (::poll(&waiting, 1, 10'000) != 1 || ::read(out_, &c, 1) != 1 || c == '\n') break;
        text += c;
    }
    return text;
}

bool AgentProcess::output_closed(std::chrono::milliseconds patience) {
    pollfd waiting{out_, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(patience.count())) != 1) return false;
    char c = 0;
    return ::read(out_, &c, 1) == 0;
}

int AgentProcess::wait(std::chrono::milliseconds patience) {
    for (const auto end = std::chrono::steady_clock::now() + patience; !ended_;) {
        int status = 0;
        if (::waitpid(pid_, &status, WNOHANG) == pid_) {
            ended_ = true;
            status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            break;
        }
        if (std::chrono::steady_clock::now() > end) return -1;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return status_;
}

std::string AgentProcess::errors() {
    std::string text;
    char buffer[4096];
    pollfd waiting{err_, POLLIN, 0};
    while (::poll(&waiting, 1, 1000) == 1) {
        const ssize_t n = ::read(err_, buffer, sizeof buffer);
        if (n <= 0) break;
        text.append(buffer, static_cast<size_t>(n));
    }
    return text;
}

bool process_gone(pid_t pid) {
    for (int i = 0; i < 1000; i++) {
        if (::kill(pid, 0) != 0) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

}  // namespace phonon::testing
