#include "engine/model_weights.h"

#include <cstring>
#include <new>
#include <optional>

#include "ggml.h"
#include "pack/weight_types.h"

namespace phonon {
namespace {

// Prepares one tensor after the other and keeps the first error.
class Preparer {
  public:
    Preparer(const GgufFile& gguf, Hold hold, const Kernels& kernels, TaskPool& pool, ModelWeights& out)
        : gguf_(gguf), hold_(hold), kernels_(kernels), pool_(pool), out_(out) {}

    Weights prepare(const TensorView& tensor, Layout layout) {
        if (error_) return {};
        if (hold_ == Hold::borrowed) layout = Layout::rows;
        if (Status status = check_type(gguf_, tensor); !status) {
            error_ = status.error();
            return {};
        }
        const Tensor source{*weight_type(tensor.type), tensor.data, tensor.rows, tensor.cols};
        auto weights = Weights::prepare(source, layout, kernels_, pool_);
        if (!weights && layout == Layout::columns) {
            if (!warned_) {
                out_.warnings.push_back(
                    "tensor '" + tensor.name + "' (" + tensor_type_name(tensor.type) +
                    ") cannot be read by columns, so Down is computed dense: " + weights.error().message);
            }
            warned_ = true;
            weights = Weights::prepare(source, Layout::tiled, kernels_, pool_);
        }
        if (!weights) {
            error_ = weights.error();
            return {};
        }
        const size_t owned = weights.value().owned_bytes();
        out_.bytes += owned > 0 ? owned : tensor.bytes;
        if (owned > 0) gguf_.file().release({tensor.data, tensor.bytes});
        return std::move(weights).value();
    }

    std::vector<float> vector(const TensorView& tensor) {
        if (!tensor) return {};
        std::vector<float> values(static_cast<size_t>(tensor.cols));
        std::memcpy(values.data(), tensor.data, tensor.bytes);
        out_.bytes += tensor.bytes;
        return values;
    }

    const std::optional<Error>& error() const { return error_; }

  private:
    const GgufFile& gguf_;
    const Hold hold_;
    const Kernels& kernels_;
    TaskPool& pool_;
    ModelWeights& out_;
    bool warned_ = false;
    std::optional<Error> error_;
};

LayerWeights prepare_layer(Preparer& prepare, const LayerTensors& tensors, bool by_neuron) {
    LayerWeights layer;
    layer.attention_norm = prepare.vector(tensors.attention_norm);
    layer.query = prepare.prepare(tensors.query, Layout::tiled);
    layer.key = prepare.prepare(tensors.key, Layout::tiled);
    layer.value = prepare.prepare(tensors.value, Layout::tiled);
    layer.output = prepare.prepare(tensors.output, Layout::tiled);
    layer.query_bias = prepare.vector(tensors.query_bias);
    layer.key_bias = prepare.vector(tensors.key_bias);
    layer.value_bias = prepare.vector(tensors.value_bias);
    layer.output_bias = prepare.vector(tensors.output_bias);
    layer.ffn_norm = prepare.vector(tensors.ffn_norm);
    if (tensors.router) layer.router = prepare.prepare(tensors.router, Layout::tiled);
    for (const FfnTensors& source : tensors.ffn) {
        FfnWeights ffn;
        ffn.by_neuron = by_neuron;
        ffn.gate = prepare.prepare(source.gate, Layout::tiled);
        ffn.up = prepare.prepare(source.up, by_neuron ? Layout::rows : Layout::tiled);
        ffn.down = prepare.prepare(source.down, by_neuron ? Layout::columns : Layout::tiled);
        ffn.gate_bias = prepare.vector(tensors.gate_bias);
        ffn.up_bias = prepare.vector(tensors.up_bias);
        ffn.down_bias = prepare.vector(tensors.down_bias);
        layer.ffn.push_back(std::move(ffn));
    }
    return layer;
}

}  // namespace

Status check_type(const GgufFile& gguf, const TensorView& tensor) {
    if (weight_type(tensor.type)) return {};
    return Error{"unsupported_quantisation",
                 gguf.path() + ": tensor '" + tensor.name + "' is " + tensor_type_name(tensor.type) +
                     "; F32, F16, BF16, Q8_0, Q4_0, Q4_K and Q6_K are supported: convert it with llama-quantize"};
}

uint64_t copied_bytes(const ModelTensors& tensors, bool by_neuron) {
    uint64_t bytes = tensors.output ? tensors.output.bytes : tensors.embedding.bytes;
    for (const LayerTensors& layer : tensors.layers) {
        bytes += layer.query.bytes + layer.key.bytes + layer.value.bytes + layer.output.bytes;
        for (const FfnTensors& ffn : layer.ffn) {
            bytes += ffn.gate.bytes + ffn.down.bytes + (by_neuron ? 0 : ffn.up.bytes);
        }
    }
    return bytes;
}

Result<ModelWeights> prepare_weights(const GgufFile& gguf, const ModelTensors& tensors, bool by_neuron, Hold hold,
                                     const Kernels& kernels, TaskPool& pool, const std::atomic<bool>& cancel) {
    try {
        ModelWeights weights;
        if (Status status = check_type(gguf, tensors.embedding); !status) return status.error();
        Preparer prepare(gguf, hold, kernels, pool, weights);
        weights.embedding = tensors.embedding;
        weights.output_norm = prepare.vector(tensors.output_norm);
        weights.output = prepare.prepare(tensors.output ? tensors.output : tensors.embedding, Layout::tiled);
        weights.output_bias = prepare.vector(tensors.output_bias);
        weights.rope_factors = prepare.vector(tensors.rope_factors);
        for (const LayerTensors& layer : tensors.layers) {
            if (cancel.load(std::memory_order_relaxed)) return Error{"cancelled", "loading was cancelled"};
            weights.layers.push_back(prepare_layer(prepare, layer, by_neuron));
            if (prepare.error()) return *prepare.error();
        }
        if (prepare.error()) return *prepare.error();
        return weights;
    } catch (const std::bad_alloc&) {
        return Error{"out_of_memory", gguf.path() + ": memory ran out while its weights were laid out"};
    }
}

void read_row(const TensorView& matrix, int64_t row, float* out) {
    const size_t row_size = matrix.bytes / static_cast<uint64_t>(matrix.rows);
    const std::byte* source = matrix.data + static_cast<size_t>(row) * row_size;
    if (matrix.type == LM_GGML_TYPE_F32) {
        std::memcpy(out, source, row_size);
        return;
    }
    lm_ggml_get_type_traits(static_cast<lm_ggml_type>(matrix.type))->to_float(source, out, matrix.cols);
}

}  // namespace phonon
