// Packings that end in the middle: what goes on where they ended, and what does not.

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "pack/pack_file.h"
#include "packing/pack_state.h"
#include "streaming_support.h"

using namespace phonon;
using namespace phonon::streaming_test;

namespace {

namespace fs = std::filesystem;

std::string deep_model(const TemporaryFolder& folder, const std::string& activation = "relu") {
    TinyModel model("llama");
    add_transformer(model, {.layers = 5, .ffn = 512, .type = LM_GGML_TYPE_Q8_0});
    model.text("hidden_activation", activation);
    const std::string path = folder.file(activation + ".gguf");
    model.write(path);
    return path;
}

// Packs in a process of its own, which is killed when it comes to `step`.
void pack_and_die(const PackConfig& config, const std::string& step) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        (void)pack_model(
            config,
            [&](const PackProgress& p) {
                if (p.what.find(step) != std::string::npos) ::raise(SIGKILL);
            },
            kGoOn);
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(fs::exists(config.out + ".part"));
}

struct Outcome {
    PackReport report;
    std::vector<std::string> steps;
    int least_done = 1 << 30;
};

Outcome finish(const PackConfig& config) {
    Outcome outcome;
    auto report = pack_model(
        config,
        [&](const PackProgress& p) {
            outcome.steps.push_back(p.what);
            if (p.what.starts_with("layer")) outcome.least_done = std::min(outcome.least_done, p.done);
        },
        kGoOn);
    REQUIRE_MESSAGE(report.ok(), (report.ok() ? "" : report.error().message));
    outcome.report = std::move(report).value();
    CHECK_FALSE(fs::exists(config.out + ".part"));
    CHECK_FALSE(fs::exists(pack_state_path(config.out)));
    return outcome;
}

void change(const std::string& path, size_t at) {
    std::string bytes = read_bytes(path);
    REQUIRE(at < bytes.size());
    bytes[at] = static_cast<char>(bytes[at] ^ 0x40);
    // In place: the file keeps what else there is to it.
    std::fstream(path, std::ios::in | std::ios::out | std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

bool mentions(const std::vector<std::string>& steps, const std::string& what) {
    return std::any_of(steps.begin(), steps.end(), [&](const auto& s) { return s.find(what) != std::string::npos; });
}

}  // namespace

TEST_CASE("pack resume: killed at any layer, the next packing goes on there, to the same bytes") {
    const TemporaryFolder folder;
    const std::string model = deep_model(folder);
    const PackConfig either{.predictor = "auto"};
    const PackConfig whole = config_of(model, folder.file("whole.pack"), either);
    const Outcome expected = finish(whole);
    CHECK(expected.report.resumed_layers == 0);
    CHECK(mentions(expected.steps, "writes the text"));
    const std::string bytes = read_bytes(whole.out);
    for (const int layer : {1, 2, 5}) {
        CAPTURE(layer);
        const PackConfig config = config_of(model, folder.file("killed.pack"), either);
        pack_and_die(config, "layer " + std::to_string(layer) + " of");
        const Outcome resumed = finish(config);
        CHECK(resumed.report.resumed_layers == layer - 1);
        CHECK(resumed.report.notes.empty());
        CHECK_FALSE(mentions(resumed.steps, "writes the text"));
        CHECK_FALSE(mentions(resumed.steps, "layer " + std::to_string(layer - 1) + " of"));
        CHECK(resumed.least_done == kProfileSteps + layer);
        CHECK(read_bytes(config.out) == bytes);
        const PackReport &a = resumed.report, &b = expected.report;
        CHECK(std::tie(a.active, a.let_through, a.recall, a.energy, a.bytes, a.profile_source) ==
              std::tie(b.active, b.let_through, b.recall, b.energy, b.bytes, b.profile_source));
    }
}

TEST_CASE("pack resume: killed again and again, also where two streams are carried, it comes to the same bytes") {
    const TemporaryFolder folder;
    const std::string model = deep_model(folder, "silu");
    PackConfig config = config_of(model, folder.file("whole.pack"));
    config.sparsity = 0.5;
    config.requantise = Requantise::q4_0;
    for (int i = 0; i < 400; ++i) config.text += "Once upon a time there was a fox " + std::to_string(i) + ". ";
    const Outcome expected = finish(config);
    REQUIRE(expected.report.quality.has_value());
    const std::string bytes = read_bytes(config.out);
    config.out = folder.file("killed.pack");
    for (const char* step : {"layer 2 of", "layer 3 of", "layer 5 of", "comparing"}) pack_and_die(config, step);
    const Outcome resumed = finish(config);
    CHECK(resumed.report.resumed_layers == 5);
    CHECK(resumed.report.quality->kl_mean == expected.report.quality->kl_mean);
    CHECK(read_bytes(config.out) == bytes);
}

TEST_CASE("pack resume: before anything is durable it begins anew, and says nothing") {
    const TemporaryFolder folder;
    const PackConfig config = config_of(deep_model(folder), folder.file("killed.pack"));
    pack_and_die(config, "copying");
    const Outcome again = finish(config);
    CHECK(again.report.resumed_layers == 0);
    CHECK(again.report.notes.empty());
}

TEST_CASE("pack resume: what does not belong to this packing, or is damaged, is not trusted, and that is said") {
    const TemporaryFolder folder;
    const std::string model = deep_model(folder);
    std::string text;  // a short one: three dozen times over a model would take its time to write one
    for (int i = 0; i < 12; ++i) text += "Once upon a time there was a fox " + std::to_string(i) + ". ";
    const PackConfig config = config_of(model, folder.file("killed.pack"), {.text = text});
    finish(config);
    const std::string bytes = read_bytes(config.out);
    const std::string part = config.out + ".part", state = pack_state_path(config.out);
    const auto check_anew = [&](const PackConfig& next, const std::string& why) {
        CAPTURE(why);
        const Outcome anew = finish(next);
        CHECK(anew.report.resumed_layers == 0);
        REQUIRE(anew.report.notes.size() == 1);
        CHECK(anew.report.notes[0].find("packed from the start") != std::string::npos);
        CHECK(anew.report.notes[0].find(why) != std::string::npos);
        if (next.energy_share == config.energy_share && next.model == model) CHECK(read_bytes(next.out) == bytes);
    };
    const auto leave = [&](const PackConfig& before) {
        fs::remove(config.out);
        pack_and_die(before, "layer 4 of");
        REQUIRE(fs::exists(state));
    };
    const auto left = [&] { leave(config); };

    left();
    PackConfig other = config;
    other.energy_share = 0.9;
    check_anew(other, "other options");
    other = config;
    other.text.clear();
    leave(other);
    other.seed = 9;  // of the text that the model writes
    CHECK(finish(other).report.notes.size() == 1);
    left();
    other = config;
    other.model = folder.file("other.gguf");
    TinyModel changed("llama", 7);
    add_transformer(changed, {.layers = 5, .ffn = 512, .type = LM_GGML_TYPE_Q8_0});
    changed.text("hidden_activation", "relu");
    changed.write(other.model);
    check_anew(other, "other");

    // A byte of the pack in the making: in what was copied, in a layer's neurons.
    const Pack layout = [&] {
        finish(config);
        const auto gguf = GgufFile::open(config.out).value();
        return read_pack(*gguf, read_hyperparameters(*gguf).value()).value();
    }();
    for (const uint64_t at : {layout.layers[0].bundles_at + 100, layout.layers[2].bundles_at + 7}) {
        left();
        change(part, at);
        check_anew(config, "does not match its checksum");
    }
    // What no layer has written yet is of no interest.
    left();
    change(part, layout.layers[4].bundles_at + 7);
    CHECK(finish(config).report.resumed_layers == 3);
    CHECK(read_bytes(config.out) == bytes);

    // The record: any byte of it, cut, empty, of another version.
    left();
    const size_t size = read_bytes(state).size();
    for (const size_t at : {size_t{3}, size_t{9}, size_t{20}, size / 2, size - 1}) {
        left();
        change(state, at);
        check_anew(config, at < 8 ? "another version" : "");
    }
    for (const size_t length : {size_t{0}, size_t{11}, size_t{100}, size - 1}) {
        left();
        fs::resize_file(state, length);
        check_anew(config, "");
    }
    // A record without its pack, or with half of it.
    left();
    fs::remove(part);
    check_anew(config, "does not exist");
    left();
    fs::resize_file(part, bytes.size() / 2);
    check_anew(config, "");
}

TEST_CASE("pack resume: cancelled it leaves nothing, unless the process has to go") {
    const TemporaryFolder folder;
    PackConfig config = config_of(deep_model(folder), folder.file("out.pack"));
    const auto cancel_at = [&](const std::string& step) {
        std::atomic<bool> cancel = false;
        const auto report = pack_model(
            config,
            [&](const PackProgress& p) {
                if (p.what.find(step) != std::string::npos) cancel = true;
            },
            cancel);
        REQUIRE_FALSE(report.ok());
        CHECK(report.error().code == "cancelled");
    };
    pack_and_die(config, "layer 3 of");
    cancel_at("layer 4 of");
    CHECK_FALSE(fs::exists(config.out + ".part"));
    CHECK_FALSE(fs::exists(pack_state_path(config.out)));

    std::atomic<bool> leaving = true;
    config.leaving = &leaving;
    cancel_at("layer 4 of");
    CHECK(finish(config).report.resumed_layers == 3);
}

TEST_CASE("pack resume: what another process makes is left to it") {
    const TemporaryFolder folder;
    const PackConfig config = config_of(deep_model(folder), folder.file("out.pack"));
    pack_and_die(config, "layer 3 of");
    const int fd = ::open((config.out + ".part").c_str(), O_RDWR);
    REQUIRE(::flock(fd, LOCK_EX) == 0);
    const auto report = pack_model(
        config, [](const PackProgress&) {}, kGoOn);
    REQUIRE_FALSE(report.ok());
    CHECK(report.error().code == "busy");
    CHECK(fs::exists(pack_state_path(config.out)));
    ::close(fd);
    CHECK(finish(config).report.resumed_layers == 2);
}
