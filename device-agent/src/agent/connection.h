#pragma once
// One client's socket: lines in, lines out, and the runs that it follows. Belongs to the server's thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/spool.h"
#include "base/clock.h"
#include "phonon/result.h"

namespace phonon {

// open: lines go both ways. finishing: what is to be sent is sent, what comes is dropped. closed: may be deleted.
class Connection {
  public:
    Connection(int fd, uint64_t id);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    int fd() const { return fd_; }
    uint64_t id() const { return id_; }
    bool open() const { return state_ == State::open; }
    bool closed() const { return state_ == State::closed; }
    // When it is to be dropped if the client neither says hello nor goes away.
    std::optional<Clock::time_point> deadline() const { return deadline_; }

    bool greeted() const { return greeted_; }
    void greet(double lease_s);
    double lease_s() const { return lease_s_; }

    // Events to poll for.
    short wanted() const;
    // Takes what has come. `too_long`: a line exceeds the limit.
    void receive(bool& too_long);
    // The next whole line that came, without its newline; valid until the next call of receive().
    std::optional<std::string_view> next_line();

    // Queues a line that ends with a newline.
    void send(const std::string& line) { out_ += line; }
    // Sends on this connection the events of `spool` from `seq` on, as they come.
    void follow(std::shared_ptr<Spool> spool, uint64_t seq);
    bool following() const { return !cursors_.empty(); }
    // Moves events from the spools into the queue as far as there is room, and the queue into the socket.
    void pump();
    // Sends what is queued, follows nothing any more, and closes.
    void finish();
    void drop() { state_ = State::closed; }

  private:
    enum class State { open, finishing, closed };
    struct Cursor {
        std::shared_ptr<Spool> spool;
        uint64_t next;
    };
    void fill();
    void flush();

    const int fd_;
    const uint64_t id_;
    State state_ = State::open;
    std::optional<Clock::time_point> deadline_;
    bool greeted_ = false;
    double lease_s_ = 0;
    std::string in_;  // what came; lines up to in_taken_ are done with
    size_t in_taken_ = 0, in_searched_ = 0;
    std::string out_;  // what is to be sent, from out_sent_ on
    size_t out_sent_ = 0;
    std::vector<Cursor> cursors_;
};

}  // namespace phonon
