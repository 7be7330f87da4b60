#include "engine/ffn.h"

#include <algorithm>
#include <array>

namespace phonon {
namespace {

void grow(std::vector<float>& buffer, int64_t size) {
    if (buffer.size() < static_cast<size_t>(size)) buffer.resize(static_cast<size_t>(size));
}

}  // namespace

void activate(Activation activation, const Kernels& kernels, const float* gate, const float* up, float* y, int64_t n) {
    switch (activation) {
        case Activation::silu:
            kernels.silu_mul(gate, up, y, n);
            return;
        case Activation::relu:
            kernels.relu_mul(gate, up, y, n);
            return;
        case Activation::drelu:
            for (int64_t i = 0; i < n; ++i) y[i] = std::max(gate[i], 0.0f) * std::max(up[i], 0.0f);
            return;
        case Activation::relu2:
            for (int64_t i = 0; i < n; ++i) {
                const float positive = std::max(gate[i], 0.0f);
                y[i] = positive * positive * up[i];
            }
            return;
    }
}

void add_bias(const std::vector<float>& bias, float* y, int64_t m) {
    const auto width = static_cast<int64_t>(bias.size());
    for (int64_t t = 0; t < m && width > 0; ++t) {
        for (int64_t i = 0; i < width; ++i) y[t * width + i] += bias[static_cast<size_t>(i)];
    }
}

Ffn::Ffn(int64_t embedding, int64_t width, Activation activation, const Kernels& kernels, TaskPool& pool)
    : embedding_(embedding), width_(width), activation_(activation), kernels_(kernels), pool_(pool) {}

std::vector<WeightType> Ffn::input_types(const FfnWeights& w) {
    if (w.gate.type() == w.up.type()) return {w.gate.type()};
    return {w.gate.type(), w.up.type()};
}

int64_t Ffn::find_active(const FfnWeights& w, const float* gate) {
    active_.resize(static_cast<size_t>(width_));
    size_t count = 0;
    for (int64_t i = 0; i < width_; ++i) {
        active_[count] = static_cast<int32_t>(i);
        count += w.firing.contains(gate[i]) ? 1 : 0;
    }
    active_.resize(count);
    return static_cast<int64_t>(count);
}

void Ffn::down_dense(const FfnWeights& w, const float* activations, int64_t m, float* y) {
    const std::array types{w.down.input_type()};
    middle_.assign(activations, m, width_, width_, types, kernels_, pool_);
    const Product product{&w.down, y, embedding_};
    multiply({&product, 1}, middle_, kernels_, pool_);
    add_bias(w.down_bias, y, m);
}

int64_t Ffn::run(const FfnWeights& w, const Inputs& inputs, float* y) {
    const int64_t m = inputs.count();
    grow(gate_, m * width_);
    grow(up_, m * width_);
    int64_t wanted = width_ + 1;  // neurons over all tokens, more than all if they cannot be told apart
    if (w.by_neuron) {
        const Product gate{&w.gate, gate_.data(), width_};
        multiply({&gate, 1}, inputs, kernels_, pool_);
        add_bias(w.gate_bias, gate_.data(), m);
        wanted = 0;
        for (int64_t t = 0; t < m && wanted <= width_; ++t) wanted += find_active(w, gate_.data() + t * width_);
    }
    if (wanted <= width_ && m == 1) {
        down_neurons(w, inputs, 0, gate_.data(), y);  // active_ still holds its neurons
        return wanted;
    }
    if (wanted <= width_) {
        union_.assign(static_cast<size_t>(width_), 0);
        for (int64_t t = 0; t < m; ++t) {
            find_active(w, gate_.data() + t * width_);
            for (const int32_t neuron : active_) union_[static_cast<size_t>(neuron)] = 1;
            down_neurons(w, inputs, t, gate_.data() + t * width_, y + t * embedding_);
        }
        return std::count(union_.begin(), union_.end(), 1);
    }
    if (w.by_neuron) {
        const Product up{&w.up, up_.data(), width_};
        multiply({&up, 1}, inputs, kernels_, pool_);
    } else {
        const std::array both{Product{&w.gate, gate_.data(), width_}, Product{&w.up, up_.data(), width_}};
        multiply(both, inputs, kernels_, pool_);
        add_bias(w.gate_bias, gate_.data(), m);
    }
    add_bias(w.up_bias, up_.data(), m);
    const bool below_threshold = w.by_neuron && activation_ == Activation::silu;  // others are zero there anyway
    const auto activate_token = [&](int64_t t) {
        float *gate = gate_.data() + t * width_, *up = up_.data() + t * width_;
        for (int64_t i = 0; i < width_ && below_threshold; ++i) up[i] = w.firing.contains(gate[i]) ? up[i] : 0;
        activate(activation_, kernels_, gate, up, gate, width_);
    };
    if (m == 1) {
        activate_token(0);
    } else {
        pool_.run(m, [&](int64_t t, int) { activate_token(t); });
    }
    down_dense(w, gate_.data(), m, y);
    return width_;
}

// One token, with its active neurons in active_; `gate` is its row of gate_. Uses up_.
void Ffn::down_neurons(const FfnWeights& w, const Inputs& inputs, int64_t token, float* gate, float* y) {
    multiply_rows(w.up, active_, inputs, token, up_.data(), kernels_, pool_);
    const size_t count = active_.size();
    gathered_.resize(count);
    for (size_t k = 0; k < count; ++k) {
        const auto neuron = static_cast<size_t>(active_[k]);
        gathered_[k] = gate[neuron];
        if (!w.up_bias.empty()) up_[k] += w.up_bias[neuron];
    }
    activate(activation_, kernels_, gathered_.data(), up_.data(), gathered_.data(), static_cast<int64_t>(count));
    if (w.down.layout() != Layout::columns) {
        std::fill_n(gate, width_, 0.0f);
        for (size_t k = 0; k < count; ++k) gate[active_[k]] = gathered_[k];
        down_dense(w, gate, 1, y);
        return;
    }
    if (activation_ == Activation::drelu) {
        size_t kept = 0;  // Up's sign decides too
        for (size_t k = 0; k < count; ++k) {
            active_[kept] = active_[k];
            gathered_[kept] = gathered_[k];
            kept += gathered_[k] > 0.0f ? 1 : 0;
        }
        active_.resize(kept);
    }
    multiply_columns(w.down, active_, gathered_.data(), y, kernels_, pool_);
    add_bias(w.down_bias, y, 1);
}

int64_t Ffn::run_each(std::span<const FfnWeights* const> networks, const Inputs& inputs, float* y) {
    const auto count = static_cast<int64_t>(networks.size());
    grow(gate_, count * width_);
    grow(up_, count * width_);
    products_.clear();
    for (int64_t n = 0; n < count; ++n) {
        const FfnWeights& w = *networks[static_cast<size_t>(n)];
        products_.push_back({&w.gate, gate_.data() + n * width_, width_});
        if (!w.by_neuron) products_.push_back({&w.up, up_.data() + n * width_, width_});
    }
    multiply(products_, inputs, kernels_, pool_);
    int64_t computed = 0;
    for (int64_t n = 0; n < count; ++n) {
        const FfnWeights& w = *networks[static_cast<size_t>(n)];
        float* gate = gate_.data() + n * width_;
        add_bias(w.gate_bias, gate, 1);
        if (w.by_neuron) {
            computed += find_active(w, gate);
            down_neurons(w, inputs, 0, gate, y + n * embedding_);
            continue;
        }
        add_bias(w.up_bias, up_.data() + n * width_, 1);
        activate(activation_, kernels_, gate, up_.data() + n * width_, gate, width_);
        down_dense(w, gate, 1, y + n * embedding_);
        computed += width_;
    }
    return computed;
}

}  // namespace phonon
