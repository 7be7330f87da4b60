#include "agent/connection.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "agent/json.h"
#include "agent/replies.h"

namespace phonon {
namespace {

constexpr auto kHelloTime = std::chrono::seconds(10);
constexpr auto kFinishTime = std::chrono::seconds(1);
constexpr size_t kEventWindow = 64 << 10;  // events queued ahead of the socket
constexpr size_t kReplyWindow = 4 << 20;   // answers queued for a client that asks but does not read

}  // namespace

Connection::Connection(int fd, uint64_t id) : fd_(fd), id_(id), deadline_(Clock::now() + kHelloTime) {}

Connection::~Connection() {
    ::close(fd_);
}

void Connection::greet(double lease_s) {
    greeted_ = true;
    lease_s_ = lease_s;
    deadline_.reset();
}

short Connection::wanted() const {
    const size_t queued = out_.size() - out_sent_;
    // A client that does not read its answers is not asked for more requests.
    const bool read = state_ == State::finishing || queued < kReplyWindow;
    return static_cast<short>((read ? POLLIN : 0) | (queued > 0 ? POLLOUT : 0));
}

void Connection::receive(bool& too_long) {
    in_.erase(0, in_taken_);
    in_searched_ -= in_taken_;
    in_taken_ = 0;
    char buffer[64 << 10];
    const ssize_t n = ::recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) return drop();
    if (state_ == State::finishing) return;
    in_.append(buffer, static_cast<size_t>(n));
    const size_t first_end = in_.find('\n', in_searched_);
    if (first_end == std::string::npos) in_searched_ = in_.size();
    // Later lines of the buffer are short: the buffer is not longer than a line may be.
    too_long = std::min(first_end, in_.size()) > kLineLimit;
}

std::optional<std::string_view> Connection::next_line() {
    const size_t end = in_.find('\n', std::max(in_searched_, in_taken_));
    if (end == std::string::npos) return std::nullopt;
    const auto line = std::string_view(in_).substr(in_taken_, end - in_taken_);
    in_taken_ = end + 1;
    in_searched_ = in_taken_;
    return line;
}

void Connection::follow(std::shared_ptr<Spool> spool, uint64_t seq) {
    std::erase_if(cursors_, [&](const Cursor& c) { return c.spool == spool; });
    cursors_.push_back({std::move(spool), seq});
}

void Connection::fill() {
    for (Cursor& cursor : cursors_) {
        while (out_.size() - out_sent_ < kEventWindow) {
            uint64_t next = cursor.next;
            const auto lines = cursor.spool->read(cursor.next, kEventWindow, next);
            if (!lines) {
                send(to_line(error_reply(std::nullopt, lines.error())));
                return finish();
            }
            if (next == cursor.next) break;
            out_ += lines.value();
            cursor.next = next;
        }
    }
    std::erase_if(cursors_, [](const Cursor& c) { return c.spool->ended() && c.next > c.spool->last_seq(); });
}

void Connection::flush() {
    while (out_sent_ < out_.size()) {
        const ssize_t n = ::send(fd_, out_.data() + out_sent_, out_.size() - out_sent_, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) break;
        if (n < 0) return drop();
        out_sent_ += static_cast<size_t>(n);
    }
    if (out_sent_ < out_.size()) {
        if (out_sent_ > kEventWindow) out_.erase(0, std::exchange(out_sent_, 0));
        return;
    }
    out_.clear();
    out_sent_ = 0;
    // The client reads the last line before it sees the end; what it still sends is read away until then, because
    // closing a socket with unread bytes may take back what was sent.
    if (state_ == State::finishing) ::shutdown(fd_, SHUT_WR);
}

void Connection::pump() {
    size_t before = 0;
    do {
        if (closed()) return;
        if (open()) fill();
        before = out_.size() - out_sent_;
        flush();
    } while (before > 0 && out_.empty() && following());
}

void Connection::finish() {
    if (!open()) return;
    state_ = State::finishing;
    cursors_.clear();
    deadline_ = Clock::now() + kFinishTime;
}

}  // namespace phonon
