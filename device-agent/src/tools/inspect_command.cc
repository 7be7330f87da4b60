#include "tools/arguments.h"
#include "tools/commands.h"
#include "tools/inspect_report.h"

namespace phonon {

Result<nlohmann::json> inspect_command(std::span<char* const> words, const std::atomic<bool>&) {
    auto parsed = Arguments::parse(words, {}, {});
    if (!parsed) return parsed.error();
    if (parsed.value().positional().size() != 1) return Error{"bad_request", "FILE: inspect takes exactly one"};
    return inspect_report(parsed.value().positional()[0]);
}

}  // namespace phonon
