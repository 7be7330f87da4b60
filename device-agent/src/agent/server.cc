#include "agent/server.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace phonon {
namespace {

Clock::duration seconds(double s) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(s));
}

// Takes as long for a wrong token as for the right one, so that it cannot be guessed byte by byte.
bool same_token(const std::string& expected, const std::string& given) {
    unsigned difference = static_cast<unsigned>(expected.size() ^ given.size());
    for (size_t i = 0; i < expected.size(); i++) {
        const char other = given.empty() ? '\0' : given[i % given.size()];
        difference |= static_cast<unsigned char>(expected[i] ^ other);
    }
    return difference == 0;
}

// An answer that no line can hold becomes an error.
std::string answer_line(uint32_t id, const Result<OrderedJson>& result) {
    if (!result) return to_line(error_reply(id, result.error()));
    std::string line = to_line(ok_reply(id, result.value()));
    if (line.size() <= kLineLimit) return line;
    return to_line(error_reply(id, {"bad_request", "the answer has " + std::to_string(line.size()) +
                                                       " bytes; a line holds " + std::to_string(kLineLimit)}));
}

}  // namespace

Server::Server(ServerOptions options, Listener listener, EngineHost& host, Mailbox& mailbox, const SystemFiles& files)
    : options_(std::move(options)),
      listener_(std::move(listener)),
      host_(host),
      mailbox_(mailbox),
      files_(files),
      lease_end_(Clock::now() + seconds(options_.lease_s)) {}

bool Server::serve() {
    while (!stop_ && Clock::now() < lease_end_) {
        wait();
        deliver();
    }
    return wind_up();
}

Clock::time_point Server::next_deadline() const {
    auto next = lease_end_;
    for (const auto& connection : connections_) next = std::min(next, connection->deadline().value_or(next));
    return next;
}

// Sleeps until something happens, and takes what came in.
void Server::wait() {
    std::vector<pollfd> fds = {{options_.stop_fd, POLLIN, 0}, {mailbox_.fd(), POLLIN, 0}, {listener_.fd(), POLLIN, 0}};
    const size_t first = fds.size();
    for (const auto& connection : connections_) fds.push_back({connection->fd(), connection->wanted(), 0});
    const double left = milliseconds(next_deadline() - Clock::now());
    if (::poll(fds.data(), fds.size(), static_cast<int>(std::clamp(left + 1, 0.0, 60'000.0))) < 0) return;
    if (fds[0].revents != 0) stop_ = true;
    for (size_t i = first; i < fds.size(); i++) {
        if ((fds[i].revents & ~POLLOUT) != 0) receive(*connections_[i - first]);
    }
    if (fds[2].revents != 0) accept();
}

void Server::accept() {
    for (int fd = listener_.accept(); fd >= 0; fd = listener_.accept()) {
        auto connection = std::make_unique<Connection>(fd, next_id_++);
        const auto open =
            std::count_if(connections_.begin(), connections_.end(), [](const auto& c) { return c->open(); });
        if (static_cast<size_t>(open) >= kMostConnections) {
            refuse(*connection, {"busy", std::to_string(kMostConnections) + " connections are open already"});
        }
        connections_.push_back(std::move(connection));
        // Descriptors are few on a phone: those being closed count too before more are taken.
        if (connections_.size() >= 4 * kMostConnections) break;
    }
}

void Server::receive(Connection& connection) {
    bool too_long = false;
    connection.receive(too_long);
    if (too_long) return refuse(connection, {"malformed", "a line may have " + std::to_string(kLineLimit) + " bytes"});
    while (connection.open()) {
        const auto line = connection.next_line();
        if (!line) return;
        const auto object = parse_line(*line);
        if (!object) return refuse(connection, object.error());
        if (!connection.greeted()) {
            first_line(connection, object.value());
        } else {
            lease_end_ = Clock::now() + seconds(connection.lease_s());
            handle(connection, object.value());
        }
    }
}

void Server::first_line(Connection& connection, const Json& object) {
    const auto hello = parse_hello(object);
    // Whoever does not know the token learns nothing else.
    if (hello ? !same_token(options_.token, hello.value().token) : hello.error().code == "unauthorized") {
        return refuse(connection, {"unauthorized", hello ? "wrong token" : hello.error().message});
    }
    if (!hello) return refuse(connection, hello.error());
    if (hello.value().protocol != kProtocolVersion) {
        return refuse(connection,
                      {"protocol_version", "this agent speaks protocol " + std::to_string(kProtocolVersion) +
                                               ", the client asked for " + std::to_string(hello.value().protocol)});
    }
    connection.greet(hello.value().lease_s);
    lease_end_ = Clock::now() + seconds(connection.lease_s());
    connection.send(to_line(greeting(options_.identity, read_device_facts(files_, options_.folder), ::getpid())));
}

void Server::handle(Connection& connection, const Json& object) {
    const auto id = request_id(object);
    if (!id) {
        connection.send(to_line(error_reply(
            std::nullopt, {"bad_request", "id must be a whole number from 0 to " + std::to_string(UINT32_MAX)})));
        return;
    }
    const auto parsed = parse_request(object);
    if (!parsed) return answer(connection, *id, parsed.error());
    // Answered from any thread, and perhaps after the connection is gone.
    const Answer later = [&mailbox = mailbox_, connection = connection.id(),
                          id = *id](const Result<OrderedJson>& result) {
        mailbox.post({connection, answer_line(id, result)});
    };
    const auto nothing = OrderedJson::object();
    struct Visitor {
        Server& server;
        Connection& connection;
        const uint32_t id;
        const Answer& later;
        const OrderedJson& nothing;
        void operator()(const RenewRequest&) const { server.answer(connection, id, nothing); }
        void operator()(const StatusRequest&) const { server.answer(connection, id, to_json(server.host_.status())); }
        void operator()(const LoadRequest& r) const { server.host_.load(r, later); }
        void operator()(const UnloadRequest&) const { server.host_.unload(later); }
        void operator()(const RunRequest& r) const { server.host_.run(r, later); }
        void operator()(const ScoreRequest& r) const { server.host_.score(r, later); }
        void operator()(const ProbeRequest& r) const { server.host_.probe(r, later); }
        void operator()(const PackRequest& r) const { server.host_.pack(r, later); }
        void operator()(const CheckPackRequest& r) const { server.host_.check_pack(r, later); }
        void operator()(const PackProfileRequest& r) const { server.host_.pack_profile(r, later); }
        void operator()(const CancelRequest& r) const {
            const Status status = server.host_.cancel(r);
            server.answer(connection, id, status ? Result<OrderedJson>(nothing) : status.error());
        }
        void operator()(const AttachRequest& r) const { server.attach(connection, id, r); }
        void operator()(const TokenizeRequest& r) const { server.host_.tokenize(r, later); }
        void operator()(const ShutdownRequest&) const {
            server.answer(connection, id, nothing);
            server.stop_ = true;
        }
    };
    std::visit(Visitor{*this, connection, *id, later, nothing}, parsed.value());
}

void Server::answer(Connection& connection, uint32_t id, const Result<OrderedJson>& result) {
    connection.send(answer_line(id, result));
}

void Server::attach(Connection& connection, uint32_t id, const AttachRequest& request) {
    auto spool = host_.spool(request.run);
    if (!spool) return answer(connection, id, Error{"no_such_run", "run " + request.run + " is not kept here"});
    const uint64_t last = spool->last_seq();
    if (request.from_seq > last + 1) {
        return answer(connection, id,
                      Error{"bad_request", "from_seq is " + std::to_string(request.from_seq) +
                                               ", but the last event is " + std::to_string(last)});
    }
    answer(connection, id, OrderedJson{{"last_seq", last}});
    connection.follow(std::move(spool), request.from_seq);
}

void Server::refuse(Connection& connection, const Error& error) {
    connection.send(to_line(error_reply(std::nullopt, error)));
    connection.finish();
}

// Hands out answers and events, and lets go of connections that are done.
void Server::deliver() {
    // Announced before the spools are looked at: what comes later wakes this thread again.
    const auto follows = [](const auto& c) { return c->following(); };
    mailbox_.set_followed(std::any_of(connections_.begin(), connections_.end(), follows));
    for (Letter& letter : mailbox_.take()) {
        for (const auto& connection : connections_) {
            if (connection->id() == letter.connection && connection->open()) connection->send(letter.line);
        }
    }
    const auto now = Clock::now();
    for (const auto& connection : connections_) {
        connection->pump();
        if (connection->deadline() && now >= *connection->deadline()) connection->drop();
    }
    std::erase_if(connections_, [](const auto& c) { return c->closed(); });
}

bool Server::wind_up() {
    const bool ended = host_.stop(std::chrono::seconds(5));
    // A run's last event still reaches those who read.
    deliver();
    const auto end = Clock::now() + std::chrono::milliseconds(200);
    while (Clock::now() < end) {
        const auto busy = [](const auto& c) { return (c->wanted() & POLLOUT) != 0; };
        if (std::none_of(connections_.begin(), connections_.end(), busy)) break;
        ::usleep(1000);
        deliver();
    }
    connections_.clear();
    return ended;
}

}  // namespace phonon
