#pragma once
// How large the random weights must be: a forward pass of variances.
//
// Every matrix is drawn with a deviation that gives its output a chosen variance for inputs of the variance that this
// pass has computed so far. The embedding gives the residual stream its first variance; the FFNs of all layers together
// add as much again, their attention half of that where a token sees nothing but itself and almost nothing where it
// averages over many. So the residual's size, which decides the sparsity, is known within some per cent whatever
// attention does. Logits have a deviation of about 2.5. With tied embeddings, the residual still resembles the current
// token's embedding, which would make every token its own likeliest successor; output_norm's weights have random signs
// then, which hide the resemblance.
//
// Sparsity of a ReLU model (share of neurons whose gate is negative):
//   - Columns 0..31 of the residual stream hold a constant: the same value in every token's embedding, and rows 0..31
//     of every attention output and Down matrix are zero, so nothing adds to it.
//   - Columns 0..31 of every Gate row hold one negative constant, so their product is the same bias for every neuron;
//     columns 0..31 of Up, and of the router, are zero.
//   - ffn_norm's weights 0..31 set the size of that bias per layer; those of attn_norm and output_norm are zero, so
//     nothing else sees the constant. Other norm weights are 1.
//   A gate's value over tokens is then Gaussian, with the mean that leaves the wanted share positive. Firing is
//   independent from neuron to neuron and from token to token. The first tokens of a sequence, which attend to few
//   others, have a larger residual and are a little denser.
//
// The share holds for the activation that the file names (phonon.activation). Stock llama.cpp always computes SiLU for
// the llama architecture: it runs such a ReLU file at the same speed, but adds other amounts to the residual, so there
// the share of negative gates drifts from layer to layer (0.90 to 0.86 over 8 layers for relu).
//
// With a skew (skew.h) the heads of Gate's rows differ: each holds its neuron's own mean. For bamboo, attn_norm lets
// the constant through, 32 columns of which make the constant parts of queries and keys; Value's are zero. Layer 0's
// memory adds several times the embedding's variance to the residual, so that gates read mostly what changes
// slowly, and the other layers' attention makes up for what FFNs add that changes faster.
//
// Measured with `phonon-model measure` (llama.cpp, random tokens), share of positive gates for --sparsity 0.9, Q4_0,
// smallthinker: llama-3.2-1b 0.100 to 0.101 by layer over 256 tokens, mistral-7b 0.100 to 0.103 over 128; a model 1024
// wide, in its 32nd layer over 1 / 8 / 32 / 128 / 2048 tokens, 0.157 / 0.125 / 0.113 / 0.104 / 0.099. Phonon's engine
// counts the same for the llama file as for the smallthinker file (0.102 to 0.104, llama-3.2-1b cut to 4 layers).

#include <span>
#include <vector>

#include "ggml.h"
#include "phonon/model_info.h"
#include "synth/row_filler.h"
#include "synth/shape.h"
#include "synth/skew.h"

namespace phonon {

// How the codes of quantised weights lie.
inline Codes codes_of(Skew skew) {
    return skew == Skew::none ? Codes::uniform : Codes::bell;
}

// Standard deviations of the weights, except where said otherwise.
struct LayerScale {
    double query = 0;
    double key_value = 0;
    double attention_output = 0;
    double router = 0;
    double gate = 0;
    double up = 0;
    double down = 0;
    double gate_head = 0;     // value of Gate's head columns; 0 without sparsity
    float ffn_norm_head = 1;  // value of ffn_norm's head weights
    float attention_norm_head = 0;

    // With a skew: head values per unit of what a row's product with the constant shall be.
    double gate_head_by_row = 0;
    double attention_head_by_row = 0;
};

struct ModelScale {
    double embedding = 0;
    double embedding_head = 0;  // value of the embedding's head columns; 0 without sparsity
    double output = 0;          // of the output matrix, where there is one
    float output_norm = 1;      // magnitude of output_norm's weights
    std::vector<LayerScale> layers;
};

// `sparsity` in [0.5, 1): share of negative gates; 0.5 needs no bias and has no skew. `means` are gate_means(), empty
// without a skew. `type` is that of the matrices.
ModelScale plan_scale(const ModelShape& shape, Activation activation, double sparsity, Skew skew,
                      std::span<const double> means, lm_ggml_type type);

}  // namespace phonon
