// phonon-model: looks into model files and writes synthetic ones, for the desktop side, which runs it as a child
// process. One JSON object on standard output: the result (exit 0), or {"error":{"code","message"}} (exit 1; 2 for bad
// usage). Progress, as JSON lines, on standard error.

#include <csignal>
#include <cstdio>
#include <cstring>

#include "model/llama_log.h"
#include "tools/commands.h"
#include "tools/printed.h"

namespace {

constexpr char kUsage[] =
    "usage: phonon-model inspect FILE\n"
    "       phonon-model synth --shape NAME | --architecture A --layers N --embedding N --ffn N --heads N --vocabulary "
    "N\n"
    "                    [--kv-heads N] [--head-dim N] [--experts N] [--experts-used N] [--context N]\n"
    "                    --quant F32|F16|BF16|Q8_0|Q4_0|Q4_K|Q6_K [--activation silu|relu|drelu|relu2] [--sparsity F]\n"
    "                    [--skew none|bamboo|independent] [--seed N] [--threads N] --out FILE [--force]\n"
    "       phonon-model measure FILE [--tokens N] [--seed N] [--threads N]\n"
    "       phonon-model firing FILE [--tokens N] [--sequences N] [--text FILE] [--seed N] [--threads N]\n"
    "       phonon-model predictors FILE [--energy F] [--layers N] [--seed N] [--threads N]";

std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free, "set in a signal handler");

void catch_signals() {
    struct sigaction action = {};
    action.sa_handler = [](int) { interrupted = true; };
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaction(number, &action, nullptr);
    // A closed pipe and a file size limit are errors to report, not reasons to die with a .part left behind.
    for (const int number : {SIGPIPE, SIGXFSZ}) signal(number, SIG_IGN);
}

phonon::Result<nlohmann::json> run(std::span<char* const> words) {
    const struct {
        const char* name;
        phonon::Command command;
    } commands[] = {{"inspect", phonon::inspect_command},
                    {"synth", phonon::synth_command},
                    {"measure", phonon::measure_command},
                    {"firing", phonon::firing_command},
                    {"predictors", phonon::predictors_command}};
    for (const auto& [name, command] : commands) {
        if (!words.empty() && std::strcmp(words[0], name) == 0) return command(words.subspan(1), interrupted);
    }
    return phonon::Error{"bad_request", kUsage};
}

}  // namespace

int main(int argc, char** argv) {
    catch_signals();
    phonon::silence_llama_log();
    const std::span<char* const> words(argv + 1, static_cast<size_t>(argc > 0 ? argc - 1 : 0));
    const auto result = phonon::without_exceptions([&] { return run(words); });
    if (!result) std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::printf("%s\n", phonon::printed(result).c_str());
    if (std::fflush(stdout) != 0) return 1;
    if (result) return 0;
    return result.error().code == "bad_request" ? 2 : 1;
}
