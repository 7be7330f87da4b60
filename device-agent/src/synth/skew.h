#pragma once
// Which neurons of a synthetic model fire how often, and when (HACKING.md, "Synthetic models", has the measured
// curves).
//
// Frequencies: a gate's value over tokens is Gaussian with deviation 1; its mean, the neuron's own, is drawn such that
// the neurons' shares of firing tokens follow Beta(0.83, 0.83 sparsity / (1 - sparsity)): Beta(0.83, 7.4) for 0.9.
//
// Time (bamboo): attention is a memory of tokens. Every head has a salience, a random linear function of a token; its
// query is a constant, so that the score of a past token is salience minus what it has lost with age, and the head's
// output is the value of the one token that leads. It holds until a token comes that is more salient than the leader
// still is. Ages are known through rope: the constant query and a constant part of the key, in slowly turning pairs,
// give -sin(angle x age). So the sum over heads changes a little with every token, forgets after some tens, and does
// so from the first tokens on and to the end of the context alike: nothing averages over a growing past.

#include <cstdint>
#include <string>
#include <vector>

#include "phonon/result.h"
#include "synth/shape.h"

namespace phonon {

enum class Skew : uint8_t {
    none,         // every neuron fires equally often, independently of the token before
    bamboo,       // as PowerInfer-2 measures Bamboo-7B: a spread of frequencies, consecutive tokens overlap
    independent,  // the same spread, without overlap
};

const char* to_string(Skew skew);
bool parse_skew(const std::string& name, Skew& out);

// Means of gates of deviation 1, ascending: evenly spaced quantiles.
std::vector<double> gate_means(double sparsity);

// What the constant adds to each row of Query and Key for the memory, rows in the file's order.
struct MemoryRows {
    std::vector<float> query;  // [heads * head_dim]
    std::vector<float> key;    // [kv_heads * head_dim]
};

// REQUIRES check_memory(). `stream` chooses the heads' saliences. The rest of a key has deviation 1.
MemoryRows plan_memory(const ModelShape& shape, uint64_t stream);
// Whether the shape's heads have pairs that turn slowly enough.
Status check_memory(const ModelShape& shape);

}  // namespace phonon
