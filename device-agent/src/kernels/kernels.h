#pragma once
// The dispatch table: one set of kernels per instruction-set level, chosen once at load. src/kernels/ keeps a scalar
// reference of every entry and one source file per level, compiled with that level's flags.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace phonon {

struct MatrixKernels;  // entries that only kernels/*.cc use: kernels/matrix_kernels.h

struct Kernels {
    const char* name;  // "scalar", "avx2", "avx512vnni", "neon-dotprod", "neon-i8mm"
    const MatrixKernels* matrix;

    // Vector kernels for attention, norms and activations. F16 values are passed as their 16 bits.
    float (*dot_f16)(const float* x, const uint16_t* y, int64_t n);     // sum x[i] * y[i], in f32
    void (*axpy_f16)(float a, const uint16_t* x, float* y, int64_t n);  // y[i] += a * x[i]
    void (*to_f16)(const float* x, uint16_t* y, int64_t n);             // round to nearest even
    void (*from_f16)(const uint16_t* x, float* y, int64_t n);
    void (*rms_norm)(const float* x, const float* weight, float eps, float* y, int64_t n);
    float (*softmax)(float* x, int64_t n);                                      // in place; returns the maximum
    void (*silu_mul)(const float* gate, const float* up, float* y, int64_t n);  // y = silu(gate) * up
    void (*relu_mul)(const float* gate, const float* up, float* y, int64_t n);  // y = relu(gate) * up

    // Many at once, for attention. Rows are `stride` values apart.
    // y[j] = x . row j, for j < count
    void (*dots_f16)(const float* x, const uint16_t* rows, int64_t stride, int64_t count, float* y, int64_t n);
    // y += sum over j < count of a[j] * row j
    void (*weighted_rows_f16)(const float* a, const uint16_t* rows, int64_t stride, int64_t count, float* y, int64_t n);
    // c[m][n] += a[m][k] b[k][n], in f32. REQUIRES n a multiple of 16.
    void (*multiply_add)(const float* a, int64_t a_stride, const float* b, int64_t b_stride, float* c, int64_t c_stride,
                         int64_t m, int64_t n, int64_t k);
};

// The best level this CPU runs, or the one named; nullptr when the CPU or the build does not have it.
const Kernels* best_kernels();
const Kernels* find_kernels(std::string_view name);
// The levels that this CPU can run, best first.
std::span<const Kernels* const> available_kernels();

}  // namespace phonon
