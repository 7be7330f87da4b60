#include <algorithm>
#include <cstring>
#include <new>

#include "kernels/half.h"
#include "kernels/kernels.h"
#include "kernels/weights_data.h"

namespace phonon {
namespace {

// [n][count] entries of `size` bytes -> [count][n].
void interleave(const std::byte* from, std::byte* to, int n, int64_t count, size_t size) {
    for (int64_t i = 0; i < count; i++) {
        for (int t = 0; t < n; t++) {
            memcpy(to, from + (t * count + i) * static_cast<int64_t>(size), size);
            to += size;
        }
    }
}

void need(AlignedBuffer& buffer, int64_t bytes) {
    if (!buffer.reserve(static_cast<size_t>(bytes))) throw std::bad_alloc();
}

}  // namespace

void InputForm::resize(InputKind kind, int64_t m, int64_t cols, int block_tokens) {
    kind_ = kind;
    m_ = m;
    cols_ = cols;
    blocks_ = (m + block_tokens - 1) / block_tokens;
    const bool q8_0 = kind == InputKind::q8_0, q8_k = kind == InputKind::q8_k;
    codes_ = q8_0 || q8_k ? cols : 0;
    scales_ = q8_0 ? cols / kGroup : q8_k ? cols / kSuper : 0;
    sums_ = q8_0 ? cols / kGroup : q8_k ? cols / 16 : 0;
    group_sums_ = q8_k ? cols / kGroup : 0;
    values_ = q8_0 || q8_k ? 0 : round_up(cols, kFloatColumns);
    reserve(alone_);
    if (m > 1) reserve(together_);
}

void InputForm::reserve(Arrays& arrays) {
    need(arrays.codes, m_ * codes_);
    need(arrays.scales, m_ * scales_ * 4);
    need(arrays.sums, m_ * sums_ * 4);
    need(arrays.group_sums, m_ * group_sums_ * 4);
    need(arrays.values, m_ * values_ * 4);
}

BlockView InputForm::view(const Arrays& arrays, int64_t begin, int n) const {
    BlockView v;
    v.n = n;
    v.codes = arrays.codes.as<int8_t>() + begin * codes_;
    v.scales = arrays.scales.as<float>() + begin * scales_;
    v.sums = arrays.sums.as<int32_t>() + begin * sums_;
    v.group_sums = arrays.group_sums.as<float>() + begin * group_sums_;
    v.values = arrays.values.as<float>() + begin * values_;
    return v;
}

void InputForm::fill_row(int64_t token, const float* x, const Kernels& kernels) {
    const auto at = [&](const AlignedBuffer& b, int64_t size) { return b.as<float>() + token * size; };
    if (kind_ == InputKind::q8_0 || kind_ == InputKind::q8_k) {
        int8_t* codes = alone_.codes.as<int8_t>() + token * codes_;
        int32_t* sums = alone_.sums.as<int32_t>() + token * sums_;
        float* scales = at(alone_.scales, scales_);
        if (kind_ == InputKind::q8_0) {
            kernels.matrix->quantize_q8_0(x, cols_, codes, scales, sums);
        } else {
            kernels.matrix->quantize_q8_k(x, cols_, codes, scales, sums, at(alone_.group_sums, group_sums_));
        }
        return;
    }
    float* values = at(alone_.values, values_);
    if (kind_ == InputKind::f32) {
        std::copy_n(x, cols_, values);
    } else if (kind_ == InputKind::f16) {
        uint16_t half[256];
        for (int64_t i = 0; i < cols_; i += 256) {
            const int64_t count = std::min<int64_t>(256, cols_ - i);
            kernels.to_f16(x + i, half, count);
            kernels.from_f16(half, values + i, count);
        }
    } else {
        for (int64_t i = 0; i < cols_; i++) values[i] = bf16_to_float(float_to_bf16(x[i]));
    }
    std::fill(values + cols_, values + values_, 0.0f);
}

void InputForm::fill_block(int64_t block) {
    if (m_ == 1) return;
    const int64_t begin = block_begin(block);
    const int n = static_cast<int>(block_begin(block + 1) - begin);
    // Each array's runs: entries that stay together for one token, and their bytes.
    const auto array = [&](const AlignedBuffer& from, const AlignedBuffer& to, int64_t entries, int64_t run,
                           int64_t size) {
        const int64_t offset = begin * entries * size;
        interleave(from.as<std::byte>() + offset, to.as<std::byte>() + offset, n, entries / run,
                   static_cast<size_t>(run * size));
    };
    array(alone_.codes, together_.codes, codes_, kGroup, 1);
    array(alone_.scales, together_.scales, scales_, 1, 4);
    array(alone_.sums, together_.sums, sums_, 1, 4);
    array(alone_.group_sums, together_.group_sums, group_sums_, 1, 4);
    array(alone_.values, together_.values, values_, kFloatColumns, 4);
}

Inputs::Inputs() : data_(std::make_unique<Data>()) {}
Inputs::~Inputs() = default;
int64_t Inputs::count() const {
    return data_->m;
}
int64_t Inputs::cols() const {
    return data_->cols;
}

void Inputs::assign(const float* x, int64_t m, int64_t cols, int64_t stride, std::span<const WeightType> types,
                    const Kernels& kernels, TaskPool& pool) {
    data_->m = m;
    data_->cols = cols;
    bool wanted[kInputKinds] = {};
    for (const WeightType t : types) wanted[static_cast<int>(input_kind(t))] = true;
    for (int k = 0; k < kInputKinds; k++) {
        if (!wanted[k]) continue;
        const InputKind kind = static_cast<InputKind>(k);
        const bool quant = kind == InputKind::q8_0 || kind == InputKind::q8_k;
        InputForm& form = data_->forms[k];
        form.resize(kind, m, cols, quant ? kernels.matrix->quant_tokens : kernels.matrix->float_tokens);
        const auto block = [&](int64_t b, int) {
            for (int64_t t = form.block_begin(b); t < form.block_begin(b + 1); t++)
                form.fill_row(t, x + t * stride, kernels);
            form.fill_block(b);
        };
        if (m == 1) {
            block(0, 0);  // some 100 ns: less than waking anybody
        } else {
            pool.run(form.blocks(), block);
        }
    }
}

}  // namespace phonon
