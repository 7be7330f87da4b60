#include "baseline/llama_backend.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>
#include <set>
#include <utility>

#include "base/clock.h"
#include "baseline/thread_placement.h"
#include "build-info.h"
#include "engine/available_memory.h"
#include "llama.h"
#include "model/inspect.h"
#include "model/llama_log.h"

namespace phonon {
namespace {

constexpr int64_t kDefaultContext = 4096;
constexpr int kMicroBatch = 512;  // llama.cpp's own default

struct ModelFree {
    void operator()(llama_model* model) const { llama_model_free(model); }
};
struct ContextFree {
    void operator()(llama_context* context) const { llama_free(context); }
};

Error llama_error(const std::string& code, const std::string& what) {
    const std::string reason = take_llama_error();
    return {code, what + (reason.empty() ? "" : ": " + reason)};
}

uint64_t kv_bytes_per_token(const ModelInfo& m) {
    constexpr int64_t kF16 = 2;
    return static_cast<uint64_t>(2 * m.layers * m.kv_heads * m.head_dim * kF16);
}

// Bytes of weights that are copied from the file into anonymous memory, which cannot be dropped and read again.
uint64_t copied_bytes(const ModelInfo& m, const LoadConfig& config) {
    static const std::set<std::string> kRepacked = {"Q4_0", "Q8_0", "Q2_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "MXFP4"};
    uint64_t bytes = 0;
    for (const QuantShare& q : m.quants) {
        if (!config.mmap || (config.repack && kRepacked.count(q.type) > 0)) bytes += q.bytes;
    }
    return bytes;
}

Status check_memory(const ModelInfo& model, const LoadConfig& config, int64_t context) {
    const uint64_t available = available_memory();
    const uint64_t kv = kv_bytes_per_token(model) * static_cast<uint64_t>(context * config.sequences);
    if (kv > available) {
        return Error{"context_too_large", "a context of " + std::to_string(context) + " tokens for " +
                                              std::to_string(config.sequences) + " sequence(s) needs " +
                                              std::to_string(kv) + " bytes of KV cache; " + std::to_string(available) +
                                              " are available"};
    }
    const uint64_t copied = copied_bytes(model, config);
    if (copied > available - kv) {
        return Error{"out_of_memory", std::to_string(copied) +
                                          " bytes of weights would be copied into memory, beside " +
                                          std::to_string(kv) + " of KV cache; " + std::to_string(available) +
                                          " are available. Without repacking and with mmap, weights stay in the file"};
    }
    return {};
}

class LlamaBackend : public Backend {
  public:
    explicit LlamaBackend(std::string level) : level_(std::move(level)) {
        silence_llama_log();
        static const bool registered = [] {
            llama_backend_init();
            lm_ggml_backend_register(lm_ggml_backend_cpu_reg());
            return true;
        }();
        static_cast<void>(registered);
    }
    ~LlamaBackend() override { unload(); }

    std::string name() const override { return "llama.cpp"; }
    std::string build() const override { return llama_build_info(); }
    const Tokenizer* tokenizer() const override { return tokenizer_.get(); }

    Result<LoadReport> load(const LoadConfig& config, const std::atomic<bool>& cancel) override {
        unload();
        cancel_ = &cancel;
        Result<LoadReport> report = [&]() -> Result<LoadReport> {
            try {
                return load_model(config);
            } catch (const std::bad_alloc&) {
                return Error{"out_of_memory", config.path + ": memory ran out while loading"};
            } catch (const std::exception& e) {
                return Error{"file_invalid", config.path + ": " + e.what()};
            }
        }();
        cancel_ = nullptr;
        if (!report) unload();
        return report;
    }

    void unload() override {
        context_.reset();
        placement_ = {};
        model_.reset();
        tokenizer_.reset();
    }

    Result<StepReport> eval(std::span<const BatchToken> tokens, std::vector<float>& logits,
                            const std::atomic<bool>& cancel) override {
        const auto began = Clock::now();
        llama_batch batch = fill(tokens);
        cancel_ = &cancel;
        int32_t status = 0;
        try {
            status = llama_decode(context_.get(), batch);
        } catch (const std::bad_alloc&) {
            status = -2;
        } catch (const std::exception& e) {
            cancel_ = nullptr;
            return Error{"internal", std::string("llama_decode: ") + e.what()};
        }
        cancel_ = nullptr;
        if (status == 2) return Error{"cancelled", "cancelled"};
        if (status == -2) return llama_error("out_of_memory", "llama_decode: memory ran out");
        if (status != 0) return llama_error("internal", "llama_decode returned " + std::to_string(status));

        const auto vocabulary = static_cast<size_t>(tokenizer_->size());
        const auto wanted = std::count_if(tokens.begin(), tokens.end(), [](const BatchToken& t) { return t.logits; });
        logits.resize(static_cast<size_t>(wanted) * vocabulary);
        float* row = logits.data();
        for (size_t i = 0; i < tokens.size(); i++) {
            if (!tokens[i].logits) continue;
            std::memcpy(row, llama_get_logits_ith(context_.get(), static_cast<int32_t>(i)), vocabulary * sizeof(float));
            row += vocabulary;
        }
        StepReport report;
        report.other_ms = milliseconds_since(began);
        return report;
    }

    void truncate(int32_t sequence, int32_t position) override {
        llama_memory_seq_rm(llama_get_memory(context_.get()), sequence, position, -1);
    }

  private:
    Result<LoadReport> load_model(const LoadConfig& config) {
        const auto began = Clock::now();
        if (!config.kernels.empty() && config.kernels != level_) {
            return Error{"bad_request",
                         "kernels: this program was built for \"" + level_ + "\", not for \"" + config.kernels + "\""};
        }
        LoadReport report;
        // Checks the file with our own reader first: llama.cpp's aborts the program on some hostile ones.
        auto info = inspect_model(config.path);
        if (!info) return info.error();
        report.model = std::move(info).value();
        const int64_t own =
            std::min(report.model.context > 0 ? report.model.context : kDefaultContext, kDefaultContext);
        report.context = config.context > 0 ? config.context : own;
        const Status fits = check_memory(report.model, config, report.context);
        if (!fits) return fits.error();
        auto tokenizer = Tokenizer::open(config.path);
        if (!tokenizer) return tokenizer.error();
        tokenizer_ = std::move(tokenizer).value();

        llama_model_params model_params = llama_model_default_params();
        model_params.load_mode = config.mmap ? LLAMA_LOAD_MODE_MMAP : LLAMA_LOAD_MODE_NONE;
        model_params.use_extra_bufts = config.repack;
        model_params.n_gpu_layers = 0;
        model_params.progress_callback = [](float, void* self) {
            return !static_cast<LlamaBackend*>(self)->cancelled();
        };
        model_params.progress_callback_user_data = this;
        take_llama_error();
        model_.reset(llama_model_load_from_file(config.path.c_str(), model_params));
        if (cancelled()) return Error{"cancelled", "cancelled"};
        if (!model_) return llama_error("file_invalid", config.path + ": llama.cpp cannot load it");

        placement_ = place_threads(config);
        if (!placement_.pool) return Error{"internal", "ggml's thread pool could not be made"};
        const Status made = make_context(config, report.context);
        if (!made) return made.error();

        report.cores = placement_.cores;
        report.warnings = placement_.warnings;
        report.kernels = level_;
        report.weight_bytes = llama_model_size(model_.get());
        report.kv_bytes = kv_bytes_per_token(report.model) * static_cast<uint64_t>(report.context * config.sequences);
        if (!config.activation.empty() && config.activation != to_string(report.model.activation)) {
            report.warnings.push_back("llama.cpp computes the activation of the model's architecture; \"" +
                                      config.activation + "\" has no effect");
        }
        report.load_ms = milliseconds_since(began);
        return report;
    }

    Status make_context(const LoadConfig& config, int64_t context) {
        llama_context_params params = llama_context_default_params();
        const auto threads = static_cast<int32_t>(placement_.cores.size());
        params.n_ctx = static_cast<uint32_t>(context * config.sequences);
        params.n_batch = static_cast<uint32_t>(config.batch);
        params.n_ubatch = static_cast<uint32_t>(std::min(config.batch, kMicroBatch));
        params.n_seq_max = static_cast<uint32_t>(config.sequences);
        params.n_threads = threads;
        params.n_threads_batch = threads;
        params.flash_attn_type =
            config.flash_attention ? LLAMA_FLASH_ATTN_TYPE_ENABLED : LLAMA_FLASH_ATTN_TYPE_DISABLED;
        params.abort_callback = [](void* self) { return static_cast<LlamaBackend*>(self)->cancelled(); };
        params.abort_callback_data = this;
        params.no_perf = true;
        context_.reset(llama_init_from_model(model_.get(), params));
        if (!context_) return llama_error("out_of_memory", config.path + ": llama.cpp cannot make a context");
        llama_attach_threadpool(context_.get(), placement_.pool.get(), nullptr);
        const auto capacity = static_cast<size_t>(config.batch);
        for (auto* ids : {&ids_, &positions_, &sequences_}) ids->resize(capacity);
        sequence_pointers_.resize(capacity);
        sequence_counts_.assign(capacity, 1);
        logits_wanted_.resize(capacity);
        for (size_t i = 0; i < capacity; i++) sequence_pointers_[i] = &sequences_[i];
        return {};
    }

    llama_batch fill(std::span<const BatchToken> tokens) {
        for (size_t i = 0; i < tokens.size(); i++) {
            ids_[i] = tokens[i].token;
            positions_[i] = tokens[i].position;
            sequences_[i] = tokens[i].sequence;
            logits_wanted_[i] = tokens[i].logits ? 1 : 0;
        }
        llama_batch batch{};
        batch.n_tokens = static_cast<int32_t>(tokens.size());
        batch.token = ids_.data();
        batch.pos = positions_.data();
        batch.n_seq_id = sequence_counts_.data();
        batch.seq_id = sequence_pointers_.data();
        batch.logits = logits_wanted_.data();
        return batch;
    }

    // Asked by ggml's threads between the nodes of a graph.
    bool cancelled() const { return cancel_ != nullptr && cancel_->load(std::memory_order_relaxed); }

    const std::string level_;
    const std::atomic<bool>* cancel_ = nullptr;  // of the load or eval in progress
    std::unique_ptr<Tokenizer> tokenizer_;
    std::unique_ptr<llama_model, ModelFree> model_;
    ThreadPlacement placement_;
    std::unique_ptr<llama_context, ContextFree> context_;
    // A llama_batch's arrays, each [batch].
    std::vector<int32_t> ids_, positions_, sequences_, sequence_counts_;
    std::vector<int32_t*> sequence_pointers_;
    std::vector<int8_t> logits_wanted_;
};

}  // namespace

std::unique_ptr<Backend> make_llama_backend(const std::string& level) {
    return std::make_unique<LlamaBackend>(level);
}

}  // namespace phonon
