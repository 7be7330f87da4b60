#pragma once
// A client of the protocol for tests, over a real socket, and a server in this process.

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "agent/json.h"
#include "agent/mailbox.h"
#include "agent/server.h"
#include "fake_backend.h"
#include "temporary_folder.h"

namespace phonon::testing {

inline constexpr const char* kToken = "00112233445566778899aabbccddeeff";

inline std::unique_ptr<FakeBackend> fake(std::string script = {}, FakeFaults faults = {}) {
    return std::make_unique<FakeBackend>(std::move(script), std::move(faults));
}

inline Json run_request(const std::string& run, int max_tokens = 10) {
    return {{"run", run}, {"prompt", "abc"}, {"max_tokens", max_tokens}, {"ignore_end", true}, {"sample_hz", 0}};
}

// Lines over one connection. Every read gives up after ten seconds, with a failed check.
class Client {
  public:
    // Says hello unless told otherwise.
    explicit Client(const std::string& address, double lease_s = 60, bool hello = true);
    ~Client();
    Client(Client&& other) noexcept;

    void send(const std::string& bytes);  // as they are; ignores that the other end is gone
    void say(const Json& message) { send(message.dump() + "\n"); }
    Json read();  // null at the end of the connection
    // Sends a request; events that come before its answer are kept in `events`.
    Json ask(const std::string& type, Json fields = Json::object());
    // Attaches and reads up to and including `ended`.
    std::vector<Json> follow(const std::string& run, uint64_t from_seq = 1);
    void close();
    // Ends both directions, also for a thread that is sending.
    void shutdown();

    std::vector<Json> events;
    Json greeting;

  private:
    int fd_ = -1;
    std::string in_;
    uint32_t next_id_ = 1;
};

// The server over a backend, on a thread of its own, until it is stopped or ends by itself.
class TestServer {
  public:
    explicit TestServer(std::unique_ptr<Backend> backend, BackendFactory make_reference = nullptr, double lease_s = 60,
                        DeviceTools tools = {});
    ~TestServer();

    Client client(double lease_s = 60) const { return Client(address, lease_s); }
    // A client with a model loaded.
    Client loaded(Json fields = Json::object()) const;
    // Waits until serve() has returned; what it returned. Fails the test after `patience`.
    bool wait(std::chrono::milliseconds patience);
    void stop();

    TemporaryFolder folder;
    const std::string address;

  private:
    const int stop_fd_;
    Mailbox mailbox_;
    std::unique_ptr<EngineHost> host_;
    std::unique_ptr<Server> server_;
    std::atomic<bool> ended_ = false;
    bool clean_ = false;
    std::thread thread_;
};

}  // namespace phonon::testing
