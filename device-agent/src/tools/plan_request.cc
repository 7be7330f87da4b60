#include "tools/plan_request.h"

#include <optional>

namespace phonon {
namespace {

using Json = nlohmann::json;

constexpr size_t kMostPoints = 4096;  // of a list

template <typename T>
void optional(const Json& json, const char* key, std::optional<T>& to) {
    if (const auto found = json.find(key); found != json.end() && !found->is_null()) to = found->get<T>();
}

const Json& list(const Json& json, const char* key) {
    const Json& found = json.at(key);
    if (!found.is_array() || found.size() > kMostPoints) throw std::invalid_argument(std::string(key) + " is no list");
    return found;
}

FlashPoint flash_point(const Json& json) {
    FlashPoint p{.random = json.at("pattern") == "random",
                 .block_bytes = json.at("block_bytes").get<uint32_t>(),
                 .depth = json.at("depth").get<size_t>(),
                 .range_bytes = json.at("range_bytes").get<uint64_t>(),
                 .core = {},
                 .bytes_per_s = json.at("bytes_per_s").get<double>(),
                 .cpu_us = json.at("cpu_us").get<double>()};
    optional(json, "core", p.core);
    return p;
}

KernelPoint kernel_point(const Json& json) {
    return {.type = json.at("type").get<std::string>(),
            .layout = json.at("layout").get<std::string>(),
            .share = json.at("share").get<double>(),
            .rows = json.at("rows").get<int64_t>(),
            .cols = json.at("cols").get<int64_t>(),
            .batch = json.at("batch").get<int64_t>(),
            .threads = json.at("threads").get<int>(),
            .seconds = json.at("seconds").get<double>(),
            .bytes_per_s = json.at("bytes_per_s").get<double>(),
            .macs_per_s = json.at("macs_per_s").get<double>()};
}

HardwareProfile profile_of(const Json& json) {
    HardwareProfile profile;
    for (const Json& core : list(json, "cores")) profile.cores.push_back(core.get<int>());
    for (const Json& point : list(json.at("flash"), "points")) profile.flash.points.push_back(flash_point(point));
    optional(json.at("flash"), "read_core_us", profile.flash.read_core_us);
    for (const Json& point : list(json, "memory")) {
        profile.memory.push_back({point.at("threads").get<int>(), point.at("bytes_per_s").get<double>()});
    }
    for (const Json& point : list(json, "products")) profile.products.push_back(kernel_point(point));
    return profile;
}

Stages without(const Json& off) {
    Stages stages;
    for (const Json& stage : off) {
        const auto name = stage.get<std::string>();
        if (name == "predictor") {
            stages.predictor = false;
        } else if (name == "bundle") {
            stages.bundle = false;
        } else if (name == "cache") {
            stages.cache = false;
        } else if (name == "pipeline") {
            stages.pipeline = false;
        } else {
            throw std::invalid_argument("there is no stage '" + name + "' that can be off");
        }
    }
    return stages;
}

PlanLimits limits_of(const Json& json) {
    PlanLimits limits;
    limits.available_bytes = json.at("available_bytes").get<uint64_t>();
    for (const Json& core : list(json, "cores")) {
        limits.cores.push_back({core.at("id").get<int>(), core.at("class").get<std::string>()});
    }
    optional(json, "memory_bytes", limits.memory_bytes);
    optional(json, "threads", limits.threads);
    optional(json, "context", limits.context);
    optional(json, "batch", limits.batch);
    optional(json, "cache_neurons", limits.cache_neurons);
    optional(json, "eviction", limits.eviction);
    if (json.contains("off")) limits.stages = without(list(json, "off"));
    if (json.contains("compute_cores")) {
        for (const Json& core : list(json, "compute_cores")) limits.compute_cores.push_back(core.get<int>());
    }
    std::optional<int64_t> prompt;
    optional(json, "prompt", prompt);
    limits.prompt = prompt.value_or(limits.prompt);
    return limits;
}

PackedShares shares_of(const Json& json) {
    return {.active = json.at("active").get<double>(),
            .let_through = json.at("let_through").get<double>(),
            .recall = json.at("recall").get<double>(),
            .energy = json.at("energy").get<double>()};
}

}  // namespace

Result<PlanRequest> read_plan_request(const std::string& text) {
    try {
        const Json json = Json::parse(text);
        std::optional<PackedShares> statistics;
        if (const auto found = json.find("statistics"); found != json.end()) statistics = shares_of(*found);
        return PlanRequest{.profile = profile_of(json.at("profile")),
                           .limits = limits_of(json),
                           .activation = json.value("activation", ""),
                           .pack = json.value("pack", ""),
                           .statistics = statistics};
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& wrong) {
        return Error{"bad_request", std::string("a plan was asked for in a way that is not known: ") + wrong.what()};
    }
}

}  // namespace phonon
