#include "pack/memory_budget.h"

#include <algorithm>

namespace phonon {
namespace {

constexpr uint64_t kReserve = uint64_t{32} << 20;
// A token's embedding lies on at most two pages of the file.
constexpr uint64_t kEmbeddingPages = 2 * 4096;
constexpr int64_t kLargeRead = 1 << 20;             // where flash is fastest on every curve that `probe` has measured
constexpr uint64_t kDepth = 64, kLargeBuffers = 8;  // buffers of the reader

std::string mebibytes(uint64_t bytes) {
    return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MiB";
}

}  // namespace

int64_t large_read_bytes(int64_t largest_block) {
    return std::max(kLargeRead, largest_block);
}

int64_t least_slots(int64_t neurons) {
    return 2 * neurons;
}

int64_t most_hot_slots(int64_t neurons, int64_t slots) {
    return std::min(slots / 2, slots - least_slots(neurons));
}

MemoryUse memory_use(const Hyperparameters& hp, const MemoryNeeds& needs) {
    const auto unsigned_of = [](int64_t n) { return static_cast<uint64_t>(n); };
    MemoryUse use;
    use.held = needs.held_bytes;
    use.kv = needs.kv_bytes;
    // A batch of prefill: its stream, and queries, keys and values in one or two forms; of the FFN some tokens at a
    // time.
    const int64_t width = (hp.heads + hp.kv_heads) * hp.head_dim;
    use.batch = unsigned_of(needs.batch * (4 * hp.embedding + 2 * width) +
                            std::min(needs.batch, kFfnTokens) * (4 * hp.ffn + 2 * hp.embedding)) *
                sizeof(float);
    use.logits = unsigned_of(hp.vocabulary) * sizeof(float) * unsigned_of(needs.sequences);
    use.working = kDepth * unsigned_of(needs.largest_block) +
                  kLargeBuffers * unsigned_of(large_read_bytes(needs.largest_block)) +
                  // Lists of candidates, the sums of Down's parts, what is asked for, and the cache's own tables.
                  unsigned_of(hp.ffn) * 200 + unsigned_of(hp.embedding) * 64 + unsigned_of(hp.layers * hp.ffn) * 24;
    use.embedding = std::min(needs.embedding_bytes, unsigned_of(needs.tokens) * kEmbeddingPages);
    use.reserve = kReserve;
    return use;
}

Result<int64_t> cache_slots(const Hyperparameters& hp, const MemoryUse& use, int64_t slot_bytes, uint64_t memory_bytes,
                            int64_t wanted, const std::string& name) {
    const int64_t all = hp.layers * hp.ffn, least = least_slots(hp.ffn);
    const uint64_t smallest = use.fixed() + static_cast<uint64_t>(least * slot_bytes);
    if (memory_bytes < smallest) {
        return Error{"budget_too_small", name + ": " + mebibytes(memory_bytes) +
                                             " are too little; the smallest that works here is " + mebibytes(smallest) +
                                             " (of it " + mebibytes(use.fixed()) + " beside the neuron cache)"};
    }
    const auto fit = static_cast<int64_t>((memory_bytes - use.fixed()) / static_cast<uint64_t>(slot_bytes));
    return std::clamp(std::min(wanted > 0 ? wanted : all, fit), least, std::max(least, all));
}

}  // namespace phonon
