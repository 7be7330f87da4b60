// How often neurons fire, by layer and place in the pack's order: counted against what each token tells.

#include <numeric>

#include "generate/generate.h"
#include "pipeline/cluster_layer.h"
#include "streaming_support.h"

using namespace phonon;
using namespace phonon::streaming_test;

namespace {

struct Heats : GenerateSink {
    void prefill(PrefillProgress) override {}
    void token(GeneratedToken t) override { tokens.push_back(std::move(t)); }
    void heat(TokenHeat h) override { all.push_back(std::move(h)); }
    void warning(Warning) override {}
    std::vector<TokenHeat> all;
    std::vector<GeneratedToken> tokens;
};

Heats run(Backend& backend, int64_t tokens) {
    GenerateConfig config;
    for (int i = 0; i < 5; ++i) config.prompt.push_back(100 + 37 * i);
    config.max_tokens = tokens;
    config.context = 256;
    config.force_tokens = 3;
    config.batch = 64;
    Heats sink;
    const GenerateResult result = generate(backend, config, Clock::now(), sink, kGoOn);
    REQUIRE(!result.error);
    return sink;
}

}  // namespace

TEST_CASE("heat: a map tells of every token once, and counts what the tokens tell of") {
    const TemporaryFolder folder;
    const std::string packed = pack(PHONON_STORY_MODEL, folder);
    const Loaded streamed = load({.path = packed, .threads = 3});
    for (const int64_t tokens : {1, 2, 64, 65, 66, 140}) {
        CAPTURE(tokens);
        const Heats sink = run(*streamed.backend, tokens);
        REQUIRE(static_cast<int64_t>(sink.tokens.size()) == tokens);
        int64_t next = 1;
        for (const TokenHeat& heat : sink.all) {
            CHECK(heat.from == next);
            CHECK(heat.to - heat.from == heat.map.tokens);
            CHECK(heat.map.tokens <= 64);
            CHECK(heat.map.neurons == 1024);
            REQUIRE(heat.map.layers.size() == 6);
            int64_t active = 0, counted = 0;
            for (int64_t t = heat.from; t < heat.to; ++t) {
                active += sink.tokens[static_cast<size_t>(t)].stream.value().active;
            }
            for (const auto& layer : heat.map.layers) {
                REQUIRE(layer.size() == 256);
                counted += std::accumulate(layer.begin(), layer.end(), int64_t{0});
                for (const uint32_t fired : layer) CHECK(fired <= 4 * heat.map.tokens);
            }
            CHECK(counted == active);
            next = heat.to;
        }
        CHECK(next == tokens);
    }
    CHECK(run(*load({.path = PHONON_STORY_MODEL}).backend, 10).all.empty());
}

TEST_CASE("heat: bins follow the pack's order of hotness") {
    const TemporaryFolder folder;
    const auto gguf = GgufFile::open(pack(PHONON_STORY_MODEL, folder)).value();
    const Hyperparameters hp = read_hyperparameters(*gguf).value();
    TaskPool pool({-1});
    const Pack pack = read_pack(*gguf, hp).value();
    for (const PackLayer& packed : pack.layers) {
        const ClusterLayer layer = make_cluster_layer(packed, hp, *best_kernels(), pool).value();
        for (size_t p = 0; p < packed.order.size(); ++p) {
            CHECK(layer.heat_bin[static_cast<size_t>(packed.order[p])] == p / 4);
        }
    }
}

TEST_CASE("heat: a map is as fine as a line of the protocol bears") {
    CHECK(heat_bins(32, 14336) == 256);
    CHECK(heat_bins(2, 100) == 100);
    CHECK(heat_bins(4096, 14336) == 32);
    for (const int64_t layers : {1, 7, 511, 513, 4096}) CHECK(heat_bins(layers, 14336) * layers <= 1 << 17);
}
