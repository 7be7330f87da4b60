// Packs as files: what they hold, whose they are, and what may be wrong with them.

#include <fcntl.h>
#include <sys/file.h>

#include <fstream>

#include "gguf_builder.h"
#include "kernels/kernels.h"
#include "kernels/weights_data.h"
#include "model/inspect.h"
#include "model/model_tensors.h"
#include "pack/check_pack.h"
#include "pack/pack_file.h"
#include "pack/pack_profile.h"
#include "pack/packed_predictor.h"
#include "planner/model_sizes.h"
#include "streaming_support.h"

using namespace phonon;
using namespace phonon::streaming_test;

namespace {

void write_bytes(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

Result<Pack> read(const std::string& path) {
    const auto gguf = GgufFile::open(path);
    if (!gguf) return gguf.error();
    const auto hp = read_hyperparameters(*gguf.value());
    if (!hp) return hp.error();
    return read_pack(*gguf.value(), hp.value());
}

void quiet(const PackProgress&) {}

}  // namespace

TEST_CASE("pack: bundles hold the rows of Gate and Up and the codes of Down's columns, in order of hotness") {
    const TemporaryFolder folder;
    for (const lm_ggml_type type : {LM_GGML_TYPE_F16, LM_GGML_TYPE_Q4_0, LM_GGML_TYPE_Q6_K}) {
        CAPTURE(std::string(lm_ggml_type_name(type)));
        const std::string model = relu_model(folder, type), packed = pack(model);
        const auto source = GgufFile::open(model).value(), gguf = GgufFile::open(packed).value();
        const Hyperparameters hp = read_hyperparameters(*source).value();
        const ModelTensors tensors = read_tensors(*source, hp).value();
        const Pack read = read_pack(*gguf, hp).value();
        CHECK(verify_pack(*gguf).ok());
        TaskPool pool({-1});
        for (size_t l = 0; l < read.layers.size(); ++l) {
            const PackLayer& layer = read.layers[l];
            const FfnTensors& ffn = tensors.layers[l].ffn[0];
            const auto down = Weights::prepare({layer.bundle.down_type, ffn.down.data, ffn.down.rows, ffn.down.cols},
                                               Layout::columns, *best_kernels(), pool);
            REQUIRE(down.ok());
            const ColumnsView& columns = down.value().data().columns;
            for (int64_t p = 0; p < hp.ffn; ++p) {
                const int64_t neuron = layer.order[static_cast<size_t>(p)];
                const std::byte* at = gguf->file().bytes().data() + layer.bundles_at + layer.bundle.block_at(p) +
                                      layer.bundle.in_block(p);
                const auto same = [](const std::byte* a, const std::byte* b, int64_t bytes) {
                    return std::memcmp(a, b, static_cast<size_t>(bytes)) == 0;
                };
                CHECK(same(at, ffn.gate.data + neuron * layer.bundle.gate_bytes, layer.bundle.gate_bytes));
                CHECK(same(at + layer.bundle.up_at(), ffn.up.data + neuron * layer.bundle.up_bytes,
                           layer.bundle.up_bytes));
                CHECK(same(at + layer.bundle.down_at(), columns.codes + neuron * columns.column_bytes,
                           layer.bundle.down_bytes));
                if (p > 0) {
                    const auto before = static_cast<size_t>(layer.order[static_cast<size_t>(p - 1)]);
                    CHECK(layer.frequency[before] >= layer.frequency[static_cast<size_t>(neuron)]);
                }
            }
        }
    }
}

TEST_CASE("pack: the same model, text and seed give the same file") {
    const TemporaryFolder folder;
    const std::string model = relu_model(folder, LM_GGML_TYPE_Q8_0);
    const std::string first = read_bytes(pack(model, {.predictor = "auto"}));
    const std::string second = read_bytes(pack(model, {.predictor = "auto", .threads = 1}));
    CHECK(first == second);
    std::string text;
    for (int i = 0; i < 400; ++i) text += "Once upon a time there was a fox " + std::to_string(i) + ". ";
    CHECK(read_bytes(pack(model, {.text = text, .predictor = "auto"})) != first);
}

TEST_CASE("pack: the predictor keeps the share of energy that was asked for, and frequencies grow with the batch") {
    const TemporaryFolder folder;
    for (const double energy : {0.9, 0.995, 1.0}) {
        const std::string packed = pack(PHONON_STORY_MODEL, folder, {.energy_share = energy});
        const auto gguf = GgufFile::open(packed).value();
        const Pack pack = read_pack(*gguf, read_hyperparameters(*gguf).value()).value();
        for (const PackLayer& layer : pack.layers) {
            CHECK(layer.statistics.energy >= energy - 1e-6);
            if (energy > 0.99) CHECK(layer.statistics.recall > 0.6);
            CHECK(layer.statistics.let_through < 1.001);
            const size_t n = layer.order.size();
            for (size_t i = 0; i < n; ++i)
                for (size_t b = 1; b < kProfiledBatches.size(); ++b) {
                    CHECK(layer.frequency[b * n + i] >= layer.frequency[(b - 1) * n + i] - 1e-6f);
                }
        }
    }
}

TEST_CASE("pack: layers have the predictor that was wished for, and say what each is worth") {
    const TemporaryFolder folder;
    for (const std::string wish : {"two-bit", "low-rank", "auto"}) {
        CAPTURE(wish);
        PackConfig config = config_of(PHONON_STORY_MODEL, folder.file(wish + ".pack"));
        config.predictor = wish;
        const PackReport report = pack_model(config, quiet, kGoOn).value();
        CHECK(verify_pack(*GgufFile::open(config.out).value()).ok());
        const Pack pack = read(config.out).value();
        REQUIRE(report.predictors.size() == pack.layers.size());
        const ModelSizes sizes = read_shape(*GgufFile::open(config.out).value(), "").value();
        int64_t predictors = 0;
        for (const PackLayer& layer : pack.layers) predictors += static_cast<int64_t>(layer.predictor.size());
        CHECK(sizes.predictor_bytes == predictors);  // what the planner counts
        for (size_t l = 0; l < pack.layers.size(); ++l) {
            const PredictorFormat& format = pack.layers[l].predictor_format;
            const PackStatistics& s = pack.layers[l].statistics;
            const LayerPredictor written = report.predictors[l], found = packed_predictor(pack.layers[l]).described();
            CHECK(found.kind == written.kind);
            CHECK(found.kind == to_string(format.kind));
            CHECK(found.rank == written.rank);
            CHECK(found.bytes == written.bytes);
            CHECK(found.bytes == predictor_bytes(format, 1024, 256));
            CHECK(found.cost_us() == written.cost_us());
            CHECK(found.cost_us() > 0);
            CHECK(s.energy >= 0.995f - 1e-6f);
            CHECK(s.precision() * s.let_through == doctest::Approx(s.recall * s.active));
            const double two_bit = found.two_bit_us, low_rank = found.low_rank_us;
            if (wish == "two-bit") CHECK(low_rank == 0);
            if (wish == "two-bit") CHECK(found.kind == "two-bit");
            if (wish == "low-rank") CHECK(found.kind == "low-rank");
            if (wish == "auto") CHECK((found.kind == "low-rank") == (low_rank < two_bit));
        }
    }
    PackConfig config = config_of(PHONON_STORY_MODEL, folder.file("out.pack"));
    config.predictor = "trained";
    CHECK(pack_model(config, quiet, kGoOn).error().code == "bad_request");
}

TEST_CASE(
    "pack: a predictor's format that is none, or wants more than there is, is refused; a missing one is two bits") {
    const TemporaryFolder folder;
    PackConfig config = config_of(PHONON_STORY_MODEL, folder.file("good.pack"));
    config.predictor = "low-rank";
    REQUIRE(pack_model(config, quiet, kGoOn).ok());
    const std::string good = read_bytes(config.out), bad = folder.file("bad.pack");
    const auto gguf = GgufFile::open(config.out).value();
    const auto at =
        static_cast<size_t>(gguf->find("blk.1.ffn_predictor_format")->data.data() - gguf->file().bytes().data());
    const auto with = [&](size_t field, int32_t value) {
        std::string bytes = good;
        std::memcpy(bytes.data() + at + field * 4, &value, 4);
        write_bytes(bad, bytes);
        return read(bad);
    };
    for (const auto& wrong : {std::pair<size_t, int32_t>{0, 2},
                              {0, -1},
                              {1, LM_GGML_TYPE_F16},
                              {1, 99},
                              {2, 0},
                              {2, -32},
                              {2, 33},
                              {2, 1 << 20},
                              {2, INT32_MAX}}) {
        const size_t field = wrong.first;
        const int32_t value = wrong.second;
        CAPTURE(field);
        CAPTURE(value);
        CHECK(with(field, value).error().code == "file_invalid");
    }
    CHECK(with(0, 0).value().layers[1].predictor_format.kind == PredictorKind::two_bit);
    // A pack of before there were two kinds.
    std::string before = good;
    for (const std::string name : {"ffn_predictor_format", "ffn_predictor_costs"}) {
        for (size_t found = before.find(name); found != std::string::npos; found = before.find(name)) {
            before[found] = 'x';
        }
    }
    write_bytes(bad, before);
    const Pack old = read(bad).value();
    for (const PackLayer& layer : old.layers) {
        CHECK(layer.predictor_format.kind == PredictorKind::two_bit);
        CHECK(layer.predictor_costs.two_bit_us == 0);
    }
}

TEST_CASE("pack: inspected, it is the model that it was made of, but for its size") {
    const TemporaryFolder folder;
    const std::string model = relu_model(folder, LM_GGML_TYPE_Q4_0);
    const auto whole = inspect_model(model), packed = inspect_model(pack(model));
    REQUIRE(whole.ok());
    REQUIRE(packed.ok());
    CHECK(packed.value().parameters == whole.value().parameters);
    CHECK(packed.value().quantisation == "Q4_0");
    CHECK(packed.value().quants.front().tensors == whole.value().quants.front().tensors);
    CHECK(packed.value().quants.front().bytes == whole.value().quants.front().bytes);
}

TEST_CASE("pack: its profile tells how often neurons fire, alone and in batches") {
    const TemporaryFolder folder;
    const std::string model = relu_model(folder, LM_GGML_TYPE_Q4_0), packed = pack(model);
    const PackProfile profile = read_pack_profile(packed).value();
    CHECK(profile.layers == 2);
    CHECK(profile.neurons == 1024);
    CHECK(profile.tokens > 0);
    CHECK(profile.mean.active > 0);
    CHECK(profile.mean.energy >= 0.995f - 1e-4f);
    REQUIRE(profile.predictors.size() == 2);
    CHECK(profile.predictors[0].bytes > 0);
    for (size_t b = 0; b < profile.up_to.size(); ++b) {
        const auto& up_to = profile.up_to[b];
        CHECK(up_to.back() == doctest::Approx(1));
        for (size_t i = 1; i < up_to.size(); ++i) CHECK(up_to[i] >= up_to[i - 1]);
        if (b == 0) continue;
        // What fires for a token fires for its batch: no share of neurons that fire seldom grows with the batch.
        for (size_t i = 0; i < up_to.size(); ++i) CHECK(up_to[i] <= profile.up_to[b - 1][i] + 1e-9);
    }
    // The area above the curve is the mean frequency.
    double mean = 0;
    for (const double share : profile.up_to[0]) mean += (1 - share) / PackProfile::kSteps;
    CHECK(mean == doctest::Approx(profile.mean.active).epsilon(0).scale(1).epsilon(0.02));
    CHECK(read_pack_profile(model).error().code == "file_invalid");
    CHECK(read_pack_profile(folder.file("nothing")).error().code == "file_missing");
}

TEST_CASE("pack: what does not belong to the model, or is damaged, is known for it") {
    const TemporaryFolder folder;
    const std::string model = relu_model(folder, LM_GGML_TYPE_Q8_0), packed = pack(model);
    CHECK(check_pack(model, packed).value() == "current");
    CHECK(check_pack(model, folder.file("nothing")).value() == "missing");
    CHECK(check_pack(PHONON_STORY_MODEL, packed).value() == "stale");
    CHECK(check_pack(model, model).value() == "unreadable");
    CHECK_FALSE(check_pack(folder.file("nothing"), packed).ok());

    const std::string good = read_bytes(packed), bad = folder.file("bad.pack");
    for (const size_t bytes : {good.size() / 2, good.size() - 4096, size_t{100}}) {
        write_bytes(bad, good.substr(0, bytes));
        CHECK(check_pack(model, bad).value() == "unreadable");
        CHECK_FALSE(make_phonon_backend()->load({.path = bad}, kGoOn).ok());
    }

    const std::string key = "phonon.pack.version";
    std::string other = good;
    other[other.find(key) + key.size() + 4] = 9;
    write_bytes(bad, other);
    CHECK(check_pack(model, bad).value() == "unreadable");
    CHECK(read(bad).error().code == "pack_version");

    const Pack layout = read(packed).value();
    other = good;
    other[layout.layers[1].bundles_at + 5] ^= 1;
    write_bytes(bad, other);
    CHECK(verify_pack(*GgufFile::open(bad).value()).error().code == "pack_corrupt");

    // What stays in memory is compared where reads are.
    const auto whole = GgufFile::open(packed).value();
    const auto resident_at = whole->find("blk.0.ffn_predictor")->data.data() - whole->file().bytes().data();
    other = good;
    other[static_cast<size_t>(resident_at)] ^= 1;
    write_bytes(bad, other);
    CHECK(make_phonon_backend()->load({.path = bad}, kGoOn).ok());
    CHECK(make_phonon_backend()->load({.path = bad, .stream = {.verify_reads = true}}, kGoOn).error().code ==
          "pack_corrupt");
    CHECK(make_phonon_backend()->load({.path = packed, .stream = {.verify_reads = true}}, kGoOn).ok());

    // The model's file changed under its pack.
    std::string changed = read_bytes(model);
    changed[changed.size() - 64] ^= 1;
    write_bytes(model, changed);
    CHECK(check_pack(model, packed).value() == "current");  // beyond the first page of a tensor nothing is looked at
    changed += std::string(64, '\0');
    write_bytes(model, changed);
    CHECK(check_pack(model, packed).value() == "stale");
}

TEST_CASE("pack: an order that is none, and a hostile one, are refused") {
    const TemporaryFolder folder;
    const std::string packed = pack(relu_model(folder, LM_GGML_TYPE_Q8_0)), bad = folder.file("bad.pack");
    const auto gguf = GgufFile::open(packed).value();
    const auto at = static_cast<size_t>(gguf->find("blk.0.ffn_order")->data.data() - gguf->file().bytes().data());
    for (const int32_t neuron : {-1, 1 << 30, 1024}) {
        std::string bytes = read_bytes(packed);
        std::memcpy(bytes.data() + at + 40, &neuron, 4);
        write_bytes(bad, bytes);
        CHECK(read(bad).error().code == "file_invalid");
    }
}

TEST_CASE("pack: cancelled, or in somebody else's hands, nothing but a .part is left") {
    const TemporaryFolder folder;
    const std::string model = relu_model(folder, LM_GGML_TYPE_Q8_0), out = folder.file("out.pack");
    std::atomic<bool> cancel = false;
    const auto stop_at = [&](const std::string& what) {
        cancel = false;
        return pack_model(
            config_of(model, out),
            [&](const PackProgress& p) {
                CHECK(p.done <= p.total);
                if (p.what.find(what) != std::string::npos) cancel = true;
            },
            cancel);
    };
    for (const char* what : {"writes the text", "copying", "layer 2"}) {
        const auto report = stop_at(what);
        REQUIRE_FALSE(report.ok());
        CHECK(report.error().code == "cancelled");
        CHECK(folder.names() == std::vector<std::string>{std::filesystem::path(model).filename().string()});
    }

    // What a process that was killed left is written over; what another one writes is not.
    write_bytes(out + ".part", "half");
    CHECK(pack_model(config_of(model, out), quiet, kGoOn).ok());
    const int fd = ::open((out + ".part").c_str(), O_RDWR | O_CREAT, 0644);
    REQUIRE(::flock(fd, LOCK_EX) == 0);
    CHECK(pack_model(config_of(model, out), quiet, kGoOn).error().code == "busy");
    ::close(fd);
}

TEST_CASE("pack: models and configurations that cannot be packed say why") {
    const TemporaryFolder folder;
    const std::string model = relu_model(folder, LM_GGML_TYPE_Q8_0), out = folder.file("out.pack");
    CHECK(pack_model(config_of(folder.file("none"), out), quiet, kGoOn).error().code == "file_missing");
    CHECK(pack_model(config_of(model, folder.file("no/folder")), quiet, kGoOn).error().code == "io_error");
    PackConfig config = config_of(model, out);
    config.text = "too short";
    CHECK(pack_model(config, quiet, kGoOn).error().code == "bad_request");
    config = config_of(model, out);
    config.energy_share = 0;
    CHECK(pack_model(config, quiet, kGoOn).error().code == "bad_request");
    const std::string packed = pack(model);
    CHECK(pack_model(config_of(packed, out), quiet, kGoOn).error().code == "bad_request");
    TinyModel experts("llama");
    add_transformer(experts, {.ffn = 256, .experts = 4});
    experts.u32("expert_count", 4).u32("expert_used_count", 2);
    const std::string mixture = folder.file("mixture.gguf");
    experts.write(mixture);
    const auto refused = pack_model(config_of(mixture, out), quiet, kGoOn);
    CHECK(refused.error().code == "unsupported_model");
    CHECK(refused.error().message.find("4 experts") != std::string::npos);
}

TEST_CASE("pack: a budget too small is refused with the smallest that works") {
    const TemporaryFolder folder;
    const std::string packed = pack(relu_model(folder, LM_GGML_TYPE_Q8_0));
    LoadConfig config{.path = packed, .threads = 2, .context = 64};
    config.batch = 16;
    config.memory_bytes = 1 << 20;
    const auto refused = make_phonon_backend()->load(config, kGoOn);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == "budget_too_small");
    const std::string said = "the smallest that works here is ";
    const size_t at = refused.error().message.find(said);
    REQUIRE(at != std::string::npos);
    config.memory_bytes = (std::stoull(refused.error().message.substr(at + said.size())) + 16) << 20;
    CHECK(make_phonon_backend()->load(config, kGoOn).ok());
}
