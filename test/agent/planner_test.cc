// Plans and predictions for a device in round numbers.
#include <algorithm>
#include <cmath>

#include "constants.h"
#include "doctest/doctest.h"
#include "model/gguf_file.h"
#include "planner/choose.h"
#include "planner/plan.h"
#include "planner_support.h"
#include "tools/plan_report.h"
#include "tools/plan_request.h"

using namespace phonon;
using namespace phonon::testing;

namespace {

const GgufFile& story() {
    static const auto opened = GgufFile::open(PHONON_STORY_MODEL);
    return *opened.value();
}

ModelSizes story_shape() {
    return read_shape(story(), "").value();
}

PlanLimits limits_of(uint64_t memory) {
    PlanLimits limits;
    limits.memory_bytes = memory;
    limits.cores = {{0, "little"}, {1, "little"}, {4, "mid"}, {6, "big"}, {7, "big"}};
    limits.context = 128;
    limits.batch = 32;
    limits.prompt = 16;
    return limits;
}

Result<Plan> plan_of(const PlanLimits& limits, const HardwareProfile& profile = round_profile()) {
    return make_plan(profile, story_shape(), assumed_activity(Activation::relu), limits);
}

const Knob& knob(const Plan& plan, const std::string& name) {
    const auto found =
        std::find_if(plan.knobs.begin(), plan.knobs.end(), [&](const Knob& k) { return k.name == name; });
    REQUIRE(found != plan.knobs.end());
    return *found;
}

}  // namespace

TEST_CASE("planner: every knob has a value, a source and a reason") {
    PlanLimits limits = limits_of(200 * kMiB);
    limits.threads = 1;
    const Plan plan = plan_of(limits).value();
    CHECK(plan.knobs.size() >= 11);
    for (const Knob& k : plan.knobs) {
        CAPTURE(k.name);
        CHECK(k.reason.size() > 10);
    }
    CHECK(std::get<double>(knob(plan, "threads").value) == 1);
    CHECK(knob(plan, "threads").source == Source::user);
    CHECK(std::get<std::string>(knob(plan, "compute_cores").value) == "7");
    CHECK(knob(plan, "predictor").source == Source::assumed);
    CHECK(knob(plan, "queue_depth").source == Source::measured);
    CHECK(knob(plan, "hot_frequency").source == Source::measured);
    limits.eviction = "window";
    const Plan window = plan_of(limits).value();
    for (const Knob& k : window.knobs) CHECK(k.name != "hot_frequency");
}

TEST_CASE("planner: with everything in memory a token takes what its bytes take") {
    const ModelSizes shape = story_shape();
    const Plan plan = plan_of(limits_of(200 * kMiB)).value();
    const DecodePrediction& p = plan.decode;
    CHECK(std::get<double>(knob(plan, "cache_neurons").value) == static_cast<double>(shape.neurons()));
    CHECK(p.misses == 0);
    CHECK(p.stall_ms == 0);
    CHECK(p.hit_rate == 1);
    CHECK(p.token_ms == doctest::Approx(p.attention_ms + p.other_ms + p.predict_ms + p.cache_ms + p.compute_ms));
    CHECK(p.predict_ms == doctest::Approx(1e3 * static_cast<double>(shape.predictor_bytes) / 20e9));
    // 0.17 of the neurons are let through and 0.94 of the 0.1 that fire are computed, Down by columns.
    const double gate = 0.17 * static_cast<double>(shape.neurons() * shape.bundle.gate_bytes) / 10e9;
    const double up = 0.094 * static_cast<double>(shape.neurons() * shape.bundle.up_bytes) / 10e9;
    const double down = 0.094 * static_cast<double>(shape.neurons() * shape.bundle.down_bytes) / 8e9;
    CHECK(p.compute_ms == doctest::Approx(1e3 * (gate + up + down)).epsilon(0.001));
}

TEST_CASE("planner: flash bounds a token where it is slow, and reading is as long as its reads take") {
    PlanLimits limits = limits_of(plan_of(limits_of(200 * kMiB)).value().smallest_bytes);
    const DecodePrediction p = plan_of(limits).value().decode;
    CHECK(p.misses > 0);
    CHECK(p.misses == doctest::Approx(p.let_through * (1 - p.hit_rate)));
    // Depth 64 gives 64,000 reads a second; the last 64 of a layer come ever slower.
    CHECK(p.flash_ms > 1e3 * p.misses / 64000);
    CHECK(p.token_ms > p.flash_ms);
    CHECK(p.token_ms < p.flash_ms + p.attention_ms + p.other_ms + p.predict_ms + p.cache_ms + p.compute_ms + 0.001);
}

TEST_CASE("planner: more memory is never slower") {
    const Plan plan = plan_of(limits_of(200 * kMiB)).value();
    REQUIRE(plan.curve.size() > 3);
    for (size_t i = 1; i < plan.curve.size(); ++i) {
        CHECK(plan.curve[i].memory_bytes > plan.curve[i - 1].memory_bytes);
        CHECK(plan.curve[i].tokens_per_s >= plan.curve[i - 1].tokens_per_s * 0.9999);
        CHECK(plan.curve[i].hit_rate >= plan.curve[i - 1].hit_rate - 1e-9);
    }
    CHECK(plan.curve.front().memory_bytes == plan.smallest_bytes);
    CHECK(plan.curve.back().memory_bytes == plan.largest_bytes);
    double before = 0;
    for (uint64_t memory = plan.smallest_bytes; memory < plan.largest_bytes; memory += kMiB / 2) {
        const Plan other = plan_of(limits_of(memory)).value();
        CHECK(other.decode.tokens_per_s >= before * 0.9999);
        CHECK(other.memory.peak <= memory);
        before = other.decode.tokens_per_s;
    }
}

TEST_CASE("planner: a budget too small is refused with the smallest that works, which works") {
    const auto refused = plan_of(limits_of(16 * kMiB));
    REQUIRE(!refused);
    CHECK(refused.error().code == "budget_too_small");
    const uint64_t smallest = plan_of(limits_of(200 * kMiB)).value().smallest_bytes;
    CHECK(refused.error().message.find(std::to_string((smallest + kMiB - 1) / kMiB) + " MiB") != std::string::npos);
    CHECK(plan_of(limits_of(smallest)));
    CHECK(!plan_of(limits_of(smallest - 1)));
}

TEST_CASE("planner: limits that cannot be are refused") {
    const auto refuses = [](const char* code, auto change) {
        PlanLimits limits = limits_of(200 * kMiB);
        change(limits);
        const auto plan = plan_of(limits);
        REQUIRE(!plan);
        CHECK(plan.error().code == code);
    };
    refuses("bad_request", [](PlanLimits& l) { l.threads = 0; });
    refuses("bad_request", [](PlanLimits& l) { l.context = -5; });
    refuses("bad_request", [](PlanLimits& l) { l.batch = 1 << 20; });
    refuses("bad_request", [](PlanLimits& l) { l.prompt = 0; });
    refuses("bad_request", [](PlanLimits& l) { l.cache_neurons = -1; });
    refuses("bad_request", [](PlanLimits& l) { l.eviction = "fifo"; });
    refuses("bad_request", [](PlanLimits& l) { l.compute_cores = {0}; });
    refuses("bad_request", [](PlanLimits& l) {
        l.threads = 1;
        l.compute_cores = {0, 1};
    });
    refuses("prompt_too_long", [](PlanLimits& l) { l.prompt = 129; });
    refuses("budget_too_small", [](PlanLimits& l) { l.context = 1 << 30; });
}

TEST_CASE("planner: a profile that lacks something or cannot be is refused") {
    const auto refuses = [](auto change) {
        HardwareProfile profile = round_profile();
        change(profile);
        const auto plan = plan_of(limits_of(200 * kMiB), profile);
        REQUIRE(!plan);
        CHECK(plan.error().code == "bad_request");
        CHECK(plan.error().message.find("probe") != std::string::npos);
    };
    refuses([](HardwareProfile& p) { p.cores.clear(); });
    refuses([](HardwareProfile& p) { p.memory.clear(); });
    refuses([](HardwareProfile& p) { p.products.clear(); });
    refuses([](HardwareProfile& p) { p.flash.points.clear(); });
    refuses([](HardwareProfile& p) { p.flash.points.back().random = true; });
    refuses([](HardwareProfile& p) { p.products[3].bytes_per_s = 0; });
    refuses([](HardwareProfile& p) { p.products[3].macs_per_s = NAN; });
    refuses([](HardwareProfile& p) { p.flash.points[1].bytes_per_s = -1; });
    refuses([](HardwareProfile& p) { p.memory[0].bytes_per_s = INFINITY; });
}

TEST_CASE("planner: the I/O core is of the class that reads fastest and computes nothing") {
    HardwareProfile profile = round_profile();
    const auto measured = [&](int core, double reads) {
        profile.flash.points.push_back(
            {.block_bytes = 4096, .depth = 32, .range_bytes = 1, .core = core, .bytes_per_s = reads * 4096});
    };
    measured(0, 50000);
    measured(4, 70000);
    measured(7, 90000);
    const auto cores = limits_of(0).cores;
    CHECK(choose_io_core(profile, cores, {7, 6}).core == 4);
    CHECK(choose_io_core(profile, cores, {7}).core == 6);
    CHECK(choose_io_core(profile, cores, {7, 6, 4}).core == 0);
    CHECK(!choose_io_core(profile, cores, {0, 1, 4, 6, 7}).core);
    CHECK(choose_io_core(round_profile(), cores, {7, 6}).source == Source::assumed);
    CHECK(choose_compute_cores(profile, cores, 1) == std::vector<int>{7});
    CHECK(choose_compute_cores(profile, cores, 4) == std::vector<int>{7, 6, 4, 0});
    CHECK(choose_compute_cores(profile, cores, 9) == std::vector<int>{7, 6, 4, 0, 1});

    PlanLimits limits = limits_of(200 * kMiB);
    CHECK(std::get<double>(knob(plan_of(limits, profile).value(), "io_core").value) == 4);
    limits.threads = 5;
    CHECK(std::get<std::string>(knob(plan_of(limits, profile).value(), "io_core").value) == "any");
    limits.threads = 2;
    limits.compute_cores = {4, 0};
    const Plan plan = plan_of(limits, profile).value();
    CHECK(std::get<double>(knob(plan, "io_core").value) == 6);
    CHECK(std::get<std::string>(knob(plan, "compute_cores").value) == "4, 0");
    CHECK(knob(plan, "compute_cores").source == Source::user);
}

TEST_CASE("planner: a neuron is read at once unless the flash makes two small reads cheaper") {
    const BundleLayout bundle = bundle_layout(WeightType::q4_0, WeightType::q4_0, WeightType::q4_0, 4096);
    REQUIRE(bundle.block_bytes == 8192);
    Activity activity;
    activity.active = 0.05;
    activity.let_through = 0.25;
    const auto pattern = [&](double large_reads) {
        HardwareProfile profile = round_profile();
        for (FlashPoint& p : profile.flash.points) {
            if (p.block_bytes == 8192) p.bytes_per_s = large_reads * static_cast<double>(p.depth) * p.block_bytes;
        }
        return choose_pattern(DeviceCosts::create(profile, 2).value(), bundle, activity, 32);
    };
    CHECK(pattern(1000).whole);  // reads of 8 KiB come as fast as those of 4
    CHECK(pattern(900).whole);   // slower, and still better than 1.2 reads
    CHECK(!pattern(500).whole);  // half as fast
}

TEST_CASE("planner: hot is who fires more often than a long read is worth") {
    // A neuron alone in 10 us; 4 KiB of a long read in 1.024 us.
    HardwareProfile profile = round_profile();
    for (FlashPoint& p : profile.flash.points) p.bytes_per_s = p.random ? p.block_bytes * 1e5 : 4e9;
    const DeviceCosts device = DeviceCosts::create(profile, 2).value();
    ModelSizes large;
    large.bundle = bundle_layout(WeightType::q4_0, WeightType::q4_0, WeightType::q4_0, 2048);
    large.hp.layers = 20;
    large.hp.ffn = 500;
    REQUIRE(large.bundle.block_bytes == 4096);
    Activity activity;
    activity.groups = {{.share = 0.2, .frequency = 0.5}, {.share = 0.8, .frequency = 0.1}};
    const auto hot = [&](const ModelSizes& model, int64_t slots) {
        return choose_hot_frequency(device, model, activity, 32, slots).share;
    };
    CHECK(hot(large, 4000) == doctest::Approx(0.1024).epsilon(0.01));
    CHECK(hot(large, 3999) == 1);  // of which 2,000 hot ones are more than half
    ModelSizes shallow = large;
    shallow.hp.layers = 4;
    CHECK(hot(shallow, 1400) == doctest::Approx(0.1024).epsilon(0.01));
    CHECK(hot(shallow, 1399) == 1);  // of which a prompt borrows 1,000, and 400 are hot
    ModelSizes small = large;
    small.bundle = bundle_layout(WeightType::q4_0, WeightType::q4_0, WeightType::q4_0, 256);
    REQUIRE(small.bundle.per_block > 1);
    CHECK(hot(small, 1 << 20) == doctest::Approx(0.1024 / static_cast<double>(small.bundle.per_block)).epsilon(0.01));
    for (FlashPoint& p : profile.flash.points) p.bytes_per_s = 1e8;
    CHECK(choose_hot_frequency(DeviceCosts::create(profile, 2).value(), large, activity, 32, 1 << 20).share <= 1);
}

TEST_CASE("planner: reads between measured sizes and depths take between what those take") {
    const DeviceCosts costs = DeviceCosts::create(round_profile(), 2).value();
    CHECK(costs.reads_per_s(8192, 32) == doctest::Approx(32000));
    CHECK(costs.reads_per_s(4096, 1000) == doctest::Approx(64000));
    CHECK(costs.reads_per_s(12000, 16) == doctest::Approx(20000));  // half way from 8 to 32 on a logarithmic scale
    CHECK(costs.memory_bytes_per_s() == 20e9);
    CHECK(costs.bytes_per_s(WeightType::q6_k, "tiled") == 20e9);
    CHECK(costs.seconds_per_weight(WeightType::q4_0, 64) == doctest::Approx(1 / 2e9));
    const std::vector<int64_t> one = {8192}, several = {4096, 8192, 4096};
    CHECK(costs.burst_seconds(0, one, 64) == 0);
    CHECK(costs.burst_seconds(1000, one, 64) > 1000 / 64000.0);
    CHECK(costs.burst_seconds(1000, several, 64) == costs.burst_seconds(1000, one, 64));

    HardwareProfile profile = round_profile();
    for (FlashPoint& p : profile.flash.points) {
        if (p.block_bytes == 4096) p.bytes_per_s *= 2;  // small ones twice as fast
    }
    const DeviceCosts faster = DeviceCosts::create(profile, 2).value();
    CHECK(faster.burst_seconds(1000, several, 64) ==
          doctest::Approx((2 * 0.5 + 1) / 3 * costs.burst_seconds(1000, one, 64)));
}

namespace {

// Two layers of 4096 neurons of width 4096 in Q4_0, of which a tenth fires, a fifth is let through, each alike.
const ModelSizes& wide_model() {
    static const ModelSizes model = [] {
        ModelSizes m;
        m.name = "wide";
        m.hp.layers = 2;
        m.hp.embedding = m.hp.ffn = 4096;
        m.hp.heads = 32;
        m.hp.kv_heads = 8;
        m.hp.head_dim = 128;
        m.hp.vocabulary = 1024;
        m.hp.context = 4096;
        m.hp.activation = Activation::relu;
        m.bundle = bundle_layout(WeightType::q4_0, WeightType::q4_0, WeightType::q4_0, 4096);
        m.kinds = {{m.bundle, m.hp.layers}};
        m.head = {.type = WeightType::q4_0, .weights = 4 << 20, .bytes = 2 << 20};
        m.predictor_bytes = 20 << 20;
        return m;
    }();
    return model;
}

DecodePrediction wide(const Stages& stages, int64_t slots = 4096, const char* eviction = "heat") {
    Activity activity;
    activity.groups = {{.share = 1, .frequency = 0.1}};
    activity.active = 0.1;
    activity.let_through = 0.2;
    activity.overlap = 0.1;  // tokens have nothing in common
    const Reuse reuse(activity);
    const DeviceCosts device = DeviceCosts::create(round_profile(), 2).value();
    return predict_decode(
        {device, wide_model(), activity, reuse},
        {.threads = 2, .io_core_free = true, .prompt = 16, .slots = slots, .eviction = eviction, .stages = stages});
}

// As round_profile() has it: 1000 reads a second for each of 1, 8, 32 or 64 under way, and between those on a
// logarithmic scale.
double reads_per_s(double depth) {
    const double points[] = {1, 8, 32, 64};
    for (int i = 0; i < 3; ++i) {
        const double low = points[i], high = points[i + 1];
        if (depth <= high) return 1000 * (low + (high - low) * std::log(depth / low) / std::log(high / low));
    }
    return 64000;
}

// Of a layer's reads, the last 64 with ever fewer under way.
double seconds_of(double reads) {
    double seconds = (reads - 64) / 64000;
    for (int step = 0; step < 16; ++step) seconds += 4 / reads_per_s(4 * step + 2);
    return seconds;
}

}  // namespace

TEST_CASE("planner: a token without cache reads all that it wants in one read each, without bundles in one or three") {
    const double neurons = 2 * 4096, wanted = 0.2 * neurons;
    const DecodePrediction bundled = wide({.cache = false});
    CHECK(bundled.misses == doctest::Approx(wanted).epsilon(0.001));
    CHECK(bundled.hit_rate == doctest::Approx(0).epsilon(0.001));
    CHECK(bundled.reads == bundled.misses);
    CHECK(bundled.read_bytes == doctest::Approx(8192 * bundled.misses));
    CHECK(bundled.flash_ms == doctest::Approx(2 * 1e3 * seconds_of(wanted / 2)).epsilon(0.001));

    // Gate's 2304 bytes lie on the first page, Up's on both, Down's 2048 on the second.
    const DecodePrediction apart = wide({.bundle = false, .cache = false});
    CHECK(apart.misses == bundled.misses);
    CHECK(apart.active < 0.6 * apart.misses);
    CHECK(apart.reads == doctest::Approx(apart.misses + 2 * apart.active));
    CHECK(apart.read_bytes == doctest::Approx(4096 * apart.misses + (8192 + 4096) * apart.active));
    CHECK(apart.flash_ms == doctest::Approx(2 * 1e3 * seconds_of(apart.reads / 2)).epsilon(0.001));
    CHECK(apart.token_ms > 1.5 * bundled.token_ms);
}

TEST_CASE("planner: without the pipeline computing begins when the last read has come") {
    const DecodePrediction with = wide({}), without = wide({.pipeline = false});
    CHECK(without.misses == with.misses);
    CHECK(without.compute_ms == with.compute_ms);
    CHECK(without.flash_ms == with.flash_ms);
    // Two layers, each: some of eight clusters predicted on two threads and one looked up, the reads, everything
    // computed.
    const double lead = with.predict_ms / 4 + with.cache_ms / 8;
    const double layers = lead + with.flash_ms + with.compute_ms;
    CHECK(without.token_ms == doctest::Approx(with.attention_ms + with.other_ms + layers).epsilon(1e-6));
    CHECK(without.stall_ms == doctest::Approx(layers - with.predict_ms - with.cache_ms - with.compute_ms));
    CHECK(without.token_ms > with.token_ms);
    // With nothing to read there is nothing to wait for.
    CHECK(wide({.pipeline = false}, 2 * 4096).token_ms == doctest::Approx(wide({}, 2 * 4096).token_ms));
}

TEST_CASE("planner: without the predictor every gate is computed, and what is not cached is read for every token") {
    const DecodePrediction p = wide({.predictor = false}, 4096, "lru");
    const double neurons = 2 * 4096;
    CHECK(p.predict_ms == 0);
    CHECK(p.let_through == doctest::Approx(neurons).epsilon(0.001));
    CHECK(p.active == doctest::Approx(0.1 * neurons));
    CHECK(p.hit_rate < 0.01);  // the least recently used is what comes next
    const double gate = neurons * 2304 / 10e9, up = 0.1 * neurons * 2304 / 10e9, down = 0.1 * neurons * 2048 / 8e9;
    CHECK(p.compute_ms == doctest::Approx(1e3 * (gate + up + down)).epsilon(0.001));
    CHECK(wide({.predictor = false}, 2 * 4096).misses == 0);
}

TEST_CASE("planner: stages that are off are named in the plan, and what cannot be off is refused") {
    PlanLimits limits = limits_of(200 * kMiB);
    limits.stages = {.predictor = false, .bundle = false};
    const Plan plan = plan_of(limits).value();
    CHECK(std::get<std::string>(knob(plan, "read_pattern").value) == "matrix by matrix");
    CHECK(std::get<std::string>(knob(plan, "predictor").value) == "none");
    CHECK(knob(plan, "predictor").source == Source::user);
    const std::string least =
        R"({"profile":{"cores":[0],"flash":{"points":[]},"memory":[],"products":[]},"cores":[],"available_bytes":1,)";
    const auto off = read_plan_request(least + R"("off":["cache","pipeline","cache"],"compute_cores":[3]})");
    REQUIRE(off.ok());
    CHECK(!off.value().limits.stages.cache);
    CHECK(!off.value().limits.stages.pipeline);
    CHECK(off.value().limits.stages.bundle);
    CHECK(off.value().limits.stages.predictor);
    CHECK(off.value().limits.compute_cores == std::vector<int>{3});
    for (const char* wrong : {R"("off":["npu"]})", R"("off":"cache"})", R"("off":[7]})", R"("compute_cores":["a"]})"}) {
        const auto asked = read_plan_request(least + wrong);
        REQUIRE(!asked);
        CHECK(asked.error().code == "bad_request");
    }
}

TEST_CASE("planner: a SiLU model without thresholds has no predictor, whatever its pack counted") {
    ModelSizes shape = story_shape();
    shape.hp.activation = Activation::silu;
    Activity counted = assumed_activity(Activation::silu);
    counted.assumed = false;
    counted.let_through = 0.8;
    const Plan plan = make_plan(round_profile(), shape, counted, limits_of(200 * kMiB)).value();
    CHECK(std::get<std::string>(knob(plan, "predictor").value) == "none");
    CHECK(plan.decode.predict_ms == 0);
    CHECK(plan.decode.let_through == doctest::Approx(static_cast<double>(shape.neurons())).epsilon(0.001));
}

TEST_CASE("planner: what is asked in no known way, or of no model, is an error that says so") {
    for (const char* text : {"", "{}", "[1]", "{\"profile\":7}", "{\"profile\":{\"cores\":{}}}", "null"}) {
        const auto asked = read_plan_request(text);
        REQUIRE(!asked);
        CHECK(asked.error().code == "bad_request");
    }
    const auto report = plan_report(PHONON_STORY_MODEL, "{}");
    REQUIRE(!report);
    CHECK(report.error().code == "bad_request");
}
