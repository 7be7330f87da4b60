// Disks that fill up while a pack is written.

#include <sched.h>
#include <sys/mount.h>

#include <cstdio>

#include "filtered_thread.h"
#include "limits_support.h"
#include "packing/pack_state.h"
#include "streaming_support.h"

using namespace phonon;
using namespace phonon::streaming_test;
using namespace phonon::testing;

namespace {

// Packs; from `step` on a system call fails.
Result<PackReport> pack_with(const PackConfig& config, const std::string& step, const Forbidden& call) {
    std::optional<Result<PackReport>> report;
    in_own_thread([&] {
        bool forbidden = false;
        const auto progress = [&](const PackProgress& p) {
            if (forbidden || p.what.find(step) == std::string::npos) return;
            forbidden = forbid({call});
            CHECK(forbidden);
        };
        report = pack_model(config, progress, kGoOn);
        CHECK(forbidden);
    });
    return std::move(*report);
}

void check_full(const Result<PackReport>& report, const std::string& doing, const TemporaryFolder& folder) {
    REQUIRE_FALSE(report.ok());
    CHECK(report.error().code == "no_space");
    CHECK(report.error().message.starts_with(doing));
    CHECK(report.error().message.ends_with("No space left on device"));
    CHECK(folder.names().empty());
}

// A disk of so many bytes at `folder`, for this process alone. False: this process may not have one.
bool small_disk(const std::string& folder, uint64_t bytes) {
    return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           ::mount("tmpfs", folder.c_str(), "tmpfs", 0, ("size=" + std::to_string(bytes)).c_str()) == 0;
}

// What a process says that packs onto a small disk: the error or the notes; what lies there then; whether it is as it
// should be.
struct OnSmallDisk {
    std::string said, files, pack;
};
OnSmallDisk pack_on_small_disk(const std::string& model, uint64_t bytes, const std::string& expected) {
    const TemporaryFolder disk;
    Forked child([&](int out) {
        if (!small_disk(disk.path(), bytes)) {
            tell(out, std::string("not run: ") + std::strerror(errno));
            ::_exit(0);
        }
        const PackConfig config = config_of(model, disk.file("out.pack"));
        const auto report = pack_model(
            config, [](const PackProgress&) {}, kGoOn);
        std::string said = report.ok() ? "packed" : report.error().code + ": " + report.error().message, files;
        if (report.ok()) {
            for (const std::string& note : report.value().notes) said += "; " + note;
        }
        for (const std::string& name : disk.names()) files += name + " ";
        tell(out, said);
        tell(out, files);
        tell(out, report.ok() && read_bytes(config.out) == expected ? "the same" : "others");
    });
    OnSmallDisk found;
    found.said = child.line();
    found.files = child.line();
    found.pack = child.line();
    child.wait();
    return found;
}

}  // namespace

TEST_CASE("pack space: a disk that fills up in the middle ends the packing, and nothing is left") {
    const TemporaryFolder folder, models;
    const std::string model = relu_model(models, LM_GGML_TYPE_Q8_0), out = folder.file("out.pack");
    const PackConfig config = config_of(model, out);
    const Forbidden no_write{SYS_pwrite64, ENOSPC}, no_flush{SYS_fdatasync, ENOSPC};
    for (const char* step : {"copying", "layer 2 of"}) {
        CAPTURE(step);
        check_full(pack_with(config, step, no_write), "writing " + out + ".part at ", folder);
        check_full(pack_with(config, step, no_flush), "flushing " + out + ".part", folder);
    }
    CHECK(pack_report(config).resumed_layers == 0);
    CHECK(folder.names() == std::vector<std::string>{"out.pack"});
}

TEST_CASE("pack space: nor is anything left where a packing was gone on with") {
    const TemporaryFolder folder, models;
    const std::string model = relu_model(models, LM_GGML_TYPE_Q8_0), out = folder.file("out.pack");
    PackConfig config = config_of(model, out);
    const std::atomic<bool> leaving = true;
    config.leaving = &leaving;
    std::atomic<bool> cancel = false;
    const auto left = pack_model(
        config, [&](const PackProgress& p) { cancel = p.what.find("layer 2 of") != std::string::npos; }, cancel);
    REQUIRE_FALSE(left.ok());
    REQUIRE(std::filesystem::exists(pack_state_path(out)));
    check_full(pack_with(config, "layer 2 of", {SYS_pwrite64, ENOSPC}), "writing " + out + ".part at ", folder);
}

TEST_CASE("pack space: a small disk has room for the pack, for its record, or for neither") {
    const TemporaryFolder models;
    const std::string model = relu_model(models, LM_GGML_TYPE_Q8_0);
    const std::string whole = read_bytes(pack(model, models));
    const OnSmallDisk none = pack_on_small_disk(model, 1 << 20, whole);
    if (none.said.starts_with("not run: ")) {
        std::printf("not run: packing onto a small disk: %s\n", none.said.c_str() + 9);
        return;
    }
    CHECK(none.said.starts_with("no_space: "));
    CHECK(none.said.find("out.pack needs " + std::to_string(whole.size()) + " bytes; 1048576 are free in its folder") !=
          std::string::npos);
    CHECK(none.files.empty());

    const OnSmallDisk unrecorded = pack_on_small_disk(model, (whole.size() + 4095) / 4096 * 4096 + (1 << 18), whole);
    CHECK(unrecorded.said.starts_with("packed; could not have been gone on with, had it been interrupted: "));
    CHECK(unrecorded.said.ends_with("No space left on device"));
    CHECK(unrecorded.files == "out.pack ");
    CHECK(unrecorded.pack == "the same");

    const OnSmallDisk roomy = pack_on_small_disk(model, 2 * whole.size() + (8 << 20), whole);
    CHECK(roomy.said == "packed");
    CHECK(roomy.pack == "the same");
}
