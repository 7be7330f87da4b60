#pragma once
// Where everything of a pack will lie, known before anything of it is.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/gguf_file.h"
#include "model/hyperparameters.h"
#include "pack/pack_file.h"

namespace phonon {

struct PackPlan {
    struct Section {
        std::string name;
        uint64_t at = 0;  // offset in the file, a multiple of kPackAlignment
        uint64_t bytes = 0;
        const GgufTensor* copied = nullptr;  // from the model's file
    };
    std::vector<std::byte> header;
    std::vector<Section> sections;          // in the file's order
    std::map<std::string, size_t> by_name;  // index into sections
    std::vector<BundleLayout> bundles;      // [layer]
    uint64_t file_bytes = 0;

    const Section& find(const std::string& name) const { return sections[by_name.at(name)]; }
};

struct PackPlanOptions {
    int64_t profiled_tokens = 0;
    std::string profile_source = {};  // of these tokens
    double energy_share = 0;
    bool thresholds = false;  // small activations will count as nothing
    Requantise requantise = Requantise::none;
    PackQuality quality = {};  // known at last; where everything lies does not depend on it
    // Whether the pack computes something else than its model.
    bool lossy() const { return thresholds || requantise != Requantise::none; }
};

// Errors: unsupported_quantisation, unsupported_model (several experts; a shape that no predictor's group divides).
Result<PackPlan> plan_pack(const GgufFile& gguf, const Hyperparameters& hp, const PackPlanOptions& options);

}  // namespace phonon
