// Packs that compute something else than their model: what they hold, what is computed from them, what it costs.

#include <cmath>
#include <fstream>

#include "kernels_support.h"
#include "model/inspect.h"
#include "model/model_tensors.h"
#include "pack/check_pack.h"
#include "pack/pack_file.h"
#include "streaming_support.h"

using namespace phonon;
using namespace phonon::streaming_test;

namespace {

constexpr Requantise kAll[] = {Requantise::down_q8_0, Requantise::down_q4_0, Requantise::q4_0};

PackReport pack_report(const std::string& model, PackConfig config) {
    return streaming_test::pack_report(config_of(model, model + ".pack", std::move(config)));
}

std::optional<PackQuality> quality_of(const std::string& packed) {
    const auto gguf = GgufFile::open(packed).value();
    return read_pack(*gguf, read_hyperparameters(*gguf).value()).value().quality;
}

std::vector<float> floats(WeightType type, const std::byte* row, int64_t count) {
    std::vector<float> out(static_cast<size_t>(count));
    if (type == WeightType::f32) {
        std::memcpy(out.data(), row, out.size() * sizeof(float));
    } else {
        lm_ggml_get_type_traits(kernel_test::ggml_type(type))->to_float(row, out.data(), count);
    }
    return out;
}

// The model that a requantised pack holds, as a GGUF in F32: written by hand from the pack's bundles.
std::string model_in_pack(const TemporaryFolder& folder, const std::string& model, const std::string& packed) {
    const auto source = GgufFile::open(model).value(), gguf = GgufFile::open(packed).value();
    const Hyperparameters hp = read_hyperparameters(*gguf).value();
    const Pack pack = read_pack(*gguf, hp).value();
    lm_gguf_context* out = lm_gguf_init_empty();
    lm_gguf_set_kv(out, &source->context());
    lm_ggml_context* ggml = lm_ggml_init({.mem_size = size_t{64} << 20, .mem_buffer = nullptr, .no_alloc = false});
    for (const GgufTensor& tensor : source->tensors()) {
        const bool matrix = tensor.name.find("ffn_gate.w") != std::string::npos ||
                            tensor.name.find("ffn_up.w") != std::string::npos ||
                            tensor.name.find("ffn_down.w") != std::string::npos;
        const auto type = matrix ? LM_GGML_TYPE_F32 : static_cast<lm_ggml_type>(tensor.type);
        lm_ggml_tensor* made = lm_ggml_new_tensor(ggml, type, 2, tensor.shape.data());
        lm_ggml_set_name(made, tensor.name.c_str());
        if (!matrix) std::memcpy(made->data, tensor.data.data(), tensor.data.size());
        lm_gguf_add_tensor(out, made);
        if (!matrix) continue;
        const PackLayer& layer = pack.layers[static_cast<size_t>(std::stoi(tensor.name.substr(4)))];
        const BundleLayout& b = layer.bundle;
        auto* to = static_cast<float*>(made->data);
        for (int64_t p = 0; p < hp.ffn; ++p) {
            const int64_t neuron = layer.order[static_cast<size_t>(p)];
            const std::byte* bundle = gguf->file().bytes().data() + layer.bundles_at + b.block_at(p) + b.in_block(p);
            if (tensor.name.find("down") != std::string::npos) {
                const auto column = floats(b.down_type, bundle + b.down_at(), hp.embedding);
                for (int64_t r = 0; r < hp.embedding; ++r) to[r * hp.ffn + neuron] = column[static_cast<size_t>(r)];
            } else {
                const bool gate = tensor.name.find("gate") != std::string::npos;
                const auto row = floats(gate ? b.gate_type : b.up_type, bundle + (gate ? 0 : b.up_at()), hp.embedding);
                std::copy(row.begin(), row.end(), to + neuron * hp.embedding);
            }
        }
    }
    const std::string path = folder.file("in-pack.gguf");
    lm_gguf_write_to_file(out, path.c_str(), false);
    lm_gguf_free(out);
    lm_ggml_free(ggml);
    return path;
}

double relative_error(const std::vector<std::vector<float>>& a, const std::vector<std::vector<float>>& b) {
    double error = 0, power = 0;
    for (size_t i = 0; i < a.size(); ++i)
        for (size_t k = 0; k < a[i].size(); ++k) {
            error += std::pow(static_cast<double>(a[i][k]) - b[i][k], 2);
            power += std::pow(static_cast<double>(b[i][k]), 2);
        }
    return std::sqrt(error / power);
}

// Logits of a prompt's last token and of forced tokens after it.
std::vector<std::vector<float>> forced(Backend& backend) {
    std::vector<std::vector<float>> all;
    std::vector<BatchToken> batch;
    for (int i = 0; i < 4; ++i) batch.push_back({.token = 50 + 13 * i, .position = i, .logits = true});
    for (int next = 4; next < 14; ++next) {
        std::vector<float> logits;
        REQUIRE(backend.eval(batch, logits, kGoOn).ok());
        all.push_back(std::move(logits));
        batch = {{.token = 50 + 13 * next, .position = next, .logits = true}};
    }
    return all;
}

}  // namespace

TEST_CASE("pack requantise: bundles hold Down's columns with scales of their own, and none stay in memory") {
    const TemporaryFolder folder;
    const std::string model = relu_model(folder, LM_GGML_TYPE_Q8_0);
    for (const Requantise what : kAll) {
        CAPTURE(to_string(what));
        const PackReport report = pack_report(model, {.requantise = what});
        const std::string packed = model + ".pack";
        const auto source = GgufFile::open(model).value(), gguf = GgufFile::open(packed).value();
        const Hyperparameters hp = read_hyperparameters(*source).value();
        const ModelTensors tensors = read_tensors(*source, hp).value();
        const Pack pack = read_pack(*gguf, hp).value();
        CHECK(verify_pack(*gguf).ok());
        CHECK(check_pack(model, packed).value() == "current");
        CHECK(pack.requantised == what);
        REQUIRE(pack.quality.has_value());
        CHECK(pack.quality->kl_mean == doctest::Approx(report.quality->kl_mean));
        CHECK(pack.quality->top1_agreement == doctest::Approx(report.quality->top1_agreement));
        for (size_t l = 0; l < pack.layers.size(); ++l) {
            const PackLayer& layer = pack.layers[l];
            const BundleLayout& b = layer.bundle;
            CHECK(b.transposed);
            CHECK(layer.scales.empty());
            CHECK(b.down_type == requantised_down(what));
            CHECK(b.gate_type == (what == Requantise::q4_0 ? WeightType::q4_0 : WeightType::q8_0));
            // Against the matrix: within a step of the block's scale.
            const FfnTensors& ffn = tensors.layers[l].ffn[0];
            std::vector<std::vector<float>> down;
            for (int64_t r = 0; r < hp.embedding; ++r) {
                down.push_back(
                    floats(WeightType::q8_0, ffn.down.data + r * row_bytes(WeightType::q8_0, hp.ffn), hp.ffn));
            }
            for (const int64_t p : {0, 1, 500, 1023}) {
                const auto neuron = static_cast<size_t>(layer.order[static_cast<size_t>(p)]);
                const std::byte* at = gguf->file().bytes().data() + layer.bundles_at + b.block_at(p) + b.in_block(p);
                const auto column = floats(b.down_type, at + b.down_at(), hp.embedding);
                for (int64_t block = 0; block < hp.embedding; block += 32) {
                    float largest = 0;
                    for (int64_t r = block; r < block + 32; ++r)
                        largest = std::max(largest, std::fabs(down[r][neuron]));
                    const float step = largest / (b.down_type == WeightType::q8_0 ? 127.0f : 7.0f);
                    for (int64_t r = block; r < block + 32; ++r) {
                        CHECK(std::fabs(column[static_cast<size_t>(r)] - down[r][neuron]) <= step * 1.01f);
                    }
                }
            }
        }
    }
}

TEST_CASE("pack requantise: what is computed is the model that the pack holds, whatever is cached and on any threads") {
    const TemporaryFolder folder;
    for (const lm_ggml_type type : {LM_GGML_TYPE_Q4_0, LM_GGML_TYPE_F16, LM_GGML_TYPE_Q6_K, LM_GGML_TYPE_F32})
        for (const Requantise what : kAll) {
            CAPTURE(std::string(lm_ggml_type_name(type)));
            CAPTURE(to_string(what));
            const std::string model = relu_model(folder, type, true);
            pack_report(model, {.requantise = what});
            const std::string packed = model + ".pack";
            const std::string held = model_in_pack(folder, model, packed);
            const auto expected = forced(*load({.path = held}).backend);
            std::vector<std::vector<float>> first;
            for (const int threads : {1, 3})
                for (const bool whole : {true, false}) {
                    const Loaded streamed = load({.path = packed,
                                                  .threads = threads,
                                                  .stream = {.predictor = false,
                                                             .pipeline = whole,
                                                             .cache_neurons = whole ? 0 : 2048,
                                                             .verify_reads = true}});
                    const auto logits = forced(*streamed.backend);
                    // Gate and Up meet activations in eight bits, which the model in F32 does not round.
                    CHECK(relative_error(logits, expected) < 0.04);
                    if (first.empty()) first = logits;
                    CHECK(logits == first);
                }
        }
}

TEST_CASE("pack requantise: the cost is that of the pack, larger for fewer bits, and nothing where nothing is lost") {
    const TemporaryFolder folder;
    std::vector<double> kl;
    for (const Requantise what : kAll) {
        const auto quality = quality_of(pack(PHONON_STORY_MODEL, folder, {.requantise = what}));
        REQUIRE(quality.has_value());
        kl.push_back(quality->kl_mean);
        CHECK(quality->top1_agreement > 0.8);
        CHECK(quality->top1_agreement <= 1);
    }
    CHECK(kl[0] > 0);
    CHECK(kl[0] < 1e-3);
    CHECK(kl[0] < kl[1]);
    CHECK(kl[1] <= kl[2]);
    CHECK(kl[2] < 0.2);
    // Nothing is lost, nothing is said to be.
    CHECK_FALSE(quality_of(pack(PHONON_STORY_MODEL, folder, {})).has_value());
}

TEST_CASE("pack requantise: SiLU thresholds cost the more the more they leave out") {
    const TemporaryFolder folder;
    TinyModel tiny("llama");
    add_transformer(tiny, {.layers = 3, .ffn = 1024, .type = LM_GGML_TYPE_Q8_0});
    const std::string model = folder.file("silu.gguf");
    tiny.write(model);
    const PackReport little = pack_report(model, {.sparsity = 0.3}), much = pack_report(model, {.sparsity = 0.8});
    const PackReport both = pack_report(model, {.sparsity = 0.8, .requantise = Requantise::q4_0});
    REQUIRE(little.quality.has_value());
    CHECK(little.quality->kl_mean > 0);
    CHECK(much.quality->kl_mean > little.quality->kl_mean);
    CHECK(much.quality->top1_agreement <= little.quality->top1_agreement);
    CHECK(both.quality->kl_mean > much.quality->kl_mean * 0.9);
    CHECK_FALSE(pack_report(model, {}).quality.has_value());
}

TEST_CASE("pack requantise: inspected, it has the model's parameters; what is written of it is checked") {
    const TemporaryFolder folder;
    const std::string model = relu_model(folder, LM_GGML_TYPE_F16);
    const std::string packed = pack(model, {.requantise = Requantise::q4_0});
    const auto whole = inspect_model(model), small = inspect_model(packed);
    REQUIRE(small.ok());
    CHECK(small.value().parameters == whole.value().parameters);
    const auto& quants = small.value().quants;
    CHECK(std::any_of(quants.begin(), quants.end(),
                      [](const QuantShare& q) { return q.type == "Q4_0" && q.tensors == 6; }));

    const std::string good = read_bytes(packed), bad = folder.file("bad.pack");
    const auto refused = [&](const std::string& key, size_t after, const std::string& value) {
        std::string bytes = good;
        const size_t at = bytes.find(key);
        REQUIRE(at != std::string::npos);
        bytes.replace(at + key.size() + after, value.size(), value);
        std::ofstream(bad, std::ios::binary) << bytes;
        const auto gguf = GgufFile::open(bad).value();
        return read_pack(*gguf, read_hyperparameters(*gguf).value()).error().code;
    };
    CHECK(refused("phonon.pack.requantised", 4 + 8, "q5_0") == "file_invalid");
    CHECK(refused("phonon.pack.kl_mean", 4, std::string("\x00\x00\xc0\x7f", 4)) == "file_invalid");
    CHECK(refused("phonon.pack.top1_agreement", 4, std::string("\x00\x00\x80\x41", 4)) == "file_invalid");
    CHECK(refused("phonon.pack.down_type.0", 4, std::string("\x01\x00\x00\x00", 4)) == "file_invalid");
}
