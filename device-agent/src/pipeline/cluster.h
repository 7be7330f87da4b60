#pragma once
// What the cluster pipeline knows of the layer that it computes: its clusters, and what each thread works with.

#include <array>
#include <atomic>
#include <vector>

#include "pipeline/cluster_pipeline.h"
#include "pipeline/neuron_read.h"

namespace phonon {

// Neurons [begin, end) of the layer. Members are indices into `neurons`.
struct ClusterPipeline::Cluster {
    int64_t begin = 0, end = 0;
    std::vector<int32_t> neurons;  // candidates, ascending
    std::vector<float> estimates;  // [candidate] the predictor's
    std::vector<int32_t> slots;    // [candidate] where it is or will be
    std::vector<float> h;          // [candidate] activations
    std::vector<int32_t> hits;     // members in memory
    int64_t hot_hits = 0;          // of them in the hot region
    std::vector<int32_t> missing;  // members that flash owes
    std::vector<uint8_t> pieces;   // [candidate] reads that have not come; the I/O thread's once they are asked for
    std::vector<Part> last;        // [candidate] what was asked for last
    std::vector<float> gates;      // [candidate] exact, of those whose rest was asked for
    std::vector<int32_t> arrived;  // members that came from flash, where Gate comes first twice; the I/O thread's
    std::atomic<bool> predicted = false;
    std::atomic<int32_t> arrived_count = 0, arrived_taken = 0;
    std::atomic<int32_t> owed = 0;  // arrivals that were asked for
    std::atomic<int32_t> open = 0;  // candidates without activation, and one for the hits as a whole
    int32_t missing_count() const { return static_cast<int32_t>(missing.size()); }
    int64_t active = 0;
};

// One thread's.
struct ClusterPipeline::Scratch {
    std::vector<float> estimates, gate, up;
    std::vector<int32_t> slots, members, columns;
    std::vector<int32_t> unread, rest;  // members whose rest is to be asked for; whose rest has come
    ClusterCounts counts;
    std::array<uint32_t, kHeatBins> heat;

    // Of members, slots and gate, which go together: moves one to the front, and drops those behind.
    void keep(size_t to, size_t from, float its_gate) {
        members[to] = members[from];
        slots[to] = slots[from];
        gate[to] = its_gate;
    }
    void shorten(size_t count) {
        members.resize(count);
        slots.resize(count);
        gate.resize(count);
    }
};

}  // namespace phonon
