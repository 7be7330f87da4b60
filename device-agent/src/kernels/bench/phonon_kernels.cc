// phonon-kernels: times the matrix kernels beside llama.cpp's, interleaved in one run, because the machine's other load
// and its clock change from minute to minute. Prints one line per case: medians, and the median of the rounds' ratios.
//
// phonon-kernels [--types q4_0,q8_0] [--shape ROWSxCOLS] [--m 1,64] [--threads N] [--rounds N] [--layout
// tiled|rows|columns]
//                [--level NAME] [--alone] [--no-repack]

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "ggml.h"
#include "kernels/bench/llama_product.h"
#include "kernels/bench/timing.h"
#include "kernels/kernels.h"
#include "kernels/weights.h"

namespace phonon {
namespace {

struct Options {
    std::vector<std::string> types = {"q4_0", "q8_0", "q4_k", "q6_k", "f16"};
    int64_t rows = 8192, cols = 2048;
    std::vector<int64_t> tokens = {1, 64, 512};
    int threads = 2, rounds = 9;
    Layout layout = Layout::tiled;
    std::string level;
    bool alone = false, repack = true;
};

const std::map<std::string, std::pair<WeightType, lm_ggml_type>> kTypes = {
    {"f32", {WeightType::f32, LM_GGML_TYPE_F32}},    {"f16", {WeightType::f16, LM_GGML_TYPE_F16}},
    {"bf16", {WeightType::bf16, LM_GGML_TYPE_BF16}}, {"q8_0", {WeightType::q8_0, LM_GGML_TYPE_Q8_0}},
    {"q4_0", {WeightType::q4_0, LM_GGML_TYPE_Q4_0}}, {"q4_k", {WeightType::q4_k, LM_GGML_TYPE_Q4_K}},
    {"q6_k", {WeightType::q6_k, LM_GGML_TYPE_Q6_K}},
};

std::vector<std::string> split(const std::string& list) {
    std::vector<std::string> parts(1);
    for (const char c : list) {
        if (c == ',') {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

bool parse(int argc, char** argv, Options& o) {
    for (int i = 1; i < argc; i++) {
        const std::string key = argv[i];
        if (key == "--alone") {
            o.alone = true;
        } else if (key == "--no-repack") {
            o.repack = false;
        } else if (i + 1 >= argc) {
            return false;
        } else {
            const std::string value = argv[++i];
            if (key == "--types") {
                o.types = split(value);
            } else if (key == "--shape") {
                o.rows = std::stoll(value);
                o.cols = std::stoll(value.substr(value.find('x') + 1));
            } else if (key == "--m") {
                o.tokens.clear();
                for (const std::string& m : split(value)) o.tokens.push_back(std::stoll(m));
            } else if (key == "--threads") {
                o.threads = std::stoi(value);
            } else if (key == "--rounds") {
                o.rounds = std::stoi(value);
            } else if (key == "--level") {
                o.level = value;
            } else if (key == "--layout") {
                o.layout = value == "rows" ? Layout::rows : value == "columns" ? Layout::columns : Layout::tiled;
            } else {
                return false;
            }
        }
    }
    return std::all_of(o.types.begin(), o.types.end(), [](const std::string& t) { return kTypes.count(t) == 1; });
}

struct Case {
    std::string type_name;
    WeightType type;
    int64_t m;
    std::vector<std::byte> bytes;
    std::vector<float> x;
};

Case make_case(const std::string& type_name, const Options& o, int64_t m) {
    const auto [type, ggml_type] = kTypes.at(type_name);
    Case c{type_name, type, m, {}, {}};
    std::minstd_rand random(1);
    std::uniform_real_distribution<float> uniform(-1, 1);
    std::vector<float> values(static_cast<size_t>(o.rows * o.cols));
    for (float& v : values) v = uniform(random);
    c.bytes.resize(static_cast<size_t>(o.rows) * row_bytes(type, o.cols));
    if (type == WeightType::f32) {
        memcpy(c.bytes.data(), values.data(), c.bytes.size());
    } else {
        lm_ggml_quantize_chunk(ggml_type, values.data(), c.bytes.data(), 0, o.rows, o.cols, nullptr);
    }
    c.x.resize(static_cast<size_t>(m * o.cols));
    for (float& v : c.x) v = uniform(random);
    return c;
}

double normalised_error(const std::vector<float>& y, const std::vector<float>& expected) {
    double error = 0, power = 1e-60;
    for (size_t i = 0; i < y.size(); i++) {
        error += (static_cast<double>(y[i]) - expected[i]) * (static_cast<double>(y[i]) - expected[i]);
        power += static_cast<double>(expected[i]) * expected[i];
    }
    return error / power;
}

void measure(const Case& c, const Options& o, const Kernels& kernels, TaskPool& pool) {
    const Tensor tensor{c.type, c.bytes.data(), o.rows, o.cols};
    // Decoding reads weights from memory, so together the copies must be larger than any cache.
    const int copies = c.m <= 8 ? static_cast<int>((size_t{192} << 20) / c.bytes.size() + 1) : 2;
    std::vector<Weights> weights;
    std::vector<std::vector<std::byte>> files(o.layout == Layout::rows ? static_cast<size_t>(copies) : 0, c.bytes);
    for (int k = 0; k < copies; k++) {
        Tensor t = tensor;
        if (o.layout == Layout::rows) t.data = files[static_cast<size_t>(k)].data();
        auto w = Weights::prepare(t, o.layout, kernels, pool);
        if (!w.ok()) return;
        weights.push_back(std::move(w.value()));
    }
    Inputs inputs;
    std::vector<float> y(static_cast<size_t>(o.rows * c.m));
    const auto ours = [&] {
        for (const Weights& w : weights) {
            inputs.assign(c.x.data(), c.m, o.cols, o.cols, {&c.type, 1}, kernels, pool);
            const Product product{&w, y.data(), o.rows};
            multiply({&product, 1}, inputs, kernels, pool);
        }
    };
    const double gigabytes = 1e-9 * static_cast<double>(c.bytes.size()) * copies;
    const double gmac = 1e-9 * static_cast<double>(o.rows * o.cols * c.m) * copies;
    if (o.alone) {
        const double s = median(time_rounds(o.rounds, {ours})[0]);
        printf("%-5s m=%-4ld phonon %9.1f us %6.1f GB/s %7.1f GMAC/s\n", c.type_name.c_str(), static_cast<long>(c.m),
               s / copies * 1e6, gigabytes / s, gmac / s);
        return;
    }
    LlamaProduct llama(tensor, copies, c.m, o.threads, o.repack);
    llama.set_input(c.x.data());
    const auto times = time_rounds(o.rounds, {ours, [&] { llama.run(); }});
    const double a = median(times[0]), b = median(times[1]);
    printf(
        "%-5s m=%-4ld phonon %9.1f us %6.1f GB/s %7.1f GMAC/s | llama.cpp%s %9.1f us %6.1f GB/s %7.1f GMAC/s | %5.2fx "
        "| error %.1e\n",
        c.type_name.c_str(), static_cast<long>(c.m), a / copies * 1e6, gigabytes / a, gmac / a,
        llama.repacked() ? " (repacked)" : "           ", b / copies * 1e6, gigabytes / b, gmac / b,
        median_ratio(times[1], times[0]), normalised_error(y, llama.result()));
    fflush(stdout);
}

}  // namespace
}  // namespace phonon

int main(int argc, char** argv) {
    using namespace phonon;
    lm_ggml_log_set([](lm_ggml_log_level, const char*, void*) {}, nullptr);  // a line per repacked tensor
    Options o;
    if (!parse(argc, argv, o)) {
        fprintf(stderr, "usage: see the head of phonon_kernels.cc\n");
        return 2;
    }
    const Kernels* kernels = o.level.empty() ? best_kernels() : find_kernels(o.level);
    if (kernels == nullptr) {
        fprintf(stderr, "this CPU or build has no level %s\n", o.level.c_str());
        return 1;
    }
    std::vector<int> cores;
    for (int i = 0; i < o.threads; i++) cores.push_back((i + o.threads - 1) % o.threads);  // see LlamaProduct
    TaskPool pool(cores);
    printf("%s, %d threads, %ld x %ld; reading memory alone: %.1f GB/s\n", kernels->name, o.threads,
           static_cast<long>(o.rows), static_cast<long>(o.cols), read_bandwidth(pool) * 1e-9);
    for (const std::string& type : o.types)
        for (const int64_t m : o.tokens) measure(make_case(type, o, m), o, *kernels, pool);
    return 0;
}
