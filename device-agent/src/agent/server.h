#pragma once
// The protocol server: connections, leases, and requests handed to the engine.

#include <memory>
#include <string>
#include <vector>

#include "agent/connection.h"
#include "agent/engine_host.h"
#include "agent/listener.h"
#include "agent/mailbox.h"
#include "agent/replies.h"
#include "base/files.h"

namespace phonon {

struct ServerOptions {
    std::string token;
    double lease_s = 60;  // until the first hello says otherwise
    int stop_fd = -1;     // the server ends when this is readable; -1: there is none
    std::string folder;   // where the agent keeps its files
    AgentIdentity identity;
};

// One thread, the one that calls serve(), owns the connections. A slow client delays nobody: events wait for it in
// their spool.
class Server {
  public:
    static constexpr size_t kMostConnections = 8;

    Server(ServerOptions options, Listener listener, EngineHost& host, Mailbox& mailbox, const SystemFiles& files);

    // Returns when a client asked for shutdown, the lease ran out, or stop_fd became readable. What went on has then
    // been cancelled; false when it did not end within five seconds.
    bool serve();
    // Leaves no socket behind when the process ends without destructors.
    void remove_socket() const { listener_.remove_file(); }

  private:
    void wait();
    void accept();
    void receive(Connection& connection);
    void first_line(Connection& connection, const Json& object);
    void handle(Connection& connection, const Json& object);
    void answer(Connection& connection, uint32_t id, const Result<OrderedJson>& result);
    void attach(Connection& connection, uint32_t id, const AttachRequest& request);
    void refuse(Connection& connection, const Error& error);
    void deliver();
    bool wind_up();
    Clock::time_point next_deadline() const;

    const ServerOptions options_;
    const Listener listener_;
    EngineHost& host_;
    Mailbox& mailbox_;
    const SystemFiles& files_;
    std::vector<std::unique_ptr<Connection>> connections_;
    uint64_t next_id_ = 1;
    Clock::time_point lease_end_;
    bool stop_ = false;
};

}  // namespace phonon
