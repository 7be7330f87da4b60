#pragma once
// The same products in llama.cpp: its mul_mat, with weights repacked where it would repack them.

#include <memory>
#include <vector>

#include "kernels/weights.h"

namespace phonon {

// llama.cpp's quantisation of values [rows][cols].
std::vector<std::byte> quantise(WeightType type, const std::vector<float>& values, int64_t rows, int64_t cols);

class LlamaProduct {
  public:
    // `copies` of the matrix, so that together they exceed the caches. Keeps no reference to `source`.
    LlamaProduct(const Tensor& source, int copies, int64_t m, int threads, bool repack);
    ~LlamaProduct();
    LlamaProduct(const LlamaProduct&) = delete;
    LlamaProduct& operator=(const LlamaProduct&) = delete;

    bool repacked() const;
    void set_input(const float* x);     // [m][cols]
    void run();                         // all copies once
    std::vector<float> result() const;  // of the first copy, [m][rows]

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace phonon
