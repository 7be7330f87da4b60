// phonon-kernels: times the matrix kernels beside llama.cpp's, interleaved in one run, because the machine's other load
// and its clock change from minute to minute. Prints one line per case: medians, and the median of the rounds' ratios.
//
// phonon-kernels [--types q4_0,q8_0] [--shape ROWSxCOLS] [--m 1,64] [--threads N] [--rounds N] [--level NAME]
//                [--layout tiled|rows|columns] [--sparse PERCENT] [--alone] [--no-repack]
//
// --sparse computes some rows (layout rows) or sums some columns (layout columns) and compares with llama.cpp's whole
// product. GB/s always counts the whole matrix.

#include <algorithm>
#include <cstdio>
#include <random>

#include "ggml.h"
#include "kernels/aligned_buffer.h"
#include "kernels/bench/llama_product.h"
#include "kernels/bench/options.h"
#include "kernels/bench/timing.h"
#include "kernels/kernels.h"
#include "kernels/memory_bandwidth.h"

namespace phonon {
namespace {

struct Case {
    WeightType type;
    int64_t m;
    std::vector<std::byte> bytes;  // [rows][row_bytes]
    std::vector<float> x;          // [m][cols]
    std::vector<int32_t> members;  // rows or columns, when sparse
};

Case make_case(WeightType type, const Options& o, int64_t m) {
    Case c{type, m, {}, {}, {}};
    std::minstd_rand random(1);
    std::uniform_real_distribution<float> uniform(-1, 1);
    std::vector<float> values(static_cast<size_t>(o.rows * o.cols));
    for (float& v : values) v = uniform(random);
    c.bytes = quantise(type, values, o.rows, o.cols);
    c.x.resize(static_cast<size_t>(m * o.cols));
    for (float& v : c.x) v = uniform(random);
    const int64_t count = o.layout == Layout::columns ? o.cols : o.rows;
    for (int32_t i = 0; i < count; i++) {
        if (static_cast<int>(random() % 100) < o.sparse) c.members.push_back(i);
    }
    return c;
}

// Our side: copies of the matrix, multiplied one after another.
class Ours {
  public:
    Ours(const Case& c, const Options& o, int copies, const Kernels& kernels, TaskPool& pool)
        : case_(c), options_(o), kernels_(kernels), pool_(pool), y(static_cast<size_t>(o.rows * c.m)) {
        for (int k = 0; o.layout == Layout::rows && k < copies; k++) {
            files_.emplace_back(c.bytes.size());
            std::copy(c.bytes.begin(), c.bytes.end(), files_.back().as<std::byte>());
        }
        for (int k = 0; k < copies; k++) {
            const std::byte* data = files_.empty() ? c.bytes.data() : files_[static_cast<size_t>(k)].as<std::byte>();
            auto w = Weights::prepare({c.type, data, o.rows, o.cols}, o.layout, kernels, pool);
            if (w.ok()) weights_.push_back(std::move(w.value()));
        }
        for (const int32_t i : c.members) h_.push_back(c.x[static_cast<size_t>(i) % c.x.size()]);
    }

    void run() {
        for (const Weights& w : weights_) {
            if (options_.sparse > 0 && options_.layout == Layout::columns) {
                multiply_columns(w, case_.members, h_.data(), y.data(), kernels_, pool_);
                continue;
            }
            inputs_.assign(case_.x.data(), case_.m, options_.cols, options_.cols, {&case_.type, 1}, kernels_, pool_);
            if (options_.sparse > 0) {
                multiply_rows(w, case_.members, inputs_, 0, y.data(), kernels_, pool_);
            } else {
                const Product product{&w, y.data(), options_.rows};
                multiply({&product, 1}, inputs_, kernels_, pool_);
            }
        }
    }

  private:
    const Case& case_;
    const Options& options_;
    const Kernels& kernels_;
    TaskPool& pool_;
    std::vector<AlignedBuffer> files_;
    std::vector<Weights> weights_;
    std::vector<float> h_;
    Inputs inputs_;

  public:
    std::vector<float> y;
};

double normalised_error(const std::vector<float>& y, const std::vector<float>& expected) {
    double error = 0, power = 1e-60;
    for (size_t i = 0; i < y.size(); i++) {
        error += (static_cast<double>(y[i]) - expected[i]) * (static_cast<double>(y[i]) - expected[i]);
        power += static_cast<double>(expected[i]) * expected[i];
    }
    return error / power;
}

void measure(const NamedType& type, int64_t m, const Options& o, const Kernels& kernels, TaskPool& pool) {
    const Case c = make_case(type.type, o, m);
    // Decoding reads weights from memory, so together the copies must be larger than any cache.
    const int copies = m <= 8 ? static_cast<int>((size_t{192} << 20) / c.bytes.size() + 1) : 2;
    Ours ours(c, o, copies, kernels, pool);
    const auto print = [&](const char* who, double seconds) {
        const double gigabytes = 1e-9 * static_cast<double>(c.bytes.size()) * copies;
        const double gmac = 1e-9 * static_cast<double>(o.rows * o.cols * m) * copies;
        printf("%s %9.1f us %6.1f GB/s %7.1f GMAC/s", who, seconds / copies * 1e6, gigabytes / seconds, gmac / seconds);
    };
    printf("%-5s m=%-4ld ", type.name, static_cast<long>(m));
    if (o.alone) {
        const std::vector<double> times = time_rounds(o.rounds, {[&] { ours.run(); }})[0];
        print("phonon", median(times));
        printf(" | fastest %9.1f us\n", *std::min_element(times.begin(), times.end()) / copies * 1e6);
        return;
    }
    LlamaProduct llama({c.type, c.bytes.data(), o.rows, o.cols}, copies, m, o.threads, o.repack);
    llama.set_input(c.x.data());
    const auto times = time_rounds(o.rounds, {[&] { ours.run(); }, [&] { llama.run(); }});
    print("phonon", median(times[0]));
    print(llama.repacked() ? " | llama.cpp (repacked)" : " | llama.cpp           ", median(times[1]));
    printf(" | %5.2fx", median_ratio(times[1], times[0]));
    if (o.sparse == 0) printf(" | error %.1e", normalised_error(ours.y, llama.result()));
    printf("\n");
    fflush(stdout);
}

}  // namespace
}  // namespace phonon

int main(int argc, char** argv) {
    using namespace phonon;
    lm_ggml_log_set([](lm_ggml_log_level, const char*, void*) {}, nullptr);  // a line per repacked tensor
    const auto options = parse_options(argc, argv);
    if (!options) {
        fprintf(stderr, "usage: see the head of phonon_kernels.cc\n");
        return 2;
    }
    const Options& o = *options;
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
    for (const NamedType& type : o.types)
        for (const int64_t m : o.tokens) measure(type, m, o, *kernels, pool);
    return 0;
}
