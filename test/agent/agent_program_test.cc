// The agent as a program: command line, start, daemon, signals, what it leaves behind.
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "agent/serve_options.h"
#include "agent_client.h"
#include "agent_process.h"
#include "sanitizers.h"

using namespace phonon;
using namespace phonon::testing;
using namespace std::chrono_literals;

namespace {

const std::string kProgram = PHONON_LLAMA_PROGRAM;
const std::string kTokenLine = std::string(kToken) + "\n";

std::vector<std::string> serve(const std::string& socket, const std::string& folder,
                               const std::vector<std::string>& more = {}) {
    std::vector<std::string> command = {kProgram, "serve", "--socket", socket, "--dir", folder};
    command.insert(command.end(), more.begin(), more.end());
    return command;
}

// One thread: two of ggml's spin while they wait for each other, which takes minutes on a busy computer.
Json story(int context) {
    return {{"path", PHONON_STORY_MODEL}, {"context", context}, {"threads", 1}};
}

// Instrumented programs start slowly.
constexpr double kStartMs = kSanitized ? 2000 : 100;

std::string abstract_name(const std::string& name) {
    return "@phonon-test-" + std::to_string(::getpid()) + name;
}

bool empty_but_for_folders(const std::string& folder) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (!entry.is_directory()) return false;
    }
    return true;
}

}  // namespace

TEST_CASE("agent program: tells its version") {
    AgentProcess agent({kProgram, "--version"}, "");
    const Json version = Json::parse(agent.line());
    CHECK(version["engine"] == "llama.cpp");
    CHECK(version["protocol"] == 1);
    CHECK(!version["version"].get<std::string>().empty());
    CHECK(version.contains("build"));
    CHECK(agent.wait(5s) == 0);
}

TEST_CASE("agent program: bad usage ends with 2 and says what is wrong") {
    const TemporaryFolder folder;
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
        {{kProgram}, "usage"},
        {{kProgram, "dance"}, "usage"},
        {{kProgram, "serve", "--dir", "x"}, "--socket is missing"},
        {{kProgram, "serve", "--socket", "@x"}, "--dir is missing"},
        {{kProgram, "serve", "--socket"}, "--socket needs a value"},
        {serve("@x", folder.path(), {"--lease", "4"}), "--lease must be"},
        {serve("@x", folder.path(), {"--lease", "60s"}), "--lease must be"},
        {serve("@x", folder.path(), {"--colour"}), "unknown argument --colour"},
    };
    for (const auto& [command, message] : cases) {
        AgentProcess agent(command, kTokenLine);
        CHECK(agent.wait(5s) == 2);
        CHECK(agent.errors().find(message) != std::string::npos);
    }
    for (const char* token : {"", "short\n", "not hexadecimal, though long enough\n"}) {
        AgentProcess agent(serve(abstract_name("t"), folder.path()), token);
        CHECK(agent.wait(5s) == 2);
    }
}

TEST_CASE("agent program: starts in less than 100 ms and takes no more than the token's line") {
    const TemporaryFolder folder;
    double best = 1e9;
    for (int i = 0; i < 5; i++) {
        const auto began = Clock::now();
        AgentProcess agent(serve(abstract_name("s"), folder.path()), kTokenLine + "rest");
        const Json listening = Json::parse(agent.line());
        best = std::min(best, milliseconds_since(began));
        CHECK(listening["type"] == "listening");
        CHECK(listening["pid"] == agent.pid());
        CHECK(listening["socket"] == abstract_name("s"));
        ::kill(agent.pid(), SIGTERM);
        CHECK(agent.wait(5s) == 0);
    }
    MESSAGE("exec to listening: " << best << " ms");
    CHECK(best < kStartMs);
}

TEST_CASE("agent program: a signal ends it, in the middle of a run, and nothing is left") {
    const TemporaryFolder folder;
    const std::string socket = folder.path() + "/socket";
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
        AgentProcess agent(serve(socket, folder.path()), kTokenLine);
        REQUIRE(!agent.line().empty());
        Client client(socket);
        REQUIRE(client.ask("load", story(1024))["type"] == "ok");
        const Json accepted =
            client.ask("run", {{"run", "r"}, {"prompt", "Once"}, {"max_tokens", 1000}, {"ignore_end", true}});
        CHECK(accepted["type"] == "ok");
        CHECK(std::filesystem::exists(folder.path() + "/spool/r.jsonl"));
        ::kill(agent.pid(), signal);
        CHECK(agent.wait(10s) == 0);
        CHECK(empty_but_for_folders(folder.path()));
        CHECK(!std::filesystem::exists(folder.path() + "/spool"));
    }
}

TEST_CASE("agent program: as a daemon it outlives the one who started it, but not its lease") {
    const TemporaryFolder folder;
    const std::string socket = abstract_name("d");
    AgentProcess starter(serve(socket, folder.path(), {"--daemon", "--lease", "5"}), kTokenLine);
    const Json listening = Json::parse(starter.line());
    const pid_t pid = listening["pid"];
    CHECK(pid != starter.pid());
    CHECK(starter.wait(5s) == 0);
    // Nobody holds the pipe any more: adb's shell would return.
    CHECK(starter.output_closed(1s));
    CHECK(::getsid(pid) == pid);
    {
        Client client(socket, 5);
        CHECK(client.greeting["pid"] == pid);
    }
    CHECK(process_gone(pid));
    CHECK(empty_but_for_folders(folder.path()));
}

TEST_CASE("agent program: a daemon that cannot start says so to the one who started it") {
    const TemporaryFolder folder;
    AgentProcess first(serve(folder.path() + "/socket", folder.path()), kTokenLine);
    REQUIRE(!first.line().empty());
    AgentProcess second(serve(folder.path() + "/socket", folder.path(), {"--daemon"}), kTokenLine);
    CHECK(second.line().empty());
    CHECK(second.wait(5s) == 1);
    CHECK(second.errors().find("Address already in use") != std::string::npos);
    CHECK(Client(folder.path() + "/socket").greeting["type"] == "greeting");
}

TEST_CASE("agent program: what a killed agent left is taken away by the next") {
    const TemporaryFolder folder;
    const std::string socket = folder.path() + "/socket";
    {
        AgentProcess killed(serve(socket, folder.path()), kTokenLine);
        REQUIRE(!killed.line().empty());
        Client client(socket);
        REQUIRE(client.ask("load", story(64))["type"] == "ok");
        REQUIRE(client.ask("run", {{"run", "old"}, {"prompt", "Once"}, {"max_tokens", 3}})["type"] == "ok");
        client.follow("old");
        ::kill(killed.pid(), SIGKILL);
        CHECK(killed.wait(5s) == 128 + SIGKILL);
    }
    CHECK(std::filesystem::exists(folder.path() + "/spool/old.jsonl"));
    AgentProcess next(serve(socket, folder.path()), kTokenLine);
    REQUIRE(!next.line().empty());
    CHECK(!std::filesystem::exists(folder.path() + "/spool/old.jsonl"));
    // An agent that lives keeps its spools when another one starts in the same folder.
    Client client(socket);
    REQUIRE(client.ask("load", story(64))["type"] == "ok");
    REQUIRE(client.ask("run", {{"run", "kept"}, {"prompt", "Once"}, {"max_tokens", 3}})["type"] == "ok");
    AgentProcess beside(serve(abstract_name("b"), folder.path()), kTokenLine);
    REQUIRE(!beside.line().empty());
    CHECK(std::filesystem::exists(folder.path() + "/spool/kept.jsonl"));
    CHECK(client.follow("kept").back()["status"] == "done");
}

TEST_CASE("agent program: folders and sockets that cannot be made") {
    const TemporaryFolder folder;
    std::ofstream(folder.path() + "/file") << "x";
    for (const auto& command :
         {serve(abstract_name("f"), folder.path() + "/file"), serve(folder.path() + "/nowhere/socket", folder.path()),
          serve(folder.path() + "/file", folder.path()), serve("@" + std::string(200, 'x'), folder.path())}) {
        AgentProcess agent(command, kTokenLine);
        CHECK(agent.wait(5s) == 1);
        CHECK(!agent.errors().empty());
    }
}
