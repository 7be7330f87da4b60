#pragma once
// The literal lines of test/protocol/.

#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <vector>

#include "agent/json.h"
#include "phonon/backend.h"

namespace phonon::testing {

inline std::vector<Json> protocol_lines(const std::string& file) {
    std::ifstream in(PHONON_PROTOCOL_LINES "/" + file);
    std::vector<Json> out;
    for (std::string line; std::getline(in, line);) {
        auto parsed = parse_line(line);
        REQUIRE_MESSAGE(parsed.ok(), line);
        out.push_back(parsed.value());
    }
    REQUIRE(!out.empty());
    return out;
}

// Numbers are compared as numbers: 5 and 5.0 are the same.
inline void check_same(const std::string& produced, const Json& literal) {
    const std::string difference = produced + "is not " + literal.dump();
    CHECK_MESSAGE(Json::parse(produced) == literal, difference);
}

// The predictor in the literal lines.
inline LayerPredictor literal_predictor() {
    return {.kind = "low-rank",
            .rank = 64,
            .bytes = 87040,
            .active = 0.25,
            .let_through = 0.25,
            .recall = 0.5,
            .precision = 0.5,
            .energy = 0.75,
            .two_bit_us = 15,
            .low_rank_us = 12.5};
}

// The load report in the literal lines.
inline LoadReport literal_report() {
    LoadReport r;
    r.model = {"smallthinker",
               "story",
               "F16",
               12928576,
               6423808,
               6,
               256,
               1024,
               8,
               4,
               32,
               2048,
               256,
               1,
               1,
               Activation::relu,
               {{"F16", 43, 12820480}, {"F32", 19, 37888}}};
    r.cores = {6, -1};
    r.context = 256;
    r.kernels = "neon-dotprod";
    r.weight_bytes = 12858368;
    r.kv_bytes = 786432;
    r.load_ms = 41.5;
    r.warnings = {"core 7 could not be pinned"};
    return r;
}

}  // namespace phonon::testing
