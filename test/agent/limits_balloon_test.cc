// Real balloons, small ones.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <fstream>

#include "agent_process.h"
#include "constants.h"
#include "limits/balloon.h"
#include "limits/balloon_size.h"
#include "limits_support.h"
#include "telemetry/proc_parse.h"

using namespace phonon;
using namespace phonon::testing;

namespace {

uint64_t available() {
    return available_memory(system_files()).value_or(0);
}

uint64_t resident(pid_t pid) {
    return parse_status(system_files().read("/proc/" + std::to_string(pid) + "/status").value_or(""))
        .rss_bytes.value_or(0);
}

std::string of_process(pid_t pid, const char* file) {
    return "/proc/" + std::to_string(pid) + "/" + file;
}

// Makes the kernel forget which pages the process has touched, and its cores what they remember of them.
void forget_touches(pid_t pid) {
    for (const char* order : {"1", "4"}) {
        std::ofstream file(of_process(pid, "clear_refs"));
        file << order << std::flush;
        REQUIRE(file.good());
    }
}

struct Region {
    uint64_t begin = 0, end = 0;
    uint64_t touched = 0;  // bytes, since forget_touches()
};

// The part of a process's memory of which most was touched.
Region most_touched(pid_t pid) {
    Region most, now;
    std::ifstream file(of_process(pid, "smaps"));
    for (std::string line; std::getline(file, line);) {
        unsigned long long begin = 0, end = 0;
        if (std::sscanf(line.c_str(), "%llx-%llx ", &begin, &end) == 2) now = {begin, end, 0};
        if (std::sscanf(line.c_str(), "Referenced: %llu kB", &begin) == 1) now.touched = begin * 1024;
        if (now.touched > most.touched) most = now;
    }
    return most;
}

// Waits up to a minute until so much of a region was touched.
Region wait_for_touches(pid_t pid, uint64_t bytes) {
    Region region;
    for (int i = 0; i < 6000 && region.touched < bytes; ++i) {
        ::usleep(10'000);
        region = most_touched(pid);
    }
    return region;
}

}  // namespace

TEST_CASE("balloon: every page is touched again and again, and holds what cannot be made smaller") {
    constexpr uint64_t kBytes = 40 * kMiB;  // no multiple of what is touched in one go
    auto balloon = Balloon::inflate({kBytes, 0}, kGoOn);
    REQUIRE(balloon.ok());
    const pid_t pid = balloon.value()->pid();
    Region region;
    for (int round = 0; round < 3; ++round) {
        CAPTURE(round);
        forget_touches(pid);
        region = wait_for_touches(pid, kBytes);
        REQUIRE(region.touched >= kBytes);
    }
    REQUIRE(region.end - region.begin >= kBytes);
    std::ifstream memory(of_process(pid, "mem"), std::ios::binary);
    std::vector<uint64_t> words;
    for (uint64_t at = region.begin; at < region.begin + kBytes; at += kMiB) {
        std::vector<uint64_t> page(512);
        memory.seekg(static_cast<std::streamoff>(at));
        memory.read(reinterpret_cast<char*>(page.data()), 4096);
        REQUIRE(memory.good());
        words.insert(words.end(), page.begin(), page.end());
    }
    std::vector<size_t> bytes(256);
    for (uint64_t word : words)
        for (int i = 0; i < 8; ++i, word >>= 8) ++bytes[word & 255];
    // Nothing to find again, and no byte oftener than others: of 163,840, each 640 times with a deviation of 25.
    const auto [least, most] = std::minmax_element(bytes.begin(), bytes.end());
    CHECK(*least > 400);
    CHECK(*most < 880);
    std::sort(words.begin(), words.end());
    CHECK(std::adjacent_find(words.begin(), words.end()) == words.end());
}

TEST_CASE("balloon: takes from the device what was asked, and gives it back") {
    constexpr uint64_t kBytes = 256 * kMiB;
    // Others take and give memory meanwhile; what they do differs from time to time.
    double nearest = 1e9;
    for (int i = 0; i < 20 && nearest > 16; i++) {
        const uint64_t before = available();
        auto balloon = Balloon::inflate({kBytes, 0}, kGoOn);
        REQUIRE(balloon.ok());
        CHECK(balloon.value()->reading().held_bytes == kBytes);
        CHECK(resident(balloon.value()->pid()) >= kBytes);
        const double taken = static_cast<double>(before) - static_cast<double>(available());
        nearest = std::min(nearest, std::abs(taken - kBytes) / kMiB);
        const pid_t pid = balloon.value()->pid();
        CHECK(balloon.value()->alive());
        balloon.value().reset();
        CHECK(process_gone(pid));
    }
    MESSAGE("available memory fell by 256 MiB but for " << nearest << " MiB");
    if (!kThreadSanitizer) CHECK(nearest <= 16);
}

TEST_CASE("balloon: stays in memory at little cost") {
    auto balloon = Balloon::inflate({64 * kMiB, 0}, kGoOn);
    REQUIRE(balloon.ok());
    std::this_thread::sleep_for(std::chrono::seconds(1));
    const BalloonReading reading = balloon.value()->reading();
    MESSAGE("share of a core: " << 100 * reading.cpu_share << " %, locked " << reading.locked_bytes / kMiB << " MiB");
    CHECK(reading.cpu_share < 0.03);
    CHECK(reading.locked_bytes <= reading.held_bytes);
}

TEST_CASE("balloon: stops growing where others need the memory") {
    auto balloon = Balloon::inflate({64 * kMiB, uint64_t{1} << 50}, kGoOn);
    REQUIRE(balloon.ok());
    CHECK(balloon.value()->reading().held_bytes == 0);
    CHECK(balloon.value()->alive());
}

TEST_CASE("balloon: is gone when who made it dies by SIGKILL") {
    Forked child([](int out) {
        const auto balloon = Balloon::inflate({64 * kMiB, 0}, kGoOn);
        tell(out, balloon ? std::to_string(balloon.value()->pid()) : balloon.error().message);
        for (;;) ::pause();
    });
    const pid_t pid = std::stoi("0" + child.line());
    REQUIRE(pid > 0);
    ::kill(child.pid(), SIGKILL);
    CHECK(child.wait() == 128 + SIGKILL);
    CHECK(process_gone(pid));
}

TEST_CASE("balloon: one that is killed is known to be gone, one that is not wanted any more goes") {
    auto balloon = Balloon::inflate({16 * kMiB, 0}, kGoOn);
    REQUIRE(balloon.ok());
    ::kill(balloon.value()->pid(), SIGKILL);
    for (int i = 0; i < 1000 && balloon.value()->alive(); i++) ::usleep(5000);
    CHECK(!balloon.value()->alive());
    const std::atomic<bool> cancel = true;
    CHECK(Balloon::inflate({16 * kMiB, 0}, cancel).error().code == "cancelled");
    // More than there is address space for.
    CHECK(Balloon::inflate({uint64_t{1} << 60, 0}, kGoOn).error().code == "out_of_memory");
}
