#include "tools/measure.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>
#include <span>

#include "ggml-backend.h"
#include "ggml-cpu.h"
#include "llama.h"
#include "model/llama_log.h"
#include "synth/random.h"

namespace phonon {

namespace {

constexpr int64_t kLogitRows = 128;  // bounds the logits held: [kLogitRows][vocabulary]

struct Counter {
    std::vector<uint64_t> positive;  // [layer]
    std::vector<uint64_t> all;       // [layer]
    const std::atomic<bool>* cancel = nullptr;
};

// "ffn_gate-7" and "ffn_moe_gate-7" are Gate's outputs in layer 7; -1 for every other tensor.
int layer_of_gate(const char* name) {
    for (const char* prefix : {"ffn_gate-", "ffn_moe_gate-"}) {
        if (std::strncmp(name, prefix, std::strlen(prefix)) == 0) return std::atoi(name + std::strlen(prefix));
    }
    return -1;
}

// llama.cpp's callback: asked first whether it may look at a tensor, then shown it; false ends the evaluation.
bool look(lm_ggml_tensor* tensor, bool ask, void* data) {
    Counter& counter = *static_cast<Counter*>(data);
    const int layer = layer_of_gate(tensor->name);
    if (ask) return layer >= 0;
    if (*counter.cancel) return false;
    if (layer < 0 || static_cast<size_t>(layer) >= counter.all.size() || tensor->type != LM_GGML_TYPE_F32 ||
        !lm_ggml_is_contiguous(tensor)) {
        return true;
    }
    const std::span<const float> gates(static_cast<const float*>(tensor->data),
                                       static_cast<size_t>(lm_ggml_nelements(tensor)));
    const size_t i = static_cast<size_t>(layer);
    counter.positive[i] +=
        static_cast<uint64_t>(std::count_if(gates.begin(), gates.end(), [](float g) { return g > 0; }));
    counter.all[i] += gates.size();
    return true;
}

void look_at_logits(std::span<const float> logits, MeasureReport& report, std::set<int64_t>& best) {
    double sum = 0;
    double square = 0;
    for (const float x : logits) {
        report.finite = report.finite && std::isfinite(x);
        sum += x;
        square += static_cast<double>(x) * x;
    }
    const double count = static_cast<double>(logits.size());
    report.logit_deviation += square / count - (sum / count) * (sum / count);
    best.insert(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

bool cpu_runs_kernels() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
#else
    return true;
#endif
}

struct LlamaFree {
    void operator()(llama_model* model) const { llama_model_free(model); }
    void operator()(llama_context* context) const { llama_free(context); }
};

}  // namespace

Result<MeasureReport> measure_model(const std::string& path, int64_t tokens, uint64_t seed, int threads,
                                    const std::atomic<bool>& cancel) {
    if (!cpu_runs_kernels()) return Error{"unsupported_cpu", "llama.cpp's kernels here need AVX2"};
    lm_ggml_backend_register(lm_ggml_backend_cpu_reg());
    llama_model_params model_params = llama_model_default_params();
    model_params.use_extra_bufts = false;  // no second, repacked copy in memory
    const std::unique_ptr<llama_model, LlamaFree> model(llama_model_load_from_file(path.c_str(), model_params));
    if (!model) return Error{"file_invalid", path + ": llama.cpp cannot load it: " + take_llama_error()};

    const size_t layers = static_cast<size_t>(llama_model_n_layer(model.get()));
    Counter counter{.positive = std::vector<uint64_t>(layers), .all = std::vector<uint64_t>(layers), .cancel = &cancel};
    llama_context_params params = llama_context_default_params();
    params.n_ctx = static_cast<uint32_t>(tokens);
    params.n_batch = params.n_ubatch = static_cast<uint32_t>(std::min(tokens, kLogitRows));
    params.n_threads = params.n_threads_batch = threads;
    params.cb_eval = look;
    params.cb_eval_user_data = &counter;
    const std::unique_ptr<llama_context, LlamaFree> context(llama_init_from_model(model.get(), params));
    if (!context) return Error{"out_of_memory", path + ": llama.cpp cannot make a context for it"};

    const int32_t vocabulary = llama_vocab_n_tokens(llama_model_get_vocab(model.get()));
    RandomStream random(combine(seed, 0));
    MeasureReport report;
    std::set<int64_t> best;
    llama_batch batch = llama_batch_init(static_cast<int32_t>(kLogitRows), 0, 1);
    const std::unique_ptr<llama_batch, void (*)(llama_batch*)> release(&batch, [](auto* b) { llama_batch_free(*b); });
    while (report.tokens < tokens && !cancel) {
        batch.n_tokens = static_cast<int32_t>(std::min(tokens - report.tokens, kLogitRows));
        for (int32_t i = 0; i < batch.n_tokens; ++i) {
            batch.token[i] = static_cast<llama_token>(random.next() % static_cast<uint64_t>(vocabulary));
            batch.pos[i] = static_cast<llama_pos>(report.tokens + i);
            batch.n_seq_id[i] = 1;
            batch.seq_id[i][0] = 0;
            batch.logits[i] = 1;
        }
        if (llama_decode(context.get(), batch) != 0) break;
        for (int32_t i = 0; i < batch.n_tokens; ++i) {
            look_at_logits({llama_get_logits_ith(context.get(), i), static_cast<size_t>(vocabulary)}, report, best);
        }
        report.tokens += batch.n_tokens;
    }
    if (cancel) return Error{"cancelled", "interrupted"};
    if (report.tokens < tokens) return Error{"internal", path + ": llama.cpp failed to evaluate tokens"};

    report.logit_deviation = std::sqrt(report.logit_deviation / static_cast<double>(tokens));
    report.distinct_best = static_cast<int64_t>(best.size());
    for (size_t i = 0; i < layers; ++i) {
        const double all = static_cast<double>(std::max<uint64_t>(1, counter.all[i]));
        report.active.push_back(static_cast<double>(counter.positive[i]) / all);
    }
    return report;
}

}  // namespace phonon
