#include "packing/profiling_ffn.h"

#include <algorithm>
#include <array>

#include "model/firing_gates.h"

namespace phonon {

void ProfilingFfn::watch(const FfnWeights& weights, LayerTrace& trace, int64_t tokens) {
    weights_ = &weights;
    trace_ = &trace;
    threshold_ = 0;
    trace.tokens = 0;
    trace.embedding = hp_.embedding;
    trace.neurons = hp_.ffn;
    trace.x.resize(static_cast<size_t>(tokens * hp_.embedding));
    for (auto* values : {&trace.gate, &trace.h}) values->resize(static_cast<size_t>(tokens * hp_.ffn));
}

Result<int64_t> ProfilingFfn::run(int64_t, const float* x, int64_t m, float* y) {
    const FfnWeights& w = *weights_;
    const int64_t width = hp_.ffn;
    float* gates = trace_->gate.data() + trace_->tokens * width;
    float* middle = trace_->h.data() + trace_->tokens * width;
    std::copy_n(x, m * hp_.embedding, trace_->x.data() + trace_->tokens * hp_.embedding);
    const std::array types{w.gate.type(), w.up.type()};
    inputs_.assign(x, m, hp_.embedding, hp_.embedding, types, kernels_, pool_);
    const std::array both{Product{&w.gate, gates, width}, Product{&w.up, middle, width}};
    multiply(both, inputs_, kernels_, pool_);
    add_bias(w.gate_bias, gates, m);
    add_bias(w.up_bias, middle, m);
    if (sparsity_ > 0 && threshold_ == 0) threshold_ = silu_threshold(gates, m * width, sparsity_);
    const FiringGates firing = firing_gates(hp_.activation, threshold_);
    pool_.run(m, [&](int64_t t, int) {
        const float* gate = gates + t * width;
        float* h = middle + t * width;
        for (int64_t i = 0; i < width && threshold_ > 0; ++i) h[i] = firing.contains(gate[i]) ? h[i] : 0;
        activate(hp_.activation, kernels_, gate, h, h, width);
    });
    trace_->tokens += m;
    const std::array down_type{w.down.input_type()};
    middle_.assign(middle, m, width, width, down_type, kernels_, pool_);
    const Product down{&w.down, y, hp_.embedding};
    multiply({&down, 1}, middle_, kernels_, pool_);
    add_bias(w.down_bias, y, m);
    return width;
}

}  // namespace phonon
