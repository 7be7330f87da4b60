#include "agent_client.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace phonon::testing {

Client::Client(const std::string& address, double lease_s, bool hello) : fd_(connect_to(address)) {
    REQUIRE(fd_ >= 0);
    if (!hello) return;
    say({{"type", "hello"}, {"protocol", 1}, {"token", kToken}, {"lease_s", lease_s}});
    greeting = read();
}

Client::Client(Client&& other) noexcept
    : greeting(std::move(other.greeting)),
      fd_(std::exchange(other.fd_, -1)),
      in_(std::move(other.in_)),
      next_id_(other.next_id_) {}

Client::~Client() {
    close();
}

void Client::shutdown() {
    ::shutdown(fd_, SHUT_RDWR);
}

void Client::close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

void Client::send(const std::string& bytes) {
    for (size_t sent = 0; sent < bytes.size();) {
        const ssize_t n = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (n <= 0) return;
        sent += static_cast<size_t>(n);
    }
}

Json Client::read() {
    for (;;) {
        const size_t end = in_.find('\n');
        if (end != std::string::npos) {
            const Json line = Json::parse(in_.substr(0, end), nullptr, false);
            in_.erase(0, end + 1);
            CHECK(!line.is_discarded());
            return line;
        }
        pollfd waiting{fd_, POLLIN, 0};
        if (::poll(&waiting, 1, 10'000) != 1) {
            FAIL_CHECK("no line came within ten seconds");
            return nullptr;
        }
        char buffer[65536];
        const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
        if (n <= 0) return nullptr;
        in_.append(buffer, static_cast<size_t>(n));
    }
}

Json Client::ask(const std::string& type, Json fields) {
    const uint32_t id = next_id_++;
    fields["type"] = type;
    fields["id"] = id;
    say(fields);
    for (;;) {
        Json line = read();
        if (!line.is_object() || line.value("id", 0u) == id || !line.contains("kind")) return line;
        events.push_back(std::move(line));
    }
}

std::vector<Json> Client::follow(const std::string& run, uint64_t from_seq) {
    events.clear();
    const Json answer = ask("attach", {{"run", run}, {"from_seq", from_seq}});
    CHECK(answer["type"] == "ok");
    std::vector<Json> out = std::exchange(events, {});
    while (out.empty() || out.back()["kind"] != "ended") {
        Json line = read();
        if (!line.is_object()) break;
        out.push_back(std::move(line));
    }
    return out;
}

TestServer::TestServer(std::unique_ptr<Backend> backend, BackendFactory make_reference, double lease_s,
                       DeviceTools tools)
    : address(folder.path() + "/socket"), stop_fd_(::eventfd(0, EFD_CLOEXEC)) {
    auto spools = SpoolStore::open(folder.path() + "/spool");
    REQUIRE(spools.ok());
    auto listener = Listener::open(address);
    REQUIRE(listener.ok());
    ServerOptions options{
        kToken, lease_s, stop_fd_, folder.path(), {"0.1.0", "test", backend->name(), backend->build()}};
    host_ = std::make_unique<EngineHost>(std::move(backend), std::move(make_reference), std::move(tools),
                                         std::move(spools).value(), system_files(), [this] { mailbox_.spool_grew(); });
    server_ =
        std::make_unique<Server>(std::move(options), std::move(listener).value(), *host_, mailbox_, system_files());
    thread_ = std::thread([this] {
        clean_ = server_->serve();
        ended_ = true;
    });
}

TestServer::~TestServer() {
    stop();
    thread_.join();
    ::close(stop_fd_);
}

void TestServer::stop() {
    const uint64_t one = 1;
    CHECK(::write(stop_fd_, &one, sizeof one) == sizeof one);
}

Client TestServer::loaded(Json fields) const {
    Client out = client();
    fields["path"] = "fake";
    const Json answer = out.ask("load", fields);
    CHECK_MESSAGE(answer["type"] == "ok", answer.dump());
    return out;
}

bool TestServer::wait(std::chrono::milliseconds patience) {
    for (const auto end = Clock::now() + patience; !ended_ && Clock::now() < end;) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    CHECK(ended_);
    return ended_ && clean_;
}

}  // namespace phonon::testing
