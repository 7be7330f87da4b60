#include "packing/requantised_layer.h"

#include <algorithm>
#include <cstring>

#include "ggml.h"
#include "kernels/formats.h"
#include "pack/weight_types.h"

namespace phonon {
namespace {

// Columns that are transposed together: of no type they divide a block.
constexpr int64_t kTogether = kSuper;

// Row `row`'s columns [first, first + count) as floats. REQUIRES whole blocks.
void read_part(const TensorView& matrix, int64_t row, int64_t first, int64_t count, float* out) {
    const auto type = static_cast<lm_ggml_type>(matrix.type);
    const std::byte* at =
        matrix.data + static_cast<size_t>(row) * lm_ggml_row_size(type, matrix.cols) + lm_ggml_row_size(type, first);
    if (type == LM_GGML_TYPE_F32) {
        std::memcpy(out, at, static_cast<size_t>(count) * sizeof(float));
    } else {
        lm_ggml_get_type_traits(type)->to_float(at, out, count);
    }
}

void quantise(WeightType type, const float* rows, int64_t count, int64_t cols, std::byte* out) {
    lm_ggml_quantize_chunk(static_cast<lm_ggml_type>(ggml_type(type)), rows, out, 0, count, cols, nullptr);
}

void quantise_rows(const TensorView& matrix, WeightType type, std::byte* out, TaskPool& pool) {
    const auto bytes = static_cast<int64_t>(row_bytes(type, matrix.cols));
    pool.run((matrix.rows + kTileRows - 1) / kTileRows, [&](int64_t task, int) {
        std::vector<float> row(static_cast<size_t>(matrix.cols));
        for (int64_t r = task * kTileRows; r < std::min(matrix.rows, (task + 1) * kTileRows); ++r) {
            read_row(matrix, r, row.data());
            quantise(type, row.data(), 1, matrix.cols, out + r * bytes);
        }
    });
}

void quantise_columns(const TensorView& matrix, WeightType type, std::byte* out, TaskPool& pool) {
    const auto bytes = static_cast<int64_t>(row_bytes(type, matrix.rows));
    pool.run((matrix.cols + kTogether - 1) / kTogether, [&](int64_t task, int) {
        const int64_t first = task * kTogether, count = std::min(kTogether, matrix.cols - first);
        std::vector<float> columns(static_cast<size_t>(count * matrix.rows));
        std::vector<float> part(static_cast<size_t>(count));
        for (int64_t r = 0; r < matrix.rows; ++r) {
            read_part(matrix, r, first, count, part.data());
            for (int64_t c = 0; c < count; ++c) {
                columns[static_cast<size_t>(c * matrix.rows + r)] = part[static_cast<size_t>(c)];
            }
        }
        quantise(type, columns.data(), count, matrix.rows, out + first * bytes);
    });
}

}  // namespace

Result<RequantisedLayer> RequantisedLayer::make(const FfnTensors& source, const FfnWeights& original,
                                                const BundleLayout& bundle, const Kernels& kernels, TaskPool& pool) {
    RequantisedLayer layer;
    const auto rows = [&](const TensorView& matrix, WeightType type, AlignedBuffer& buffer) -> const std::byte* {
        if (weight_type(matrix.type) == type) return matrix.data;
        if (!buffer.reserve(static_cast<size_t>(matrix.rows) * row_bytes(type, matrix.cols))) return nullptr;
        quantise_rows(matrix, type, buffer.as<std::byte>(), pool);
        return buffer.as<std::byte>();
    };
    layer.bytes_.gate = rows(source.gate, bundle.gate_type, layer.gate_);
    layer.bytes_.up = rows(source.up, bundle.up_type, layer.up_);
    const int64_t neurons = source.down.cols, embedding = source.down.rows;
    if (layer.bytes_.gate == nullptr || layer.bytes_.up == nullptr ||
        !layer.down_.reserve(static_cast<size_t>(neurons * bundle.down_bytes))) {
        return Error{"out_of_memory", "no memory for a layer that is quantised anew; free some"};
    }
    quantise_columns(source.down, bundle.down_type, layer.down_.as<std::byte>(), pool);
    layer.bytes_.down = {.padded_rows = embedding,
                         .column_bytes = bundle.down_bytes,
                         .codes = layer.down_.as<std::byte>(),
                         .transposed = true};

    FfnWeights& w = layer.weights_;
    const auto prepare = [&](WeightType type, const std::byte* data) {
        return Weights::prepare({type, data, neurons, embedding}, Layout::rows, kernels, pool);
    };
    auto gate = prepare(bundle.gate_type, layer.bytes_.gate), up = prepare(bundle.up_type, layer.bytes_.up);
    if (!gate) return gate.error();
    if (!up) return up.error();
    w.gate = std::move(gate).value();
    w.up = std::move(up).value();
    w.down = Weights::view(bundle.down_type, embedding, neurons, layer.bytes_.down);
    w.gate_bias = original.gate_bias;
    w.up_bias = original.up_bias;
    w.down_bias = original.down_bias;
    return layer;
}

}  // namespace phonon
