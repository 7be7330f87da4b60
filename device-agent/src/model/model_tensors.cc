#include "model/model_tensors.h"

#include <optional>

#include "ggml.h"

namespace phonon {
namespace {

// Looks tensors up and keeps the first thing that was wrong.
class Finder {
  public:
    explicit Finder(const GgufFile& gguf) : gguf_(gguf) {}

    // `count` matrices of [rows][cols] in one tensor; the view is of the first.
    TensorView stack(const std::string& name, int64_t rows, int64_t cols, int64_t count, bool required) {
        const GgufTensor* tensor = gguf_.find(name);
        if (tensor == nullptr) {
            if (required) fail("tensor '" + name + "' is missing");
            return {};
        }
        if (tensor->shape != std::array<int64_t, 4>{cols, rows, count, 1}) {
            fail("tensor '" + name + "' has shape " + shape_text(tensor->shape) + "; the metadata asks for " +
                 shape_text({cols, rows, count, 1}));
            return {};
        }
        return {name, tensor->type,        rows,
                cols, tensor->data.data(), tensor->data.size() / static_cast<uint64_t>(count)};
    }
    TensorView matrix(const std::string& name, int64_t rows, int64_t cols, bool required = true) {
        return stack(name, rows, cols, 1, required);
    }
    TensorView vector(const std::string& name, int64_t width, bool required) {
        TensorView view = stack(name, 1, width, 1, required);
        if (view && view.type != LM_GGML_TYPE_F32) {
            fail("tensor '" + name + "' is " + tensor_type_name(view.type) + "; norms and biases must be F32");
        }
        return view;
    }
    void fail(const std::string& what) {
        if (!error_) error_ = gguf_.invalid(what);
    }
    bool has(const std::string& name) const { return gguf_.find(name) != nullptr; }
    const std::optional<Error>& error() const { return error_; }

  private:
    static std::string shape_text(const std::array<int64_t, 4>& shape) {
        size_t dims = 4;
        while (dims > 1 && shape[dims - 1] == 1) --dims;
        std::string text = "[" + std::to_string(shape[0]);
        for (size_t d = 1; d < dims; ++d) text += ", " + std::to_string(shape[d]);
        return text + "]";
    }

    const GgufFile& gguf_;
    std::optional<Error> error_;
};

TensorView rows_of(const TensorView& whole, int64_t first, int64_t rows) {
    if (!whole) return {};
    const uint64_t row_bytes = whole.bytes / static_cast<uint64_t>(whole.rows);
    return {whole.name,
            whole.type,
            rows,
            whole.cols,
            whole.data + static_cast<uint64_t>(first) * row_bytes,
            static_cast<uint64_t>(rows) * row_bytes};
}

// A bias is one row; its parts are columns.
TensorView part_of(const TensorView& bias, int64_t first, int64_t width) {
    if (!bias) return {};
    const auto offset = static_cast<uint64_t>(first) * sizeof(float);
    return {bias.name, bias.type, 1, width, bias.data + offset, static_cast<uint64_t>(width) * sizeof(float)};
}

void read_attention(Finder& find, const Hyperparameters& hp, const std::string& block, LayerTensors& layer) {
    const int64_t q = hp.heads * hp.head_dim;
    const int64_t kv = hp.kv_heads * hp.head_dim;
    layer.attention_norm = find.vector(block + "attn_norm.weight", hp.embedding, true);
    if (find.has(block + "attn_qkv.weight")) {
        const TensorView fused = find.matrix(block + "attn_qkv.weight", q + 2 * kv, hp.embedding);
        const TensorView bias = find.vector(block + "attn_qkv.bias", q + 2 * kv, false);
        if (fused) {
            layer.query = rows_of(fused, 0, q);
            layer.key = rows_of(fused, q, kv);
            layer.value = rows_of(fused, q + kv, kv);
        }
        layer.query_bias = part_of(bias, 0, q);
        layer.key_bias = part_of(bias, q, kv);
        layer.value_bias = part_of(bias, q + kv, kv);
    } else {
        layer.query = find.matrix(block + "attn_q.weight", q, hp.embedding);
        layer.key = find.matrix(block + "attn_k.weight", kv, hp.embedding);
        layer.value = find.matrix(block + "attn_v.weight", kv, hp.embedding);
        layer.query_bias = find.vector(block + "attn_q.bias", q, false);
        layer.key_bias = find.vector(block + "attn_k.bias", kv, false);
        layer.value_bias = find.vector(block + "attn_v.bias", kv, false);
    }
    layer.output = find.matrix(block + "attn_output.weight", hp.embedding, q);
    layer.output_bias = find.vector(block + "attn_output.bias", hp.embedding, false);
}

void read_ffn(Finder& find, const Hyperparameters& hp, const std::string& block, bool packed, LayerTensors& layer) {
    layer.ffn_norm = find.vector(block + "ffn_norm.weight", hp.embedding, true);
    if (packed) {
        layer.gate_bias = find.vector(block + "ffn_gate.bias", hp.ffn, false);
        layer.up_bias = find.vector(block + "ffn_up.bias", hp.ffn, false);
        layer.down_bias = find.vector(block + "ffn_down.bias", hp.embedding, false);
        return;
    }
    if (!hp.expert_tensors) {
        layer.ffn.push_back({find.matrix(block + "ffn_gate.weight", hp.ffn, hp.embedding),
                             find.matrix(block + "ffn_up.weight", hp.ffn, hp.embedding),
                             find.matrix(block + "ffn_down.weight", hp.embedding, hp.ffn)});
        layer.gate_bias = find.vector(block + "ffn_gate.bias", hp.ffn, false);
        layer.up_bias = find.vector(block + "ffn_up.bias", hp.ffn, false);
        layer.down_bias = find.vector(block + "ffn_down.bias", hp.embedding, false);
        return;
    }
    if (hp.experts > 1) layer.router = find.matrix(block + "ffn_gate_inp.weight", hp.experts, hp.embedding);
    const TensorView gates = find.stack(block + "ffn_gate_exps.weight", hp.ffn, hp.embedding, hp.experts, true);
    const TensorView ups = find.stack(block + "ffn_up_exps.weight", hp.ffn, hp.embedding, hp.experts, true);
    const TensorView downs = find.stack(block + "ffn_down_exps.weight", hp.embedding, hp.ffn, hp.experts, true);
    if (!gates || !ups || !downs) return;
    auto slice = [](TensorView stack, int64_t expert) {
        stack.data += static_cast<uint64_t>(expert) * stack.bytes;
        return stack;
    };
    for (int64_t e = 0; e < hp.experts; ++e) layer.ffn.push_back({slice(gates, e), slice(ups, e), slice(downs, e)});
}

}  // namespace

Result<ModelTensors> read_tensors(const GgufFile& gguf, const Hyperparameters& hp) {
    Finder find(gguf);
    ModelTensors tensors;
    tensors.embedding = find.matrix("token_embd.weight", hp.vocabulary, hp.embedding);
    tensors.output_norm = find.vector("output_norm.weight", hp.embedding, true);
    tensors.output = find.matrix("output.weight", hp.vocabulary, hp.embedding, false);
    if (hp.architecture == Architecture::qwen2) {
        tensors.output_bias = find.vector("output.bias", hp.vocabulary, false);
    }
    if (hp.architecture == Architecture::llama) {
        tensors.rope_factors = find.vector("rope_freqs.weight", hp.head_dim / 2, false);
        if (!tensors.rope_factors) {
            tensors.rope_factors = find.vector("blk.0.rope_freqs.weight", hp.head_dim / 2, false);
        }
    }
    const bool packed = gguf.has("phonon.pack.version");
    for (int64_t i = 0; i < hp.layers && !find.error(); ++i) {
        const std::string block = "blk." + std::to_string(i) + ".";
        LayerTensors& layer = tensors.layers.emplace_back();
        read_attention(find, hp, block, layer);
        read_ffn(find, hp, block, packed, layer);
    }
    if (find.error()) return *find.error();
    return tensors;
}

}  // namespace phonon
