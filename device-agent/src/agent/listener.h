#pragma once
// The socket on which an agent is reached: "@NAME" in Linux's abstract namespace, or a path.

#include <string>

#include "phonon/result.h"

namespace phonon {

// Owns the listening descriptor, and the socket's file if it has one.
class Listener {
  public:
    // Errors: bad_request for an address that no socket can have, io_error (in use, no such folder, ...). A socket file
    // on which nobody listens any more is replaced.
    static Result<Listener> open(const std::string& address);
    ~Listener();
    Listener(Listener&& other) noexcept;
    Listener& operator=(Listener&&) = delete;

    int fd() const { return fd_; }
    // The next client's descriptor; -1 when none waits.
    int accept() const;
    // Also done by the destructor.
    void remove_file() const;

  private:
    Listener(int fd, std::string file) : fd_(fd), file_(std::move(file)) {}

    int fd_;
    std::string file_;  // "" for an abstract socket
};

// A connection to such an address, or -1 and errno.
int connect_to(const std::string& address);

}  // namespace phonon
