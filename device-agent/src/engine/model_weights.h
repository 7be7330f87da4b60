#pragma once
// A model's weights, laid out for the engine.
//
//   attention, output head, and FFNs whose activation has no zeros (SiLU):  tiled
//   FFNs with a ReLU:  Gate tiled (read whole), Up by rows (borrowed from the file), Down by columns

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "base/task_pool.h"
#include "kernels/kernels.h"
#include "kernels/weights.h"
#include "model/firing_gates.h"
#include "model/gguf_file.h"
#include "model/model_tensors.h"
#include "phonon/result.h"

namespace phonon {

struct FfnWeights {
    Weights gate;                                      // [ffn][embedding]
    Weights up;                                        // [ffn][embedding]
    Weights down;                                      // [embedding][ffn]
    bool by_neuron = false;                            // laid out so that single neurons can be computed,
    FiringGates firing;                                // and then those with such a gate are
    std::vector<float> gate_bias, up_bias, down_bias;  // empty: none
};

struct LayerWeights {
    std::vector<float> attention_norm;
    Weights query, key, value, output;
    std::vector<float> query_bias, key_bias, value_bias, output_bias;  // empty: none
    std::vector<float> ffn_norm;
    Weights router;               // only with several experts
    std::vector<FfnWeights> ffn;  // [experts]
};

struct ModelWeights {
    TensorView embedding;  // in the mapped file: rows are read one by one
    std::vector<float> output_norm;
    Weights output;
    std::vector<float> output_bias;   // empty: none
    std::vector<float> rope_factors;  // empty: none
    std::vector<LayerWeights> layers;
    uint64_t bytes = 0;  // copies, and what is borrowed from the file
    std::vector<std::string> warnings;
};

// How weights are held: laid out for speed, or as they lie in the file, from where they are read whenever they are
// used: slower, but hardly any memory of this process's own.
enum class Hold : uint8_t { laid_out, borrowed };

// Bytes of memory that prepare_weights() will copy, about.
uint64_t copied_bytes(const ModelTensors& tensors, bool by_neuron);

// `by_neuron`: the activation leaves neurons out, the positive gates fire unless the caller sets FfnWeights::firing.
// The tensors lie in `gguf`, which must outlive the weights; the pages of what was copied are given back.
// Errors: unsupported_quantisation, cancelled, out_of_memory.
Result<ModelWeights> prepare_weights(const GgufFile& gguf, const ModelTensors& tensors, bool by_neuron, Hold hold,
                                     const Kernels& kernels, TaskPool& pool, const std::atomic<bool>& cancel);

// Converts a matrix's row `row` to floats. REQUIRES a type that prepare_weights() accepts.
void read_row(const TensorView& matrix, int64_t row, float* out);
// What the engine can compute with, as an error if not.
Status check_type(const GgufFile& gguf, const TensorView& tensor);

}  // namespace phonon
