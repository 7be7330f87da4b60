// Models whose layers differ: in Down's type, as most K-quantised files' do, and in their predictors.
#include <doctest/doctest.h>

#include <algorithm>

#include "planner/plan.h"
#include "planner_support.h"
#include "streaming_support.h"

using namespace phonon;
using namespace phonon::streaming_test;

namespace {

// Three layers; Down of the first and the last is Q6_K, of the second Q4_K.
std::string mixed_model(const TemporaryFolder& folder) {
    std::string model = folder.file("mixed.gguf");
    TinyModel tiny("llama");
    add_transformer(tiny, {.layers = 3,
                           .ffn = 1024,
                           .type = LM_GGML_TYPE_Q4_K,
                           .down_types = {LM_GGML_TYPE_Q6_K, LM_GGML_TYPE_Q4_K, LM_GGML_TYPE_Q6_K}});
    tiny.text("hidden_activation", "relu");
    tiny.write(model);
    return model;
}

ModelSizes sizes_of(const std::string& path) {
    return read_shape(*GgufFile::open(path).value(), "").value();
}

DecodePrediction decode(const ModelSizes& model) {
    const DeviceCosts device = DeviceCosts::create(round_profile(), 2).value();
    const Activity activity = assumed_activity(Activation::relu);
    const Reuse reuse(activity);
    return predict_decode({device, model, activity, reuse}, {.threads = 2, .slots = 1500});
}

// With every layer of one kind, and of the same size otherwise.
ModelSizes alike(ModelSizes model, const BundleLayout& bundle) {
    model.kinds = {{bundle, model.hp.layers}};
    return model;
}

std::string predictor_of(const ModelSizes& model) {
    PlanLimits limits;
    limits.available_bytes = uint64_t{1} << 30;
    limits.prompt = 16;
    const Plan plan = make_plan(round_profile(), model, assumed_activity(Activation::relu), limits).value();
    const auto is_it = [](const Knob& knob) { return knob.name == "predictor"; };
    return std::get<std::string>(std::find_if(plan.knobs.begin(), plan.knobs.end(), is_it)->value);
}

}  // namespace

TEST_CASE("planner: layers of several kinds take what each of them takes") {
    const TemporaryFolder folder;
    const std::string model = mixed_model(folder);
    const ModelSizes mixed = sizes_of(model);
    REQUIRE(mixed.kinds.size() == 2);
    const auto& [large, of_large] = mixed.kinds[0];
    const auto& [small, of_small] = mixed.kinds[1];
    CHECK(of_large == 2);
    CHECK(of_small == 1);
    CHECK(large.down_type == WeightType::q6_k);
    CHECK(small.down_type == WeightType::q4_k);
    CHECK(mixed.bundle == large);  // a slot holds a neuron of any layer

    const DecodePrediction p = decode(mixed), all_large = decode(alike(mixed, large)),
                           all_small = decode(alike(mixed, small));
    const auto mean = [](double a, double b) { return doctest::Approx((2 * a + b) / 3); };
    REQUIRE(all_large.compute_ms > all_small.compute_ms);
    CHECK(p.compute_ms == mean(all_large.compute_ms, all_small.compute_ms));
    CHECK(p.token_ms == mean(all_large.token_ms, all_small.token_ms));
    CHECK(p.read_bytes == mean(all_large.read_bytes, all_small.read_bytes));
    CHECK(p.misses == all_large.misses);

    // What the pack says is the same but for the predictors.
    const ModelSizes packed = sizes_of(pack(model));
    REQUIRE(packed.kinds.size() == 2);
    CHECK(packed.kinds[0].bundle == large);
    CHECK(packed.kinds[1].bundle == small);
}

TEST_CASE("planner: the predictor is named as the pack has it") {
    const TemporaryFolder folder;
    ModelSizes story = sizes_of(PHONON_STORY_MODEL);
    CHECK(predictor_of(story) == "two-bit");
    CHECK(predictor_of(sizes_of(pack(PHONON_STORY_MODEL, folder, {.predictor = "low-rank"}))) == "low-rank");
    story.low_rank_layers = 2;
    CHECK(predictor_of(story) == "two-bit, low-rank in 2 of 6 layers");
}
