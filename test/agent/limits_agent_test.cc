// The agent as a program under a memory budget: what it says, how it dies, what it leaves.
#include <doctest/doctest.h>

#include <csignal>
#include <fstream>
#include <iterator>

#include "agent_client.h"
#include "agent_process.h"
#include "constants.h"
#include "limits_support.h"

using namespace phonon;
using namespace phonon::testing;
using namespace std::chrono_literals;

namespace {

// An instrumented agent is large before it loads anything.
constexpr uint64_t kEnough = (kSanitized ? 2048 : 256) * kMiB;
constexpr bool kSmallAgent = !kSanitized;

// An agent in a folder of its own, with a client. `before` is put in front of its command line.
struct Served {
    explicit Served(const std::vector<std::string>& before = {})
        : agent(command(before), std::string(kToken) + "\n"), ready(!agent.line().empty()), client(socket) {}

    std::vector<std::string> command(const std::vector<std::string>& before) const {
        std::vector<std::string> out = before;
        for (const std::string& word : {std::string(PHONON_LLAMA_PROGRAM), std::string("serve"),
                                        std::string("--socket"), socket, std::string("--dir"), folder.path()}) {
            out.push_back(word);
        }
        return out;
    }
    Json load(Json fields) {
        fields["path"] = PHONON_STORY_MODEL;
        fields["threads"] = 1;
        if (!fields.contains("context")) fields["context"] = 128;
        return client.ask("load", fields);
    }
    // The memory that its last event tells of.
    Json run() {
        CHECK(client.ask("run", {{"run", "r"}, {"prompt", "Once"}, {"max_tokens", 4}})["type"] == "ok");
        return client.follow("r").back()["memory"];
    }
    // The folder of its memory group.
    std::string group() const {
        const auto hierarchy = find_memory_hierarchy(system_files());
        const std::string process = "/proc/" + std::to_string(agent.pid()) + "/cgroup";
        std::ifstream file(process);
        for (std::string line; std::getline(file, line);) {
            const auto at = line.find(":/phonon-");
            if (at != std::string::npos) return hierarchy.value().mount + line.substr(at + 1);
        }
        return {};
    }

    TemporaryFolder folder;
    const std::string socket = folder.path() + "/socket";
    AgentProcess agent;
    bool ready;
    Client client;
};

std::string words(const Served& served) {
    std::ifstream file(served.folder.file("last-words.txt"));
    return {std::istreambuf_iterator<char>(file), {}};
}

// Of all its threads.
std::vector<pid_t> children(pid_t process) {
    std::vector<pid_t> out;
    for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task")) {
        std::ifstream file(task.path() / "children");
        for (pid_t pid = 0; file >> pid;) out.push_back(pid);
    }
    return out;
}

}  // namespace

TEST_CASE("limits: a loaded agent is in its group, an unloaded one is not") {
    if (!can_make_groups("the agent under a memory budget")) return;
    Served served;
    const Json report = served.load({{"memory_bytes", kEnough}, {"cold_cache", false}})["report"];
    CHECK(report["memory"]["budget_bytes"] == kEnough);
    CHECK(report["memory"]["enforced"] == "cgroup");
    CHECK(report["memory"]["cold_cache"].is_null());
    CHECK(report["warnings"].empty());
    const std::string group = served.group();
    CHECK(std::filesystem::exists(group));
    const Json memory = served.run();
    const uint64_t peak = memory["peak_bytes"];
    MESSAGE("peak of the story model in llama.cpp: " << peak / kMiB << " MiB");
    CHECK(peak >= report["memory"]["peak_bytes"]);
    CHECK(peak > 12 * kMiB);
    CHECK(peak <= kEnough);

    const Json measured = served.load({{"enforce", "measure"}})["report"]["memory"];
    CHECK(!std::filesystem::exists(group));
    CHECK(measured["budget_bytes"].is_null());
    CHECK(measured["enforced"] == "none");
    CHECK(measured["peak_bytes"] > 12 * kMiB);
    const std::string second = served.group();
    CHECK(std::filesystem::exists(second));
    CHECK(served.client.ask("unload")["type"] == "ok");
    CHECK(served.group().empty());
    CHECK(!std::filesystem::exists(second));
    CHECK(!served.load({})["report"].contains("memory"));
}

TEST_CASE("limits: an agent killed for want of memory leaves a word, one killed otherwise leaves nothing") {
    if (!can_make_groups("the agent is killed for want of memory")) return;
    if (!kSmallAgent) return;
    {
        Served served;
        // Some 100 MiB of KV cache.
        CHECK(served.load({{"memory_bytes", 64 * kMiB}, {"context", 2048}, {"sequences", 16}}).is_null());
        CHECK(served.agent.wait(20s) == 128 + SIGKILL);
        for (int i = 0; i < 200 && words(served).empty(); i++) std::this_thread::sleep_for(10ms);
        CHECK(words(served).starts_with(
            "The kernel ended the agent: it needed more memory than its budget of 64 MiB, page cache included"));
    }
    Served served;
    REQUIRE(served.load({{"memory_bytes", kEnough}})["type"] == "ok");
    const std::string group = served.group();
    REQUIRE(std::filesystem::exists(group));
    ::kill(served.agent.pid(), SIGKILL);
    CHECK(served.agent.wait(5s) == 128 + SIGKILL);
    CHECK(gone(group));
    CHECK(words(served).empty());
}

TEST_CASE("limits: a load that fails leaves no group, a budget beyond the device is refused") {
    if (!can_make_groups("a failed load leaves no memory group")) return;
    Served served;
    const Json missing = served.client.ask("load", {{"path", "/nowhere"}, {"memory_bytes", kEnough}});
    CHECK(missing["code"] == "file_missing");
    CHECK(served.group().empty());
    const Json refused = served.load({{"memory_bytes", uint64_t{1} << 50}});
    CHECK(refused["code"] == "bad_request");
}

// A phone that has little memory, and lets nobody make groups: this machine with another /proc, for this agent alone.
TEST_CASE("limits: where there are no groups a balloon enforces the budget, and dies with the agent") {
    if (!can_make_groups("a balloon around the agent")) return;
    if (!kSmallAgent) return;
    const TemporaryFolder proc;
    std::ofstream(proc.file("meminfo")) << "MemTotal: 1048576 kB\nMemAvailable: 524288 kB\n";
    std::ofstream(proc.file("zoneinfo")) << "        high     4096\n";
    std::ofstream(proc.file("mounts")) << "proc /proc proc rw 0 0\n";
    const auto hide = [&](const std::string& file, const std::string& path) {
        return "mount --bind " + proc.file(file) + " " + path + " && ";
    };
    const std::string script = hide("meminfo", "/proc/meminfo") + hide("zoneinfo", "/proc/zoneinfo") + "mount --bind " +
                               proc.file("mounts") + " /proc/$$/mounts && exec \"$0\" \"$@\"";
    Served served({"/usr/bin/unshare", "--mount", "/bin/sh", "-c", script});
    const Json answer = served.load({{"memory_bytes", 256 * kMiB}});
    REQUIRE_MESSAGE(answer["type"] == "ok", answer.dump());
    const Json memory = answer["report"]["memory"];
    CHECK_MESSAGE(memory["enforced"] == "balloon", memory.dump());
    const std::string note = memory["note"];
    CHECK(note.find("no cgroup: no cgroup file system") != std::string::npos);
    CHECK(note.find("a reserve of 16 MiB is left to the system") != std::string::npos);
    MESSAGE(note);
    const Json after = served.run();
    CHECK(after["enforced"] == "balloon");
    CHECK(after["peak_bytes"] > 12 * kMiB);

    CHECK(served.load({{"memory_bytes", 600 * kMiB}, {"enforce", "balloon"}})["code"] == "out_of_memory");
    const Json none = served.load({{"memory_bytes", 600 * kMiB}});
    CHECK(none["report"]["memory"]["enforced"] == "none");
    CHECK(none["report"]["warnings"].dump().find("the memory budget is not enforced") != std::string::npos);

    REQUIRE(served.load({{"memory_bytes", 256 * kMiB}})["type"] == "ok");
    const std::vector<pid_t> helpers = children(served.agent.pid());
    CHECK(helpers.size() == 2);  // the balloon, the keeper
    ::kill(served.agent.pid(), SIGKILL);
    CHECK(served.agent.wait(5s) == 128 + SIGKILL);
    for (const pid_t helper : helpers) CHECK(process_gone(helper));
}
