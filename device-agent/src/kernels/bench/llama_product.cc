#include "kernels/bench/llama_product.h"

#include <cstring>

#include "ggml-alloc.h"
#include "ggml-backend.h"
#include "ggml-cpu.h"
#include "ggml-cpu/repack.h"
#include "ggml.h"

namespace phonon {
namespace {

lm_ggml_type ggml_type(WeightType t) {
    switch (t) {
        case WeightType::f32:
            return LM_GGML_TYPE_F32;
        case WeightType::f16:
            return LM_GGML_TYPE_F16;
        case WeightType::bf16:
            return LM_GGML_TYPE_BF16;
        case WeightType::q8_0:
            return LM_GGML_TYPE_Q8_0;
        case WeightType::q4_0:
            return LM_GGML_TYPE_Q4_0;
        case WeightType::q4_k:
            return LM_GGML_TYPE_Q4_K;
        case WeightType::q6_k:
            return LM_GGML_TYPE_Q6_K;
    }
    return LM_GGML_TYPE_F32;
}

lm_ggml_context* new_context() {
    return lm_ggml_init({size_t{8} << 20, nullptr, true});
}

// Whether llama.cpp's repacking buffer accepts a product with these weights.
bool can_repack(lm_ggml_backend_dev_t device, const Tensor& source) {
    lm_ggml_context* context = new_context();
    lm_ggml_tensor* w = lm_ggml_new_tensor_2d(context, ggml_type(source.type), source.cols, source.rows);
    w->buffer = lm_ggml_backend_buft_alloc_buffer(lm_ggml_backend_cpu_repack_buffer_type(), 0);
    lm_ggml_tensor* x = lm_ggml_new_tensor_2d(context, LM_GGML_TYPE_F32, source.cols, 1);
    const bool accepted = lm_ggml_backend_dev_supports_op(device, lm_ggml_mul_mat(context, w, x));
    lm_ggml_backend_buffer_free(w->buffer);
    lm_ggml_free(context);
    return accepted;
}

}  // namespace

std::vector<std::byte> quantise(WeightType type, const std::vector<float>& values, int64_t rows, int64_t cols) {
    std::vector<std::byte> bytes(static_cast<size_t>(rows) * row_bytes(type, cols));
    if (type == WeightType::f32) {
        memcpy(bytes.data(), values.data(), bytes.size());
    } else {
        lm_ggml_quantize_chunk(ggml_type(type), values.data(), bytes.data(), 0, rows, cols, nullptr);
    }
    return bytes;
}

struct LlamaProduct::Impl {
    lm_ggml_backend_t backend = lm_ggml_backend_cpu_init();
    lm_ggml_context *weights = new_context(), *values = new_context();
    lm_ggml_backend_buffer_t weight_buffer = nullptr, value_buffer = nullptr;
    lm_ggml_threadpool* pool = nullptr;
    lm_ggml_tensor* x = nullptr;
    lm_ggml_tensor* first = nullptr;
    lm_ggml_cgraph* graph = nullptr;
    bool repacked = false;
};

LlamaProduct::LlamaProduct(const Tensor& source, int copies, int64_t m, int threads, bool repack)
    : impl_(std::make_unique<Impl>()) {
    Impl& i = *impl_;
    i.repacked = repack && can_repack(lm_ggml_backend_get_device(i.backend), source);
    std::vector<lm_ggml_tensor*> matrices;
    for (int k = 0; k < copies; k++) {
        matrices.push_back(lm_ggml_new_tensor_2d(i.weights, ggml_type(source.type), source.cols, source.rows));
    }
    i.weight_buffer = lm_ggml_backend_alloc_ctx_tensors_from_buft(
        i.weights, i.repacked ? lm_ggml_backend_cpu_repack_buffer_type() : lm_ggml_backend_cpu_buffer_type());
    i.x = lm_ggml_new_tensor_2d(i.values, LM_GGML_TYPE_F32, source.cols, m);
    i.graph = lm_ggml_new_graph(i.values);
    for (lm_ggml_tensor* w : matrices) {
        lm_ggml_backend_tensor_set(w, source.data, 0, lm_ggml_nbytes(w));
        lm_ggml_tensor* y = lm_ggml_mul_mat(i.values, w, i.x);
        if (i.first == nullptr) i.first = y;
        lm_ggml_build_forward_expand(i.graph, y);
    }
    i.value_buffer = lm_ggml_backend_alloc_ctx_tensors(i.values, i.backend);
    lm_ggml_threadpool_params params = lm_ggml_threadpool_params_default(threads);
    // Pinned like ours; they would inherit the pin of the calling thread otherwise. llama.cpp gives its workers the
    // first cores and the calling thread the last.
    for (int core = 0; core < threads; core++) params.cpumask[core] = true;
    params.strict_cpu = true;
    i.pool = lm_ggml_threadpool_new(&params);
    lm_ggml_backend_cpu_set_n_threads(i.backend, threads);
    lm_ggml_backend_cpu_set_threadpool(i.backend, i.pool);
}

LlamaProduct::~LlamaProduct() {
    lm_ggml_backend_buffer_free(impl_->value_buffer);
    lm_ggml_backend_buffer_free(impl_->weight_buffer);
    lm_ggml_free(impl_->values);
    lm_ggml_free(impl_->weights);
    lm_ggml_backend_free(impl_->backend);
    lm_ggml_threadpool_free(impl_->pool);
}

bool LlamaProduct::repacked() const {
    return impl_->repacked;
}
void LlamaProduct::set_input(const float* x) {
    lm_ggml_backend_tensor_set(impl_->x, x, 0, lm_ggml_nbytes(impl_->x));
}
void LlamaProduct::run() {
    lm_ggml_threadpool_resume(impl_->pool);
    lm_ggml_backend_graph_compute(impl_->backend, impl_->graph);
    lm_ggml_threadpool_pause(impl_->pool);  // its threads would go on polling, on our threads' cores
}

std::vector<float> LlamaProduct::result() const {
    std::vector<float> y(static_cast<size_t>(lm_ggml_nelements(impl_->first)));
    lm_ggml_backend_tensor_get(impl_->first, y.data(), 0, y.size() * sizeof(float));
    return y;
}

}  // namespace phonon
