// The server over real sockets: sessions, requests, runs.
#include "agent/server.h"

#include <doctest/doctest.h>

#include "agent_client.h"

using namespace phonon;
using namespace phonon::testing;
using namespace std::chrono_literals;

namespace {

int count(const std::vector<Json>& events, const std::string& kind) {
    return static_cast<int>(
        std::count_if(events.begin(), events.end(), [&](const Json& e) { return e["kind"] == kind; }));
}

void check_numbered(const std::vector<Json>& events, uint64_t first) {
    double before = 0;
    for (const Json& event : events) {
        CHECK(event["seq"] == first++);
        CHECK(event["t_ms"].get<double>() >= before);
        before = event["t_ms"].get<double>();
    }
}

std::string error_code(const Json& answer) {
    return answer.value("code", "none");
}

}  // namespace

TEST_CASE("server: greets with facts of the device") {
    const TestServer server(fake());
    const Client client = server.client();
    CHECK(client.greeting["type"] == "greeting");
    CHECK(client.greeting["protocol"] == 1);
    CHECK(client.greeting["engine"] == "fake");
    CHECK(client.greeting["pid"] == ::getpid());
    CHECK(client.greeting["device"]["storage"]["path"] == server.folder.path());
    CHECK(client.greeting["device"]["memory"]["total_bytes"] > 0);
}

TEST_CASE("server: loads, runs, tells all events in order") {
    const TestServer server(fake());
    Client client = server.client();
    CHECK(client.ask("status")["loaded"].is_null());
    const Json load = client.ask("load", {{"path", "x"}, {"context", 128}});
    CHECK(load["report"]["context"] == 128);
    CHECK(client.ask("status")["loaded"] == load["report"]);
    CHECK(client.ask("tokenize", {{"text", "ab"}, {"special", false}})["tokens"] == Json({97, 98}));

    const Json accepted = client.ask("run", run_request("r1"));
    CHECK(accepted["prompt_tokens"] == 4);
    const auto events = client.follow("r1");
    check_numbered(events, 1);
    REQUIRE(events.size() >= 13);
    CHECK(events.front()["kind"] == "started");
    CHECK(events.front()["prompt_ids"].size() == 4);
    CHECK(events.front()["config"]["max_tokens"] == 10);
    CHECK(events.front()["report"] == load["report"]);
    CHECK(count(events, "prefill") == 1);
    CHECK(count(events, "token") == 10);
    CHECK(events.back()["status"] == "done");
    CHECK(events.back()["reason"] == "length");
    CHECK(events.back()["output_tokens"] == 10);
    CHECK(events.back()["ops"]["cpu"].get<int>() > 0);
    // Accepted at once: the agent is free when a run's last event can be read.
    CHECK(client.ask("run", run_request("r2"))["type"] == "ok");
    CHECK(client.follow("r2").back()["status"] == "done");
    CHECK(client.ask("unload")["type"] == "ok");
    CHECK(error_code(client.ask("run", run_request("r3"))) == "not_loaded");
}

TEST_CASE("server: a load's own error is the answer, and nothing is loaded") {
    FakeFaults faults;
    faults.load_error = {"file_missing", "x: No such file or directory"};
    const TestServer server(fake({}, faults));
    Client client = server.client();
    const Json answer = client.ask("load", {{"path", "x"}});
    CHECK(error_code(answer) == "file_missing");
    CHECK(answer["message"] == "x: No such file or directory");
    CHECK(client.ask("status")["loaded"].is_null());
}

TEST_CASE("server: hundreds of threads are refused") {
    const TestServer server(fake());
    Client client = server.client();
    const Json refused = client.ask("load", {{"path", "x"}, {"threads", 1000}});
    CHECK(error_code(refused) == "bad_request");
    CHECK(refused["message"].get<std::string>().find("threads is 1000, but this device has ") == 0);
    CHECK(client.ask("load", {{"path", "x"}, {"threads", 2}})["type"] == "ok");
}

TEST_CASE("server: one thing at a time, and the one can be cancelled") {
    const TestServer server(fake({}, {.eval_delay = 5ms}));
    Client client = server.loaded(), other = server.client();
    REQUIRE(client.ask("run", run_request("long", 200))["type"] == "ok");
    CHECK(error_code(other.ask("run", run_request("second"))) == "busy");
    CHECK(error_code(other.ask("load", {{"path", "x"}})) == "busy");
    CHECK(error_code(other.ask("unload")) == "busy");
    const Json status = other.ask("status");
    CHECK(status["run"]["run"] == "long");
    CHECK(error_code(other.ask("cancel", {{"run", "other"}})) == "no_such_run");
    CHECK(other.ask("cancel", {{"run", "long"}})["type"] == "ok");
    const auto events = client.follow("long");
    CHECK(events.back()["status"] == "cancelled");
    CHECK(events.back()["reason"] == "cancelled");
    CHECK(!events.back().contains("message"));
    CHECK(client.ask("cancel", {{"run", "long"}})["type"] == "ok");
    CHECK(client.ask("status")["run"].is_null());
}

TEST_CASE("server: a load can be cancelled") {
    FakeFaults faults;
    faults.load_delay = 5000ms;
    const TestServer server(fake({}, faults));
    Client client = server.client(), other = server.client();
    client.say({{"type", "load"}, {"id", 77}, {"path", "x"}});
    while (other.ask("cancel")["type"] != "ok") std::this_thread::sleep_for(1ms);
    const Json answer = client.read();
    CHECK(answer["id"] == 77);
    CHECK(error_code(answer) == "cancelled");
}

TEST_CASE("server: a failing engine fails the run, with its message") {
    const TestServer server(fake({}, {.fail_eval = 4}));
    Client client = server.loaded();
    REQUIRE(client.ask("run", run_request("r"))["type"] == "ok");
    const Json last = client.follow("r").back();
    CHECK(last["status"] == "failed");
    CHECK(last["reason"] == "io_error");
    CHECK(last["message"].get<std::string>().find("8192") != std::string::npos);
    CHECK(last["output_tokens"] == 4);
    CHECK(client.ask("run", run_request("again"))["type"] == "ok");
}

TEST_CASE("server: prompts that do not fit are refused, and leave no run behind") {
    const TestServer server(fake());
    Client client = server.loaded({{"context", 8}});
    Json request = run_request("r");
    request["prompt"] = "12345678";
    CHECK(error_code(client.ask("run", request)) == "prompt_too_long");
    CHECK(error_code(client.ask("attach", {{"run", "r"}, {"from_seq", 1}})) == "no_such_run");
    request.erase("prompt");
    request["prompt_tokens"] = {1, 999};
    CHECK(error_code(client.ask("run", request)) == "bad_request");
    request["prompt_tokens"] = Json::array();
    CHECK(error_code(client.ask("run", request)) == "bad_request");
    request["prompt_tokens"] = {1, 2, 3};
    CHECK(client.ask("run", request)["type"] == "ok");
    const auto events = client.follow("r");
    CHECK(count(events, "warning") == 1);
    CHECK(events.back()["output_tokens"] == 5);
}

TEST_CASE("server: a run's name is used once, and eight runs are kept") {
    const TestServer server(fake());
    Client client = server.loaded();
    for (int i = 0; i < 9; i++) {
        const std::string name = "r" + std::to_string(i);
        REQUIRE(client.ask("run", run_request(name, 2))["type"] == "ok");
        CHECK(client.follow(name).back()["status"] == "done");
    }
    CHECK(error_code(client.ask("attach", {{"run", "r0"}, {"from_seq", 1}})) == "no_such_run");
    CHECK(client.follow("r1").size() >= 4);
    CHECK(error_code(client.ask("run", run_request("r8"))) == "bad_request");
    CHECK(client.ask("run", run_request("r0", 2))["type"] == "ok");
}

TEST_CASE("server: text comes at the end when there are no token events") {
    const TestServer server(fake("hello"));
    Client client = server.loaded();
    Json request = run_request("r", 5);
    request["token_events"] = false;
    REQUIRE(client.ask("run", request)["type"] == "ok");
    const auto events = client.follow("r");
    CHECK(count(events, "token") == 0);
    CHECK(events.back()["output_tokens"] == 5);
    CHECK(events.back()["text_tail"].get<std::string>().size() >= 5);
}

TEST_CASE("server: samples come at their rate, the first at once") {
    const TestServer server(fake({}, {.eval_delay = 4ms}));
    Client client = server.loaded();
    Json request = run_request("r", 100);
    request["sample_hz"] = 20;
    REQUIRE(client.ask("run", request)["type"] == "ok");
    const auto events = client.follow("r");
    const double seconds = events.back()["t_ms"].get<double>() / 1000;
    CHECK(count(events, "sample") >= 3);
    CHECK(count(events, "sample") <= static_cast<int>(seconds * 20) + 2);
    for (const Json& e : events) {
        if (e["kind"] == "sample") CHECK(e["memory"]["rss_bytes"].get<uint64_t>() > 0);
    }
}

TEST_CASE("server: scores a text, against another engine where there is one") {
    const TestServer server(fake(), [] { return std::make_unique<FakeBackend>(); });
    Client client = server.loaded();
    const std::string text(100, 'x');
    CHECK(client.ask("score", {{"run", "s"}, {"text", text}, {"context", 32}, {"against", "phonon"}})["tokens"] == 101);
    const auto events = client.follow("s");
    CHECK(count(events, "score_progress") == 3);
    const auto found = std::find_if(events.begin(), events.end(), [](const Json& e) { return e["kind"] == "scored"; });
    REQUIRE(found != events.end());
    const Json scored = *found;  // a sample may come behind it
    CHECK(scored["tokens"] == 45);
    CHECK(scored["kl_mean"].get<double>() < 1e-9);
    CHECK(events.back()["reason"] == "end");

    CHECK(error_code(client.ask("score", {{"run", "t"}, {"text", "short"}, {"context", 32}})) == "bad_request");
    CHECK(error_code(client.ask("score", {{"run", "t"}, {"text", text}, {"context", 512}})) == "bad_request");
    CHECK(error_code(client.ask("score", {{"run", "t"}, {"path", "/nowhere"}, {"context", 32}})) == "file_missing");
    CHECK(error_code(client.ask("score", {{"run", "t"}, {"path", "/tmp"}, {"context", 32}})) == "file_invalid");
    CHECK(client.ask("score", {{"run", "t"}, {"path", __FILE__}, {"context", 128}})["tokens"].get<int>() > 1000);
    CHECK(client.follow("t").back()["status"] == "done");

    const TestServer alone(fake());
    Client lonely = alone.loaded();
    CHECK(error_code(lonely.ask("score", {{"run", "s"}, {"text", text}, {"context", 32}, {"against", "phonon"}})) ==
          "bad_request");
}

TEST_CASE("server: an answer longer than a line becomes an error") {
    const TestServer server(fake());
    Client client = server.loaded();
    CHECK(error_code(client.ask("tokenize", {{"text", std::string(500'000, 'x')}})) == "bad_request");
    CHECK(client.ask("renew")["type"] == "ok");
}
