// The real phonon-model program: what it prints, how it exits, and what hostile files can do to it.

#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>

#include "child.h"
#include "hostile.h"
#include "nlohmann/json.hpp"
#include "temporary_folder.h"

using nlohmann::json;

namespace {

constexpr uint64_t kSmallSpace = uint64_t{512} << 20;

json error_of(const ChildEnd& end) {
    CAPTURE(end.out);
    REQUIRE(json::accept(end.out));
    return json::parse(end.out).at("error");
}

json synth(const std::string& path, std::vector<std::string> options) {
    options.insert(options.begin(), {"synth", "--out", path, "--force"});
    const ChildEnd end = run_tool(options);
    CAPTURE(end.out);
    REQUIRE(end.status == 0);
    return json::parse(end.out);
}

// The share of positive gates by layer.
std::vector<double> measure(const std::string& path, int tokens) {
    const ChildEnd end = run_tool({"measure", path, "--threads", "1", "--tokens", std::to_string(tokens)});
    CAPTURE(end.out);
    REQUIRE(end.status == 0);
    const json report = json::parse(end.out);
    CHECK(report["logits"]["finite"] == true);
    CHECK(report["logits"]["deviation"].get<double>() == doctest::Approx(2.5).epsilon(0.1));
    CHECK(report["logits"]["distinct_best"].get<int>() > tokens / 4);
    CHECK(report["tokens"] == tokens);
    CHECK(!report["active"].empty());
    return report["active"];
}

}  // namespace

TEST_CASE("tool: inspect tells what the story model is") {
    const ChildEnd end = run_tool({"inspect", PHONON_STORY_MODEL});
    REQUIRE(end.status == 0);
    CHECK(end.err.empty());
    const json model = json::parse(end.out);
    CHECK(model["architecture"] == "smallthinker");
    CHECK(model["activation"] == "relu");
    CHECK(model["quantisation"] == "F16");
    CHECK(model["file_type"] == 1);
    CHECK(model["file_bytes"] == 12928576);
    CHECK(model["layers"] == 6);
    CHECK(model["kv_heads"] == 4);
    CHECK(model["vocabulary"] == 2048);
    CHECK(model["quants"].size() == 2);
    CHECK(model["metadata"]["general.license"] == "mit");
    CHECK(model["metadata"]["tokenizer.ggml.tokens"] == json{{"array_of", "str"}, {"count", 2048}});
}

TEST_CASE("tool: inspect shortens texts and survives ones that are not UTF-8") {
    const TemporaryFolder folder;
    synth(folder.file("m"), {"--shape", "tiny", "--quant", "F16"});
    std::string bytes = read_bytes(folder.file("m"));
    const std::string description = "Random weights in a real model's shape, for measuring speed";
    bytes.replace(bytes.find(description), 4, "\xff\xc3\x28\xe9");
    const TemporaryFile odd(bytes);
    CHECK(run_tool({"inspect", odd.path()}).status == 0);

    // Grow the text: the data then begins elsewhere, so that the gap must be a multiple of the alignment.
    const size_t at = bytes.find(description.substr(4)) - 4;
    bytes.insert(at, std::string(3200, 'x'));
    const uint64_t length = description.size() + 3200;
    bytes.replace(at - 8, 8, reinterpret_cast<const char*>(&length), 8);
    const TemporaryFile grown(bytes);
    const ChildEnd end = run_tool({"inspect", grown.path()});
    REQUIRE(end.status == 0);
    CHECK(json::parse(end.out)["metadata"]["general.description"] == std::string(200, 'x') + "…");
}

TEST_CASE("tool: llama.cpp runs a synthetic model of every architecture and quantisation") {
    const TemporaryFolder folder;
    for (const std::string architecture : {"llama", "qwen2", "smallthinker"}) {
        for (const std::string quant : {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_K", "Q6_K"}) {
            CAPTURE(architecture);
            CAPTURE(quant);
            const json made =
                synth(folder.file("m"), {"--shape", "tiny", "--architecture", architecture, "--quant", quant});
            CHECK(made["bytes"].get<uint64_t>() == std::filesystem::file_size(folder.file("m")));
            const json inspected = json::parse(run_tool({"inspect", folder.file("m")}).out);
            CHECK(inspected["quantisation"] == quant);
            CHECK(inspected["parameters"] == made["parameters"]);
            for (const double share : measure(folder.file("m"), 128)) {
                CHECK(share == doctest::Approx(0.5).epsilon(0.04));
            }
        }
    }
}

TEST_CASE("tool: the share of neurons that fire is the one asked for") {
    const TemporaryFolder folder;
    auto active = [&](std::vector<std::string> options) {
        synth(folder.file("m"), std::move(options));
        return measure(folder.file("m"), 512);
    };
    for (const std::string quant : {"F16", "Q8_0", "Q4_0", "Q4_K", "Q6_K"}) {
        CAPTURE(quant);
        for (const double share :
             active({"--shape", "tiny", "--architecture", "smallthinker", "--sparsity", "0.9", "--quant", quant})) {
            CHECK(std::abs(share - 0.1) < 0.02);
        }
    }
    // Llama-3.2's width and FFN; many experts.
    for (const double share : active({"--shape", "llama-3.2-1b", "--architecture", "smallthinker", "--layers", "2",
                                      "--vocabulary", "1000", "--sparsity", "0.9", "--quant", "Q4_0"})) {
        CHECK(std::abs(share - 0.1) < 0.01);
    }
    for (const double share : active({"--shape", "smallthinker-4b", "--layers", "2", "--vocabulary", "1000",
                                      "--sparsity", "0.7", "--quant", "Q4_0"})) {
        CHECK(std::abs(share - 0.3) < 0.01);
    }
}

TEST_CASE("tool: llama.cpp runs synthetic mixtures of experts, tied embeddings and rope factors") {
    const TemporaryFolder folder;
    synth(folder.file("m"), {"--shape", "tiny", "--experts", "4", "--experts-used", "2", "--quant", "Q4_K"});
    measure(folder.file("m"), 64);
    synth(folder.file("m"), {"--shape", "llama-3.2-1b", "--layers", "1", "--vocabulary", "600", "--quant", "Q6_K"});
    measure(folder.file("m"), 64);
}

TEST_CASE("tool: firing tells by layer and position what a model with a skew does, in stock llama.cpp as well") {
    const TemporaryFolder folder;
    const json made = synth(folder.file("m"), {"--shape", "tiny", "--architecture", "smallthinker", "--quant", "Q4_0",
                                               "--sparsity", "0.9", "--skew", "bamboo"});
    CHECK(made["skew"] == "bamboo");
    for (const double share : measure(folder.file("m"), 128)) CHECK(std::abs(share - 0.1) < 0.025);
    const ChildEnd end =
        run_tool({"firing", folder.file("m"), "--tokens", "128", "--sequences", "32", "--threads", "1"});
    REQUIRE(end.status == 0);
    const json report = json::parse(end.out);
    REQUIRE(report["layers"].size() == 2);
    for (const json& layer : report["layers"]) {
        CHECK(std::abs(layer["active"].get<double>() - 0.1) < 0.025);
        CHECK(layer["hits50"].get<double>() > 0.9);
    }
    CHECK(report["positions"].back()["end"] == 128);
    CHECK(report["logits"]["finite"] == true);

    synth(folder.file("m"), {"--shape", "tiny", "--experts", "4", "--experts-used", "2", "--quant", "Q8_0",
                             "--activation", "relu", "--sparsity", "0.9", "--skew", "independent"});
    measure(folder.file("m"), 64);
    const ChildEnd experts = run_tool({"firing", folder.file("m")});
    CHECK(experts.status == 1);
    CHECK(error_of(experts)["code"] == "unsupported_architecture");
}

TEST_CASE("tool: bad usage exits with 2 and names the argument") {
    const std::vector<std::string> tiny = {"synth", "--shape", "tiny", "--quant", "F16", "--out", "/nonexistent/m"};
    const std::pair<std::string, std::vector<std::string>> cases[] = {
        {"--shape", {"--shape", "mistral-8b"}},
        {"--quant", {"--quant", "Q3_K"}},
        {"--layers", {"--layers", "two"}},
        {"--layers", {"--layers", "1e3"}},
        {"--layers", {"--layers", "99999999999999999999"}},
        {"--ffn", {"--ffn", "0"}},
        {"--kv-heads", {"--kv-heads", "3"}},
        {"--sparsity", {"--sparsity", "nan"}},
        {"--sparsity", {"--sparsity", "0.4"}},
        {"--skew", {"--skew", "zipf"}},
        {"--skew", {"--skew", "bamboo", "--activation", "relu"}},
        {"--seed", {"--seed", "-1"}},
        {"--threads", {"--threads", "0"}},
        {"--activation", {"--activation", "gelu"}},
        {"--colour", {"--colour", "red"}},
        {"--force", {"--force=yes"}},
        {"--seed", {"--seed"}},
        {"--seed", {"--seed", "1", "--seed", "2"}},
        {"stray", {"stray"}},
    };
    for (const auto& wrong : cases) {
        const std::string& argument = wrong.first;
        const std::vector<std::string>& change = wrong.second;
        std::vector<std::string> words = tiny;
        // What is changed may be given once only.
        const auto given = std::find(words.begin(), words.end(), change[0]);
        if (given != words.end()) words.erase(given, given + 2);
        words.insert(words.end(), change.begin(), change.end());
        const ChildEnd end = run_tool(words);
        CAPTURE(argument);
        CHECK(end.status == 2);
        CHECK(error_of(end)["message"].get<std::string>().find(argument) != std::string::npos);
    }
    for (const std::vector<std::string>& words : {std::vector<std::string>{},
                                                  {"dance"},
                                                  {"inspect"},
                                                  {"inspect", "a", "b"},
                                                  {"synth"},
                                                  {"measure"},
                                                  {"synth", "--quant", "F16", "--out", "m"},
                                                  {"synth", "--shape", "tiny", "--out", "m"},
                                                  {"synth", "--shape", "tiny", "--quant", "F16"}}) {
        CHECK(run_tool(words).status == 2);
    }
}

TEST_CASE("tool: hostile files end in an error, in bounded time and memory") {
    std::vector<HostileFile> files = hostile_files();
    for (HostileFile& cut : cut_files(read_bytes(PHONON_STORY_MODEL))) files.push_back(std::move(cut));
    CHECK(files.size() > 150);
    for (const HostileFile& hostile : files) {
        CAPTURE(hostile.name);
        const TemporaryFile file(hostile.bytes);
        const ChildEnd end = run_tool({"inspect", file.path()}, kSmallSpace);
        CHECK(end.status == 1);
        CHECK(end.seconds < 5);
        const json error = error_of(end);
        const std::string message = error["message"];
        CAPTURE(message);
        CHECK((error["code"] == "file_invalid" || error["code"] == "unsupported_architecture"));
        CHECK(message.find(hostile.says) != std::string::npos);
        CHECK(message.find(file.path()) != std::string::npos);
        CHECK(message.size() < 1000);
    }
}

TEST_CASE("tool: what is no file is named") {
    auto code_of = [](const std::string& path) {
        const ChildEnd end = run_tool({"inspect", path});
        CHECK(end.status == 1);
        return error_of(end)["code"].get<std::string>();
    };
    CHECK(code_of("/nonexistent/model.gguf") == "file_missing");
    CHECK(code_of("") == "file_missing");
    CHECK(code_of("/tmp") == "file_invalid");
    CHECK(code_of("/dev/null") == "file_invalid");
}

TEST_CASE("tool: progress is reported, and an interrupted synth leaves nothing behind") {
    for (const int signal : {SIGINT, SIGTERM}) {
        const TemporaryFolder folder;
        // A file of 5 GB from an address space of a tenth of that.
        Child child(tool_command({"synth", "--shape", "llama-3.2-1b", "--quant", "F32", "--out", folder.file("m")}),
                    kSmallSpace);
        while (child.err_so_far().empty()) usleep(10000);
        CHECK(folder.names() == std::vector<std::string>{"m.part"});
        child.send(signal);
        const ChildEnd end = child.wait();
        CHECK(end.status == 1);
        CHECK(error_of(end)["code"] == "cancelled");
        CHECK(folder.names().empty());
        const json progress = json::parse(end.err.substr(0, end.err.find('\n')));
        CHECK(progress["total"].get<uint64_t>() > progress["done"].get<uint64_t>());
        CHECK(progress["total"].get<uint64_t>() > uint64_t{4} << 30);
    }
}

TEST_CASE("tool: predictors tells what each form is worth for a layer, and what packing would choose") {
    const ChildEnd end = run_tool({"predictors", PHONON_STORY_MODEL, "--layers", "1", "--threads", "2"});
    CAPTURE(end.out);
    REQUIRE(end.status == 0);
    const json report = json::parse(end.out);
    REQUIRE(report["layers"].size() == 1);
    const json& layer = report["layers"][0];
    const auto row = [&](const std::string& form) {
        for (const json& r : layer["predictors"]) {
            if (r["form"] == form) return r;
        }
        FAIL(form << " is missing");
        return json();
    };
    const json two = row("two-bit"), one = row("one-bit"), low = row("low-rank 32 q4_0");
    for (const json& r : layer["predictors"]) {
        CHECK(r["energy"].get<double>() >= 0.995 - 1e-6);
        CHECK(r["let_through"].get<double>() >= r["recall"].get<double>() * layer["active"].get<double>() - 1e-6);
    }
    CHECK(one["bytes"] < two["bytes"]);
    CHECK(one["let_through"] > two["let_through"]);
    CHECK(one["explained"] < two["explained"]);
    CHECK(low["bytes"] < one["bytes"]);
    CHECK(layer["chosen"] == "two-bit");
    for (const json& steps : layer["two_steps"]) {
        CHECK(steps["open"] > one["let_through"]);  // it may lose less than all that may be lost
        CHECK(steps["tiles"] >= steps["open"]);
        CHECK(steps["tiles_by_heat"] >= steps["open"]);
    }
    for (const std::vector<std::string>& words : {std::vector<std::string>{"predictors"},
                                                  {"predictors", PHONON_STORY_MODEL, "--energy", "0"},
                                                  {"predictors", PHONON_STORY_MODEL, "--layers", "-1"},
                                                  {"predictors", PHONON_STORY_MODEL, "--rank", "3"}}) {
        CHECK(run_tool(words).status == 2);
    }
    CHECK(error_of(run_tool({"predictors", "/nonexistent.gguf"}))["code"] == "file_missing");
}

TEST_CASE("tool: firing reads a text, and compares eviction orders with what it recorded") {
    const TemporaryFile text("Once upon a time there was a little girl who lived in a village. Her name was Lily. ");
    const ChildEnd short_of = run_tool({"firing", PHONON_STORY_MODEL, "--text", text.path()});
    CHECK(short_of.status == 2);
    CHECK(error_of(short_of)["message"].get<std::string>().find("are needed") != std::string::npos);
    CHECK(error_of(run_tool({"firing", PHONON_STORY_MODEL, "--text", "/nonexistent"}))["code"] == "file_missing");
    const ChildEnd end =
        run_tool({"firing", PHONON_STORY_MODEL, "--text", text.path(), "--tokens", "8", "--sequences", "0"});
    CAPTURE(end.out);
    REQUIRE(end.status == 0);
    CHECK(json::parse(end.out)["eviction"].empty());  // nothing but the sequence itself to profile
    const ChildEnd forced = run_tool({"firing", PHONON_STORY_MODEL, "--tokens", "64", "--sequences", "2"});
    REQUIRE(forced.status == 0);
    const json orders = json::parse(forced.out)["eviction"];
    REQUIRE_FALSE(orders.empty());
    for (const json& order : orders) {
        CHECK(order["hits"] > 0);
        CHECK(order["hits"] <= 1);
        CHECK(order.contains("half_life") == (order["order"] == "heat"));
    }
}
