#include "synth/layout.h"

#include "synth/rope_pairs.h"

namespace phonon {

namespace {

// Parts of a model, numbered once and for all: a part's random numbers follow from the seed, this and the layer, so
// that a smallthinker file of one expert and a llama file of the same shape hold the same bytes.
enum Part : uint64_t {
    embedding = 1,
    query,
    key,
    value,
    attention_output,
    router,
    gate,
    up,
    down,
    output,
    bias,
    output_norm_sign,
    gate_mean,
    salience
};

class Planner {
  public:
    explicit Planner(const SynthConfig& config)
        : c_(config),
          s_(config.shape),
          biased_(config.sparsity > 0.5),
          means_(c_.skew == Skew::none ? std::vector<double>() : gate_means(c_.sparsity)),
          scale_(plan_scale(s_, c_.activation, c_.sparsity, c_.skew, means_, c_.type)) {}

    std::vector<TensorPlan> all() {
        matrix("token_embd.weight", {s_.embedding, s_.vocabulary}, Part::embedding, scale_.embedding,
               biased_ ? Head::constant : Head::random, scale_.embedding_head);
        if (auto factors = rope_factors(s_); !factors.empty()) values("rope_freqs.weight", std::move(factors));
        for (layer_ = 0; layer_ < s_.layers; ++layer_) {
            attention(scale_.layers[static_cast<size_t>(layer_)]);
            ffn(scale_.layers[static_cast<size_t>(layer_)]);
        }
        layer_ = 0;
        values("output_norm.weight", output_norm());
        if (!s_.tied) matrix("output.weight", {s_.embedding, s_.vocabulary}, Part::output, scale_.output);
        return std::move(tensors_);
    }

  private:
    uint64_t stream(uint64_t part) const { return combine(combine(c_.seed, part), static_cast<uint64_t>(layer_)); }
    std::string blk(const char* name) const { return "blk." + std::to_string(layer_) + "." + name; }

    TensorPlan& add(std::string name, lm_ggml_type type, std::vector<int64_t> dims) {
        TensorPlan plan;
        plan.name = std::move(name);
        plan.type = type;
        plan.dims = std::move(dims);
        return tensors_.emplace_back(std::move(plan));
    }
    TensorPlan& random(std::string name, lm_ggml_type type, std::vector<int64_t> dims, uint64_t part, double deviation,
                       Head head, double head_value) {
        TensorPlan& plan = add(std::move(name), type, std::move(dims));
        plan.stream = stream(part);
        plan.filler = make_row_filler(type, deviation, head, head_value, codes_of(c_.skew));
        return plan;
    }
    TensorPlan& matrix(std::string name, std::vector<int64_t> dims, Part part, double deviation,
                       Head head = Head::random, double head_value = 0) {
        return random(std::move(name), c_.type, std::move(dims), part, deviation, head, head_value);
    }
    void values(std::string name, std::vector<float> numbers) {
        add(std::move(name), LM_GGML_TYPE_F32, {static_cast<int64_t>(numbers.size())}).values = std::move(numbers);
    }
    std::vector<float> norm(float head) const {
        std::vector<float> weights(static_cast<size_t>(s_.embedding), 1.0f);
        if (biased_) std::fill_n(weights.begin(), kHeadColumns, head);
        return weights;
    }

    std::vector<float> output_norm() const {
        std::vector<float> weights = norm(0);
        if (!s_.tied) return weights;
        RandomStream signs(combine(c_.seed, Part::output_norm_sign));
        for (float& weight : weights) weight *= signs.next() & 1 ? scale_.output_norm : -scale_.output_norm;
        return weights;
    }

    void attention(const LayerScale& scale) {
        const int64_t q = s_.heads * s_.head_dim;
        const int64_t kv = s_.kv_heads * s_.head_dim;
        values(blk("attn_norm.weight"), norm(scale.attention_norm_head));
        const bool memory = c_.skew == Skew::bamboo;
        const MemoryRows constants = memory ? plan_memory(s_, stream(Part::salience)) : MemoryRows{};
        const struct {
            const char* name;
            Part part;
            int64_t rows;
            double deviation;
            const std::vector<float>* constants;
        } inputs[] = {{"attn_q", Part::query, q, scale.query, &constants.query},
                      {"attn_k", Part::key, kv, scale.key_value, &constants.key},
                      {"attn_v", Part::value, kv, scale.key_value, nullptr}};
        for (const auto& [name, part, rows, deviation, by_row] : inputs) {
            const Head head = !memory ? Head::random : by_row ? Head::by_row : Head::zero;
            TensorPlan& plan = matrix(blk(name) + ".weight", {s_.embedding, rows}, part, deviation, head);
            if (head == Head::by_row) {
                for (const float value : *by_row) {
                    plan.heads.push_back(static_cast<float>(static_cast<double>(value) * scale.attention_head_by_row));
                }
                // So that rope does the same to the same numbers in every architecture.
                for (int64_t row = 0; row < rows; ++row) plan.order.push_back(paired_row(s_, row));
            }
            if (s_.architecture == "qwen2") {
                // A value's bias would be a part of the memory that never changes.
                const double bias = memory && part == Part::value ? 0.05 : 0.3;
                random(blk(name) + ".bias", LM_GGML_TYPE_F32, {rows}, combine(Part::bias, part), bias, Head::random, 0);
            }
        }
        matrix(blk("attn_output.weight"), {q, s_.embedding}, Part::attention_output, scale.attention_output).zero_rows =
            biased_ ? kHeadColumns : 0;
    }

    void ffn(const LayerScale& scale) {
        const bool experts = s_.architecture == "smallthinker" || s_.experts > 1;
        const std::string suffix = experts ? "_exps.weight" : ".weight";
        auto dims = [&](int64_t cols, int64_t rows) {
            return experts ? std::vector<int64_t>{cols, rows, s_.experts} : std::vector<int64_t>{cols, rows};
        };
        values(blk("ffn_norm.weight"), norm(scale.ffn_norm_head));
        const Head silent = biased_ ? Head::zero : Head::random;
        if (experts) {
            random(blk("ffn_gate_inp.weight"), LM_GGML_TYPE_F32, {s_.embedding, s_.experts}, Part::router, scale.router,
                   silent, 0);
        }
        TensorPlan& gate = matrix(blk("ffn_gate") + suffix, dims(s_.embedding, s_.ffn), Part::gate, scale.gate,
                                  !biased_                ? Head::random
                                  : c_.skew == Skew::none ? Head::constant
                                                          : Head::by_row,
                                  scale.gate_head);
        if (c_.skew != Skew::none) {
            RandomStream which(stream(Part::gate_mean));
            for (int64_t row = 0; row < gate.rows(); ++row) {
                gate.heads.push_back(static_cast<float>(means_[which.next() % means_.size()] * scale.gate_head_by_row));
            }
        }
        matrix(blk("ffn_up") + suffix, dims(s_.embedding, s_.ffn), Part::up, scale.up, silent);
        matrix(blk("ffn_down") + suffix, dims(s_.ffn, s_.embedding), Part::down, scale.down).zero_rows =
            biased_ ? kHeadColumns : 0;
    }

    const SynthConfig& c_;
    const ModelShape& s_;
    bool biased_;
    std::vector<double> means_;  // of gates, by quantile
    ModelScale scale_;
    int64_t layer_ = 0;
    std::vector<TensorPlan> tensors_;
};

Status validate_skew(const SynthConfig& config) {
    if (config.sparsity == 0.5) return Error{"bad_request", "--skew: needs --sparsity above 0.5"};
    if (!has_heads_by_row(config.type)) {
        return Error{"bad_request", "--quant: --skew needs F32, F16, BF16, Q8_0 or Q4_0, whose groups hold 32 weights"};
    }
    return config.skew == Skew::bamboo ? check_memory(config.shape) : Status{};
}

}  // namespace

int64_t TensorPlan::rows() const {
    int64_t rows = 1;
    for (size_t i = 1; i < dims.size(); ++i) rows *= dims[i];
    return rows;
}
size_t TensorPlan::row_bytes() const {
    return lm_ggml_row_size(type, dims[0]);
}
uint64_t TensorPlan::bytes() const {
    return row_bytes() * static_cast<uint64_t>(rows());
}

std::vector<TensorPlan> plan_tensors(const SynthConfig& config) {
    return Planner(config).all();
}

Status validate_config(const SynthConfig& config) {
    if (Status shape = validate(config.shape, lm_ggml_blck_size(config.type)); !shape) return shape;
    if (config.shape.architecture == "smallthinker" && config.activation != Activation::relu) {
        return Error{"bad_request", "--activation: smallthinker models apply relu"};
    }
    if (config.skew != Skew::none) {
        if (Status skew = validate_skew(config); !skew) return skew;
    }
    if (config.sparsity == 0.5) return {};
    if (!(config.sparsity > 0.5 && config.sparsity < 0.9999)) {
        return Error{"bad_request", "--sparsity: must lie between 0.5 (no bias) and 0.9999"};
    }
    if (config.shape.embedding < 2 * kHeadColumns) {
        return Error{"bad_request", "--embedding: --sparsity needs at least 64"};
    }
    return {};
}

}  // namespace phonon
