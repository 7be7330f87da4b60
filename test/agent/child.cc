#include "child.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

#include "sanitizers.h"

namespace {

constexpr rlim_t kProcessorSeconds = 60;

void limit(int resource, rlim_t value) {
    const rlimit both = {value, value};
    setrlimit(static_cast<__rlimit_resource>(resource), &both);
}

}  // namespace

Child::Child(const std::vector<std::string>& command, uint64_t address_space) {
    std::vector<char*> words;
    for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    const int out = open(out_.path().c_str(), O_WRONLY | O_CLOEXEC);
    const int err = open(err_.path().c_str(), O_WRONLY | O_CLOEXEC);
    pid_ = fork();
    if (pid_ == 0) {
        // Only what is safe between fork and exec in a process with threads.
        limit(RLIMIT_CPU, kProcessorSeconds);
        limit(RLIMIT_CORE, 0);
        if (!kSanitized) limit(RLIMIT_AS, address_space);
        dup2(out, STDOUT_FILENO);
        dup2(err, STDERR_FILENO);
        execv(words[0], words.data());
        _exit(127);
    }
    close(out);
    close(err);
    if (pid_ < 0) throw std::runtime_error("fork failed");
}

Child::~Child() {
    if (pid_ < 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
}

void Child::send(int signal) const {
    kill(pid_, signal);
}

ChildEnd Child::wait() {
    int status = 0;
    rusage usage = {};
    wait4(pid_, &status, 0, &usage);
    pid_ = -1;
    ChildEnd end;
    for (const timeval& time : {usage.ru_utime, usage.ru_stime}) {
        end.seconds += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    }
    if (WIFEXITED(status)) end.status = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
    end.out = read_bytes(out_.path());
    end.err = read_bytes(err_.path());
    return end;
}

std::vector<std::string> tool_command(const std::vector<std::string>& arguments) {
    std::vector<std::string> command = {PHONON_MODEL_TOOL};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return command;
}

ChildEnd run_tool(const std::vector<std::string>& arguments, uint64_t address_space) {
    return Child(tool_command(arguments), address_space).wait();
}
