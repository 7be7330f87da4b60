// The cluster pipeline's arithmetic: Gate, Up and Down of a cluster's candidates.

#include "kernels/weights_data.h"
#include "pipeline/cluster.h"

namespace phonon {

// Takes out of scratch.members, slots and gate, which go together, what does not fire.
void ClusterPipeline::keep_firing(Cluster& cluster, Scratch& scratch) const {
    size_t kept = 0;
    for (size_t i = 0; i < scratch.members.size(); ++i) {
        const auto k = static_cast<size_t>(scratch.members[i]);
        const auto neuron = static_cast<size_t>(cluster.neurons[k]);
        const float gate = scratch.gate[i] + (layer_->gate_bias.empty() ? 0.0f : layer_->gate_bias[neuron]);
        cluster.h[k] = 0;
        if (!layer_->firing.contains(gate)) continue;
        scratch.keep(kept++, i, gate);
    }
    scratch.shorten(kept);
}

// Takes out those of which only Gate was read, and asks for the rest. Returns how many.
int32_t ClusterPipeline::ask_for_rest(Cluster& cluster, Scratch& scratch) {
    scratch.unread.clear();
    size_t kept = 0;
    for (size_t i = 0; i < scratch.members.size(); ++i) {
        const auto k = static_cast<size_t>(scratch.members[i]);
        if (is_first_half(cluster.last[k])) {
            cluster.gates[k] = scratch.gate[i];
            scratch.unread.push_back(scratch.members[i]);
        } else {
            scratch.keep(kept++, i, scratch.gate[i]);
        }
    }
    scratch.shorten(kept);
    if (scratch.unread.empty()) return 0;
    const auto count = static_cast<int32_t>(scratch.unread.size());
    cluster.owed.fetch_add(count, std::memory_order_relaxed);
    {
        const std::lock_guard lock(asking_);
        for (const int32_t k : scratch.unread) {
            const auto candidate = static_cast<size_t>(k);
            cluster.pieces[candidate] = config_.bundles ? 1 : 2;
            if (config_.bundles) {
                want(cluster, candidate, Part::tail);
            } else {
                for (const Part part : {Part::up, Part::down}) want(cluster, candidate, part);
            }
        }
    }
    reader_->go();
    return count;
}

// Returns how many have their activation now; the others wait for the rest of their bundle.
int32_t ClusterPipeline::compute(Cluster& cluster, std::span<const int32_t> members, Scratch& scratch) {
    if (members.empty()) return 0;
    const BundleLayout& bundle = layer_->bundle;
    const auto rows = [&](WeightType type, int64_t offset, std::vector<float>& out) {
        out.resize(scratch.slots.size());
        const BlockView x = inputs_->data().forms[static_cast<int>(input_kind(type))].row(0);
        kernels_.matrix->types[static_cast<int>(type)].dot_rows(
            cache_.arena() + offset, static_cast<size_t>(cache_.shape().slot_bytes), scratch.slots.data(),
            static_cast<int64_t>(scratch.slots.size()), embedding_, x, out.data());
    };
    scratch.shorten(0);
    scratch.rest.clear();
    int64_t first_halves = 0;
    for (const int32_t k : members) {
        const Part last = cluster.last[static_cast<size_t>(k)];
        const bool has_gate = last == Part::tail || last == Part::down;
        first_halves += is_first_half(last) ? 1 : 0;
        (has_gate ? scratch.rest : scratch.members).push_back(k);
        if (!has_gate) scratch.slots.push_back(cluster.slots[static_cast<size_t>(k)]);
    }
    rows(bundle.gate_type, 0, scratch.gate);
    keep_firing(cluster, scratch);
    const int32_t unread = gate_first_ ? ask_for_rest(cluster, scratch) : 0;
    if (first_halves > 0) gates_open_.fetch_sub(first_halves, std::memory_order_release);
    for (const int32_t k : scratch.rest) {
        scratch.members.push_back(k);
        scratch.slots.push_back(cluster.slots[static_cast<size_t>(k)]);
        scratch.gate.push_back(cluster.gates[static_cast<size_t>(k)]);
    }

    // Only what fires needs Up.
    rows(bundle.up_type, bundle.up_at(), scratch.up);
    for (size_t i = 0; i < scratch.members.size() && !layer_->up_bias.empty(); ++i) {
        scratch.up[i] += layer_->up_bias[static_cast<size_t>(cluster.neurons[static_cast<size_t>(scratch.members[i])])];
    }
    activate_(scratch.gate.data(), scratch.up.data(), scratch.gate.data(),
              static_cast<int64_t>(scratch.members.size()));
    for (size_t i = 0; i < scratch.members.size(); ++i) {
        cluster.h[static_cast<size_t>(scratch.members[i])] = scratch.gate[i];
    }
    return static_cast<int32_t>(members.size()) - unread;
}

void ClusterPipeline::sum_down(Cluster& cluster, Scratch& scratch) {
    scratch.columns.clear();
    scratch.slots.clear();
    scratch.gate.clear();
    for (size_t k = 0; k < cluster.neurons.size(); ++k) {
        if (cluster.h[k] == 0) continue;
        scratch.columns.push_back(cluster.neurons[k]);
        ++scratch.heat[layer_->heat_bin[static_cast<size_t>(cluster.neurons[k])]];
        scratch.slots.push_back(cluster.slots[k]);
        scratch.gate.push_back(cluster.h[k]);
    }
    cluster.active = static_cast<int64_t>(scratch.columns.size());
    sum_columns(layer_->columns, layer_->bundle.down_type, scratch.columns, scratch.slots, scratch.gate.data(),
                parts_.as<float>() + (&cluster - clusters_.get()) * layer_->columns.padded_rows, kernels_);
}

}  // namespace phonon
