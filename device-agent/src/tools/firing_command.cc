#include <algorithm>
#include <fstream>
#include <iterator>
#include <thread>

#include "tools/arguments.h"
#include "tools/commands.h"
#include "tools/firing_run.h"

namespace phonon {

namespace {

nlohmann::json to_json(const LayerFiring& layer) {
    return {{"active", layer.active},   {"hot", layer.hot},         {"unrelated", layer.unrelated},
            {"overlap", layer.overlap}, {"batch32", layer.batch32}, {"run32", layer.run32},
            {"hits50", layer.hits50},   {"hits38", layer.hits38}};
}

LayerFiring mean(const std::vector<LayerFiring>& layers) {
    LayerFiring out;
    for (double LayerFiring::*figure :
         {&LayerFiring::active, &LayerFiring::hot, &LayerFiring::unrelated, &LayerFiring::overlap,
          &LayerFiring::batch32, &LayerFiring::run32, &LayerFiring::hits50, &LayerFiring::hits38}) {
        for (const LayerFiring& layer : layers) out.*figure += layer.*figure / static_cast<double>(layers.size());
    }
    return out;
}

}  // namespace

Result<nlohmann::json> firing_command(std::span<char* const> words, const std::atomic<bool>& cancel) {
    auto parsed = Arguments::parse(words, {"tokens", "sequences", "seed", "text", "threads"}, {});
    if (!parsed) return parsed.error();
    const Arguments& arguments = parsed.value();
    if (arguments.positional().size() != 1) return Error{"bad_request", "FILE: firing takes exactly one"};
    const std::string& path = arguments.positional()[0];
    FiringConfig config;
    int64_t threads = std::max(1u, std::thread::hardware_concurrency());
    for (Status status : {arguments.integer("tokens", config.tokens), arguments.integer("sequences", config.sequences),
                          arguments.integer("threads", threads), arguments.seed("seed", config.seed)}) {
        if (!status) return status.error();
    }
    if (config.tokens < 1 || config.tokens > 4096) return Error{"bad_request", "--tokens: must lie between 1 and 4096"};
    if (config.sequences < 0 || config.sequences > 1024) {
        return Error{"bad_request", "--sequences: must lie between 0 and 1024"};
    }
    if (threads < 1 || threads > 256) return Error{"bad_request", "--threads: must lie between 1 and 256"};
    config.threads = static_cast<int>(threads);
    if (arguments.has("text")) {
        const std::string name = arguments.text("text");
        std::ifstream file(name, std::ios::binary);
        config.text.assign(std::istreambuf_iterator<char>(file), {});
        if (!file || config.text.empty()) return Error{"file_missing", "--text " + name + ": cannot be read"};
    }

    auto run = run_firing(path, config, cancel);
    if (!run) return run.error();
    const FiringReport& report = run.value().report;
    nlohmann::json layers = nlohmann::json::array();
    for (const LayerFiring& layer : report.layers) layers.push_back(to_json(layer));
    nlohmann::json positions = nlohmann::json::array();
    for (const PositionFiring& p : report.positions) {
        positions.push_back(
            {{"begin", p.begin}, {"end", p.end}, {"active", p.active}, {"overlap", p.overlap}, {"hits50", p.hits50}});
    }
    nlohmann::json eviction = nlohmann::json::array();
    for (const ReplayedOrder& order : run.value().eviction) {
        eviction.push_back({{"order", order.order}, {"part", order.part}, {"hits", order.hits}});
        if (order.order != "heat") continue;
        eviction.back().update({{"half_life", order.half_life}, {"recent_weight", order.recent_weight}});
    }
    return nlohmann::json{{"path", path},
                          {"tokens", config.tokens},
                          {"sequences", config.sequences},
                          {"mean", to_json(mean(report.layers))},
                          {"layers", layers},
                          {"positions", positions},
                          {"misses50_p99", report.misses50_p99},
                          {"shared50", report.shared50},
                          {"shared38", report.shared38},
                          {"eviction", eviction},
                          {"logits", {{"finite", run.value().finite}, {"deviation", run.value().logit_deviation}}}};
}

}  // namespace phonon
