#include "pack/pack_profile.h"

#include <algorithm>
#include <cmath>

namespace phonon {

Result<PackProfile> read_pack_profile(const std::string& path) {
    const auto gguf = GgufFile::open(path);
    if (!gguf) return gguf.error();
    if (!is_pack(*gguf.value())) return gguf.value()->invalid("it is no pack");
    const auto hp = read_hyperparameters(*gguf.value());
    if (!hp) return hp.error();
    const auto pack = read_pack(*gguf.value(), hp.value());
    if (!pack) return pack.error();

    PackProfile profile{.layers = hp.value().layers,
                        .neurons = hp.value().ffn,
                        .tokens = pack.value().profiled_tokens,
                        .predictors = {},
                        .mean = {},
                        .up_to = {}};
    const double share = 1.0 / static_cast<double>(profile.layers);
    for (const PackLayer& layer : pack.value().layers) {
        profile.predictors.push_back(packed_predictor(layer).described());
        for (auto member : {&PackStatistics::active, &PackStatistics::let_through, &PackStatistics::recall,
                            &PackStatistics::energy, &PackStatistics::overlap}) {
            profile.mean.*member += static_cast<float>(layer.statistics.*member * share);
        }
        const auto neurons = static_cast<size_t>(profile.neurons);
        for (size_t batch = 0; batch < kProfiledBatches.size(); ++batch) {
            for (const float often : layer.frequency.subspan(batch * neurons, neurons)) {
                const double step = std::ceil(static_cast<double>(often) * PackProfile::kSteps - 1e-4);
                profile.up_to[batch][static_cast<size_t>(std::clamp<double>(step, 0, PackProfile::kSteps))] += 1;
            }
        }
    }
    for (auto& counts : profile.up_to) {
        double sum = 0;
        for (double& count : counts) {
            sum += count;
            count = sum / static_cast<double>(profile.layers * profile.neurons);
        }
    }
    return profile;
}

}  // namespace phonon
