#pragma once
// Where the memory of a run from a pack goes. One arithmetic for the engine, which must find out how many neurons its
// cache may hold, and for the planner, which foresees it.

#include <cstdint>
#include <string>

#include "model/hyperparameters.h"
#include "phonon/result.h"

namespace phonon {

// Tokens of a prompt that go through an FFN together: enough for the kernels, and a fraction of a batch's memory.
inline constexpr int64_t kFfnTokens = 128;

// What else than the model's file decides how much memory a run takes.
struct MemoryNeeds {
    uint64_t held_bytes = 0;  // by the process when all but the cache and what follows is loaded
    uint64_t kv_bytes = 0;    // K and V of all sequences
    int64_t tokens = 0;       // context of all sequences together
    int64_t sequences = 1;
    int64_t batch = 512;           // tokens evaluated together
    uint64_t embedding_bytes = 0;  // of the matrix in the file, whose rows are read one by one
    int64_t largest_block = 0;     // bytes that one read of a neuron brings
};

// Bytes by part. `fixed()` is everything but the cache.
struct MemoryUse {
    uint64_t held = 0;
    uint64_t kv = 0;
    uint64_t batch = 0;  // activations of a batch in prefill
    uint64_t logits = 0;
    uint64_t working = 0;    // the reader's buffers, the pipeline's lists, the cache's tables
    uint64_t embedding = 0;  // pages of rows that are read
    uint64_t reserve = 0;    // threads' stacks, the allocator's slack, the event spool: what nobody accounts for
    uint64_t fixed() const { return held + kv + batch + logits + working + embedding + reserve; }
};

MemoryUse memory_use(const Hyperparameters& hp, const MemoryNeeds& needs);

// Bytes of one large read: a whole layer in prefill, and the cache's first filling.
int64_t large_read_bytes(int64_t largest_block);

// Neurons below which nothing works: two layers put together, or all of one layer's active.
int64_t least_slots(int64_t neurons);

// Of a cache of so many slots, those that hot neurons may take: half, and never what a prompt's layers borrow.
int64_t most_hot_slots(int64_t neurons, int64_t slots);

// Neurons that fit into the cache: at most `wanted` (0: all of the model's), in `memory_bytes` for everything.
// Error: budget_too_small, which names the smallest that works; `name` is what it is about.
Result<int64_t> cache_slots(const Hyperparameters& hp, const MemoryUse& use, int64_t slot_bytes, uint64_t memory_bytes,
                            int64_t wanted, const std::string& name);

}  // namespace phonon
