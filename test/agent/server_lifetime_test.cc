// Leases, lost and slow connections, the end of an agent.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "agent_client.h"
#include "protocol_lines.h"

using namespace phonon;
using namespace phonon::testing;
using namespace std::chrono_literals;

TEST_CASE("server: every invalid line gets its answer, and only those end the session that must") {
    const TestServer server(fake());
    for (const Json& row : protocol_lines("invalid.jsonl")) {
        CAPTURE(row["name"].get<std::string>());
        std::string line = row.value("text", std::string());
        if (row.contains("fill")) {
            for (int i = 0; i < row["times"]; i++) line += row["fill"].get<std::string>();
        }
        if (row.contains("hex")) {
            const auto hex = row["hex"].get<std::string>();
            for (size_t i = 0; i < hex.size(); i += 2)
                line += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
        }
        Client client(server.address, 60, !row["first_line"].get<bool>());
        client.send(line + "\n");
        const Json answer = client.read();
        CHECK(answer["type"] == "error");
        CHECK(answer["code"] == row["code"]);
        CHECK(!answer["message"].get<std::string>().empty());
        CHECK(answer.contains("id") == !row["id"].is_null());
        if (answer.contains("id")) CHECK(answer["id"] == row["id"]);
        if (row["closes"]) {
            CHECK(client.read().is_null());
        } else {
            CHECK(client.ask("renew")["type"] == "ok");
        }
    }
}

TEST_CASE("server: a line without an end is cut off, and others are served meanwhile") {
    const TestServer server(fake());
    Client other = server.client(), endless = server.client();
    std::thread writer([&] { endless.send(std::string(8 << 20, 'x')); });
    CHECK(other.ask("renew")["type"] == "ok");
    CHECK(endless.read()["code"] == "malformed");
    CHECK(endless.read().is_null());
    writer.join();
}

TEST_CASE("server: lines may come in pieces and several at once") {
    const TestServer server(fake());
    Client client = server.client();
    client.send("{\"type\":\"re");
    std::this_thread::sleep_for(20ms);
    client.send("new\",\"id\":1}\n{\"type\":\"renew\",\"id\":2}\r\n{\"type\":\"renew\",\"id\":3}\n");
    for (int id = 1; id <= 3; id++) CHECK(client.read()["id"] == id);
}

TEST_CASE("server: eight connections, and room again when one goes") {
    const TestServer server(fake());
    std::vector<Client> clients;
    for (int i = 0; i < 8; i++) clients.push_back(server.client());
    Client ninth(server.address, 60, false);
    CHECK(ninth.read()["code"] == "busy");
    CHECK(ninth.read().is_null());
    clients.pop_back();
    for (int i = 0; i < 100; i++) {
        Client again(server.address, 60, true);
        if (again.greeting["type"] == "greeting") break;
        CHECK(i < 99);
        std::this_thread::sleep_for(10ms);
    }
    CHECK(clients[0].ask("renew")["type"] == "ok");
}

TEST_CASE("server: a lost connection is taken up again with nothing missing or doubled") {
    const TestServer server(fake({}, {.eval_delay = 500us}));
    Client starter = server.loaded();
    REQUIRE(starter.ask("run", run_request("r", 240))["type"] == "ok");
    starter.close();
    std::vector<Json> events;
    // Connects, reads some, and is gone; again and again.
    for (int round = 0; events.empty() || events.back()["kind"] != "ended"; round++) {
        REQUIRE(round < 300);
        Client client = server.client();
        const Json answer = client.ask("attach", {{"run", "r"}, {"from_seq", events.size() + 1}});
        REQUIRE(answer["type"] == "ok");
        events.insert(events.end(), client.events.begin(), client.events.end());
        for (int i = 0; i < 20 && (events.empty() || events.back()["kind"] != "ended"); i++)
            events.push_back(client.read());
    }
    REQUIRE(events.size() == 1 + 1 + 240 + 1);
    for (size_t i = 0; i < events.size(); i++) CHECK(events[i]["seq"] == i + 1);
    // The whole stream once more, and from its middle.
    Client client = server.client();
    CHECK(client.follow("r") == events);
    CHECK(client.follow("r", 100) == std::vector<Json>(events.begin() + 99, events.end()));
    CHECK(client.ask("attach", {{"run", "r"}, {"from_seq", events.size() + 1}})["last_seq"] == events.size());
    CHECK(client.ask("attach", {{"run", "r"}, {"from_seq", events.size() + 2}})["code"] == "bad_request");
}

TEST_CASE("server: a client that does not read delays neither the run nor others") {
    const TestServer server(fake());
    Client slow = server.loaded({{"context", 20000}}), quick = server.client();
    REQUIRE(slow.ask("run", run_request("r", 19000))["type"] == "ok");
    slow.say({{"type", "attach"}, {"id", 90}, {"run", "r"}, {"from_seq", 1}});
    const auto all = quick.follow("r");
    CHECK(all.back()["status"] == "done");
    CHECK(all.back()["output_tokens"] == 19000);
    // It has missed nothing.
    CHECK(slow.read()["id"] == 90);
    bool same = true;
    for (const Json& event : all) same = same && slow.read() == event;
    CHECK(same);
}

TEST_CASE("server: a client that asks but does not read is not served endlessly") {
    const TestServer server(fake());
    Client greedy = server.client(), other = server.client();
    std::thread writer([&] {
        std::string many;
        for (int i = 0; i < 20'000; i++) many += "{\"type\":\"status\",\"id\":1}\n";
        for (int i = 0; i < 20; i++) greedy.send(many);
    });
    std::this_thread::sleep_for(300ms);
    CHECK(other.ask("renew")["type"] == "ok");
    CHECK(other.ask("status")["memory"]["rss_bytes"].get<uint64_t>() < (uint64_t{4} << 30));
    greedy.shutdown();
    writer.join();
}

TEST_CASE("server: ends when its lease runs out, whatever goes on") {
    TestServer server(fake({}, {.eval_delay = 50ms}));
    Client client = server.loaded();
    client.ask("run", run_request("r", 250));
    // A lease of five seconds is the shortest; a new hello replaces the longer one.
    const auto began = Clock::now();
    Client brief = server.client(5);
    CHECK(server.wait(9s));
    CHECK(Clock::now() - began > 4900ms);
}

TEST_CASE("server: any line renews the lease") {
    TestServer server(fake(), nullptr, 1);
    Client client = server.client(5);
    for (int i = 0; i < 7; i++) {
        std::this_thread::sleep_for(1s);
        CHECK(client.ask("renew")["type"] == "ok");
    }
}

TEST_CASE("server: without a hello it ends too") {
    TestServer server(fake(), nullptr, 0.2);
    CHECK(server.wait(5s));
}

TEST_CASE("server: shutdown is answered, cancels the run and tells its end") {
    TestServer server(fake({}, {.eval_delay = 5ms}));
    Client client = server.loaded(), watcher = server.client();
    REQUIRE(client.ask("run", run_request("r", 250))["type"] == "ok");
    CHECK(watcher.ask("attach", {{"run", "r"}, {"from_seq", 1}})["type"] == "ok");
    CHECK(client.ask("shutdown")["type"] == "ok");
    CHECK(server.wait(5s));
    Json last;
    for (Json line = watcher.read(); line.is_object(); line = watcher.read()) last = line;
    CHECK(last["kind"] == "ended");
    CHECK(last["status"] == "cancelled");
}

TEST_CASE("server: an engine that hangs does not keep it") {
    TestServer server(fake({}, {.eval_delay = 8s}));
    Client client = server.loaded();
    REQUIRE(client.ask("run", run_request("r", 5))["type"] == "ok");
    std::this_thread::sleep_for(500ms);  // it is in its eval by then
    CHECK(client.ask("shutdown")["type"] == "ok");
    CHECK(!server.wait(8s));
}

TEST_CASE("server: a full disk ends the run, and says so") {
    // The process's limit on file sizes stands for the disk: writes fail in the same way.
    struct Limit {
        rlimit before{};
        Limit() {
            std::signal(SIGXFSZ, SIG_IGN);
            ::getrlimit(RLIMIT_FSIZE, &before);
            const rlimit small{20'000, before.rlim_max};
            ::setrlimit(RLIMIT_FSIZE, &small);
        }
        ~Limit() { ::setrlimit(RLIMIT_FSIZE, &before); }
    };
    const TestServer server(fake({}, {.eval_delay = 200us}));
    Client client = server.loaded({{"context", 5000}});
    {
        const Limit limit;
        REQUIRE(client.ask("run", run_request("r", 4000))["type"] == "ok");
        const auto events = client.follow("r");
        const Json& last = events.back();
        CHECK(last["status"] == "failed");
        CHECK(last["reason"] == "io_error");
        CHECK(last["message"].get<std::string>().find("r.jsonl: File too large") != std::string::npos);
        CHECK(last["seq"] == events.size());
        CHECK(last["output_tokens"] < 4000);
    }
    REQUIRE(client.ask("run", run_request("next", 10))["type"] == "ok");
    CHECK(client.follow("next").back()["status"] == "done");
}

TEST_CASE("server: a folder that takes no file refuses the run") {
    const TestServer server(fake());
    Client client = server.loaded();
    std::filesystem::remove_all(server.folder.path() + "/spool");
    const Json answer = client.ask("run", run_request("r", 4));
    CHECK(answer["code"] == "io_error");
    CHECK(answer["message"].get<std::string>().find("r.jsonl: No such file") != std::string::npos);
    CHECK(client.ask("renew")["type"] == "ok");
}
