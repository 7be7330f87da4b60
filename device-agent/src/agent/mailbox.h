#pragma once
// How other threads reach the server's thread, which sleeps in poll().

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace phonon {

struct Letter {
    uint64_t connection = 0;
    std::string line;
};

// Thread-safe.
class Mailbox {
  public:
    Mailbox() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
    ~Mailbox() { ::close(fd_); }
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;

    // Readable when there is something to do.
    int fd() const { return fd_; }

    void post(Letter letter) {
        {
            const std::lock_guard lock(mutex_);
            letters_.push_back(std::move(letter));
        }
        wake();
    }
    // A spool has grown. Costs nothing while no connection follows a run.
    void spool_grew() {
        if (followed_) wake();
    }
    void set_followed(bool followed) { followed_ = followed; }

    std::vector<Letter> take() {
        uint64_t count = 0;
        while (::read(fd_, &count, sizeof count) > 0) {
        }
        const std::lock_guard lock(mutex_);
        return std::exchange(letters_, {});
    }

  private:
    void wake() {
        const uint64_t one = 1;
        // Fails only when the counter is full: the server is then being woken already.
        if (::write(fd_, &one, sizeof one) < 0) return;
    }

    const int fd_;
    std::atomic<bool> followed_ = false;
    std::mutex mutex_;
    std::vector<Letter> letters_;
};

}  // namespace phonon
