#include "packing/profiling_ffn.h"

#include <array>

#include "kernels/formats.h"
#include "model/firing_gates.h"

namespace phonon {

Result<int64_t> ProfilingFfn::run(int64_t, const float* x, int64_t m, float* y) {
    const FfnWeights& w = *weights_;
    const int64_t width = hp_.ffn, padded = round_up(width, kTileRows);
    for (auto* buffer : {&gate_, &up_, &estimates_}) buffer->resize(static_cast<size_t>(m * padded));
    const std::array types{w.gate.type(), w.up.type(), TwoBitGate::kInputType};
    inputs_.assign(x, m, hp_.embedding, hp_.embedding, types, kernels_, pool_);
    const std::array both{Product{&w.gate, gate_.data(), width}, Product{&w.up, up_.data(), width}};
    multiply(both, inputs_, kernels_, pool_);
    add_bias(w.gate_bias, gate_.data(), m);
    add_bias(w.up_bias, up_.data(), m);
    if (sparsity_ > 0 && threshold_ == 0) threshold_ = silu_threshold(gate_.data(), m * width, sparsity_);
    const FiringGates firing = firing_gates(hp_.activation, threshold_);
    pool_.run(m, [&](int64_t t, int) {
        const float* gate = gate_.data() + t * width;
        float* h = up_.data() + t * width;
        for (int64_t i = 0; i < width && threshold_ > 0; ++i) h[i] = firing.contains(gate[i]) ? h[i] : 0;
        activate(hp_.activation, kernels_, gate, h, h, width);
        gate_copy_->estimate(0, width, inputs_, t, estimates_.data() + t * padded, kernels_);
        add_bias(w.gate_bias, estimates_.data() + t * padded, 1);
    });
    for (int64_t t = 0; t < m; ++t) {
        profile_->see(gate_.data() + t * width, up_.data() + t * width, estimates_.data() + t * padded);
    }
    const std::array down_type{w.down.input_type()};
    middle_.assign(up_.data(), m, width, width, down_type, kernels_, pool_);
    const Product down{&w.down, y, hp_.embedding};
    multiply({&down, 1}, middle_, kernels_, pool_);
    add_bias(w.down_bias, y, m);
    return width;
}

}  // namespace phonon
