// Real balloons, small ones.
#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
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

}  // namespace

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
