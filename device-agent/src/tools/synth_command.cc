#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "model/hyperparameters.h"
#include "synth/synth.h"
#include "tools/arguments.h"
#include "tools/commands.h"

namespace phonon {

namespace {

using Dimension = std::pair<const char*, int64_t ModelShape::*>;
constexpr Dimension kDimensions[] = {{"layers", &ModelShape::layers},
                                     {"embedding", &ModelShape::embedding},
                                     {"ffn", &ModelShape::ffn},
                                     {"heads", &ModelShape::heads},
                                     {"vocabulary", &ModelShape::vocabulary},
                                     {"kv-heads", &ModelShape::kv_heads},
                                     {"head-dim", &ModelShape::head_dim},
                                     {"context", &ModelShape::context},
                                     {"experts", &ModelShape::experts},
                                     {"experts-used", &ModelShape::experts_used}};
constexpr size_t kRequired = 5;  // the first ones, and the architecture, when there is no --shape

Error missing(const std::string& name) {
    return {"bad_request", "--" + name + ": missing (or give --shape)"};
}

// A named shape, of which every dimension given beside it replaces one.
Result<ModelShape> read_shape(const Arguments& arguments) {
    ModelShape shape;
    if (arguments.has("shape")) {
        auto named = named_shape(arguments.text("shape"));
        if (!named) return named.error();
        shape = named.value();
    } else {
        if (!arguments.has("architecture")) return missing("architecture");
        for (size_t i = 0; i < kRequired; ++i) {
            if (!arguments.has(kDimensions[i].first)) return missing(kDimensions[i].first);
        }
        shape.name = "model";
    }
    shape.architecture = arguments.text("architecture", shape.architecture);
    for (const auto& [name, member] : kDimensions) {
        if (Status status = arguments.integer(name, shape.*member); !status) return status.error();
    }
    if (shape.kv_heads == 0) shape.kv_heads = shape.heads;
    if (shape.head_dim == 0 && shape.heads > 0) shape.head_dim = shape.embedding / shape.heads;
    if (arguments.has("experts") && !arguments.has("experts-used")) {
        shape.experts_used = std::min(shape.experts_used, shape.experts);
    }
    return shape;
}

Result<SynthConfig> read_config(const Arguments& arguments) {
    SynthConfig config;
    auto shape = read_shape(arguments);
    if (!shape) return shape.error();
    config.shape = shape.value();
    if (!arguments.has("quant")) return Error{"bad_request", "--quant: missing"};
    auto type = quantisation_type(arguments.text("quant"));
    if (!type) return type.error();
    config.type = type.value();
    config.activation = stock_activation(config.shape);
    const std::string activation = arguments.text("activation", to_string(config.activation));
    if (!parse_activation(activation, config.activation)) {
        return Error{"bad_request", "--activation: '" + activation + "' is not one of silu, relu, drelu, relu2"};
    }
    if (Status status = arguments.number("sparsity", config.sparsity); !status) return status.error();
    const std::string skew = arguments.text("skew", to_string(config.skew));
    if (!parse_skew(skew, config.skew)) {
        return Error{"bad_request", "--skew: '" + skew + "' is not one of none, bamboo, independent"};
    }
    if (Status status = arguments.seed("seed", config.seed); !status) return status.error();
    return config;
}

}  // namespace

Result<nlohmann::json> synth_command(std::span<char* const> words, const std::atomic<bool>& cancel) {
    std::set<std::string> options = {"shape", "architecture", "quant",   "activation", "sparsity",
                                     "skew",  "seed",         "threads", "out"};
    for (const auto& [name, member] : kDimensions) options.insert(name);
    auto parsed = Arguments::parse(words, options, {"force"});
    if (!parsed) return parsed.error();
    const Arguments& arguments = parsed.value();
    if (!arguments.positional().empty()) {
        return Error{"bad_request", "'" + arguments.positional()[0] + "': synth takes options only"};
    }
    auto config = read_config(arguments);
    if (!config) return config.error();
    const std::string out = arguments.text("out");
    if (out.empty()) return Error{"bad_request", "--out: missing"};
    int64_t threads = std::max(1u, std::thread::hardware_concurrency());
    if (Status status = arguments.integer("threads", threads); !status) return status.error();
    if (threads < 1 || threads > 256) return Error{"bad_request", "--threads: must lie between 1 and 256"};

    const auto start = std::chrono::steady_clock::now();
    auto report = synthesise(
        config.value(), out, arguments.has("force"), static_cast<int>(threads),
        [](uint64_t done, uint64_t total) {
            std::fprintf(stderr, "{\"done\":%llu,\"total\":%llu}\n", static_cast<unsigned long long>(done),
                         static_cast<unsigned long long>(total));
        },
        cancel);
    if (!report) return report.error();
    const std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - start;
    const SynthConfig& c = config.value();
    return nlohmann::json{{"path", out},
                          {"bytes", report.value().bytes},
                          {"tensors", report.value().tensors},
                          {"parameters", report.value().parameters},
                          {"architecture", c.shape.architecture},
                          {"quantisation", lm_ggml_type_name(c.type)},
                          {"activation", to_string(c.activation)},
                          {"sparsity", c.sparsity},
                          {"skew", to_string(c.skew)},
                          {"seed", c.seed},
                          {"ms", elapsed.count()}};
}

}  // namespace phonon
