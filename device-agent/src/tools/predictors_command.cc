#include <algorithm>
#include <thread>

#include "tools/arguments.h"
#include "tools/commands.h"
#include "tools/predictors_run.h"

namespace phonon {
namespace {

nlohmann::json to_json(const PredictorRow& row) {
    return {{"form", row.form},           {"bytes", row.bytes},
            {"explained", row.explained}, {"let_through", row.let_through},
            {"recall", row.recall},       {"precision", row.precision},
            {"energy", row.energy},       {"cost_us", row.cost_us}};
}

nlohmann::json to_json(const TwoSteps& steps) {
    return {{"energy_share", steps.energy_share},
            {"open", steps.open},
            {"tiles", steps.tiles},
            {"tiles_by_heat", steps.tiles_by_heat},
            {"bytes_saved", steps.bytes_saved},
            {"bytes_saved_by_heat", steps.bytes_saved_by_heat}};
}

nlohmann::json to_json(const PredictorsLayer& layer) {
    nlohmann::json rows = nlohmann::json::array(), two_steps = nlohmann::json::array();
    for (const PredictorRow& row : layer.rows) rows.push_back(to_json(row));
    for (const TwoSteps& steps : layer.two_steps) two_steps.push_back(to_json(steps));
    return {{"layer", layer.layer},
            {"active", layer.active},
            {"chosen", layer.chosen},
            {"predictors", rows},
            {"two_steps", two_steps}};
}

}  // namespace

Result<nlohmann::json> predictors_command(std::span<char* const> words, const std::atomic<bool>& cancel) {
    auto parsed = Arguments::parse(words, {"energy", "layers", "seed", "threads"}, {});
    if (!parsed) return parsed.error();
    const Arguments& arguments = parsed.value();
    if (arguments.positional().size() != 1) return Error{"bad_request", "FILE: predictors takes exactly one"};
    const std::string& path = arguments.positional()[0];
    PredictorsConfig config;
    int64_t threads = std::max(1u, std::thread::hardware_concurrency());
    for (Status status : {arguments.number("energy", config.energy_share), arguments.integer("layers", config.layers),
                          arguments.integer("threads", threads), arguments.seed("seed", config.seed)}) {
        if (!status) return status.error();
    }
    if (!(config.energy_share > 0 && config.energy_share <= 1)) {
        return Error{"bad_request", "--energy: must lie above 0 and be at most 1"};
    }
    if (config.layers < 0) return Error{"bad_request", "--layers: must be at least 0"};
    if (threads < 1 || threads > 256) return Error{"bad_request", "--threads: must lie between 1 and 256"};
    config.threads = static_cast<int>(threads);
    const auto layers = run_predictors(path, config, cancel);
    if (!layers) return layers.error();
    nlohmann::json out = nlohmann::json::array();
    for (const PredictorsLayer& layer : layers.value()) out.push_back(to_json(layer));
    return nlohmann::json{{"path", path}, {"energy_share", config.energy_share}, {"layers", out}};
}

}  // namespace phonon
