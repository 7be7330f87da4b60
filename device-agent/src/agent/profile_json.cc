#include "agent/profile_json.h"

namespace phonon {
namespace {

OrderedJson to_json(const FlashPoint& p) {
    return {{"pattern", p.random ? "random" : "sequential"},
            {"block_bytes", p.block_bytes},
            {"depth", p.depth},
            {"range_bytes", p.range_bytes},
            {"core", or_null(p.core)},
            {"bytes_per_s", p.bytes_per_s},
            {"p50_us", p.p50_us},
            {"p99_us", p.p99_us},
            {"cpu_us", p.cpu_us}};
}

OrderedJson to_json(const MemoryPoint& p) {
    return {{"threads", p.threads}, {"bytes_per_s", p.bytes_per_s}};
}

OrderedJson to_json(const KernelPoint& p) {
    return {{"type", p.type},
            {"layout", p.layout},
            {"share", p.share},
            {"rows", p.rows},
            {"cols", p.cols},
            {"batch", p.batch},
            {"threads", p.threads},
            {"seconds", p.seconds},
            {"bytes_per_s", p.bytes_per_s},
            {"macs_per_s", p.macs_per_s}};
}

template <typename Point>
OrderedJson list(const std::vector<Point>& points) {
    OrderedJson out = OrderedJson::array();
    for (const Point& point : points) out.push_back(to_json(point));
    return out;
}

}  // namespace

OrderedJson to_json(const HardwareProfile& profile) {
    const FlashProfile& flash = profile.flash;
    return {{"kernels", profile.kernels},
            {"cores", profile.cores},
            {"seconds", profile.seconds},
            {"flash",
             {{"backend", flash.facts.backend},
              {"direct", flash.facts.direct},
              {"note", flash.facts.note},
              {"file_bytes", flash.facts.file_bytes},
              {"write_bytes_per_s", flash.write_bytes_per_s},
              {"read_core_us", or_null(flash.read_core_us)},
              {"points", list(flash.points)}}},
            {"memory", list(profile.memory)},
            {"products", list(profile.products)},
            {"skipped", profile.skipped}};
}

OrderedJson to_json(const std::vector<LayerPredictor>& predictors) {
    OrderedJson out = OrderedJson::array();
    for (const LayerPredictor& p : predictors) out.push_back(to_json<OrderedJson>(p, rounded));
    return out;
}

OrderedJson to_json(const PackProfile& profile) {
    OrderedJson batches = OrderedJson::array();
    for (size_t b = 0; b < kProfiledBatches.size(); ++b) {
        OrderedJson up_to = OrderedJson::array();
        for (const double share : profile.up_to[b]) up_to.push_back(rounded(share));
        batches.push_back({{"batch", kProfiledBatches[b]}, {"up_to", up_to}});
    }
    return {{"layers", profile.layers},
            {"neurons", profile.neurons},
            {"tokens", profile.tokens},
            {"active", rounded(profile.mean.active)},
            {"let_through", rounded(profile.mean.let_through)},
            {"recall", rounded(profile.mean.recall)},
            {"energy", rounded(profile.mean.energy)},
            {"overlap", rounded(profile.mean.overlap)},
            {"predictors", to_json(profile.predictors)},
            {"batches", batches}};
}

}  // namespace phonon
