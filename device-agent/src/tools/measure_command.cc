#include <algorithm>
#include <thread>

#include "model/inspect.h"
#include "tools/arguments.h"
#include "tools/commands.h"
#include "tools/measure.h"

namespace phonon {

Result<nlohmann::json> measure_command(std::span<char* const> words, const std::atomic<bool>& cancel) {
    auto parsed = Arguments::parse(words, {"tokens", "seed", "threads"}, {});
    if (!parsed) return parsed.error();
    const Arguments& arguments = parsed.value();
    if (arguments.positional().size() != 1) return Error{"bad_request", "FILE: measure takes exactly one"};
    const std::string& path = arguments.positional()[0];
    int64_t tokens = 128;
    int64_t threads = std::max(1u, std::thread::hardware_concurrency());
    uint64_t seed = 0;
    for (Status status :
         {arguments.integer("tokens", tokens), arguments.integer("threads", threads), arguments.seed("seed", seed)}) {
        if (!status) return status.error();
    }
    if (tokens < 1 || tokens > 4096) return Error{"bad_request", "--tokens: must lie between 1 and 4096"};
    if (threads < 1 || threads > 256) return Error{"bad_request", "--threads: must lie between 1 and 256"};
    // llama.cpp aborts on some files that this refuses.
    if (auto info = inspect_model(path); !info) return info.error();

    auto measured = measure_model(path, tokens, seed, static_cast<int>(threads), cancel);
    if (!measured) return measured.error();
    const MeasureReport& report = measured.value();
    return nlohmann::json{
        {"path", path},
        {"tokens", report.tokens},
        {"active", report.active},
        {"logits",
         {{"finite", report.finite}, {"deviation", report.logit_deviation}, {"distinct_best", report.distinct_best}}}};
}

}  // namespace phonon
