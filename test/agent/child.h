#pragma once
// Runs a program as a child process under limits, as the desktop side runs phonon-model.

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "gguf_builder.h"

struct ChildEnd {
    int status = -1;  // exit status; -1 when a signal ended it
    int signal = 0;
    std::string out;  // standard output
    std::string err;
    double seconds = 0;  // of processor time
};

// Address space and processor time are limited (under a sanitizer, which reserves terabytes, only the time).
class Child {
  public:
    explicit Child(const std::vector<std::string>& command, uint64_t address_space = uint64_t{1} << 32);
    ~Child();  // kills it if nobody waited
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    void send(int signal) const;
    std::string err_so_far() const { return read_bytes(err_.path()); }
    ChildEnd wait();

  private:
    TemporaryFile out_;
    TemporaryFile err_;
    pid_t pid_ = -1;
};

// phonon-model with these arguments.
ChildEnd run_tool(const std::vector<std::string>& arguments, uint64_t address_space = uint64_t{1} << 32);
std::vector<std::string> tool_command(const std::vector<std::string>& arguments);
