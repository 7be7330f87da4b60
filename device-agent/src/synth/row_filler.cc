#include "synth/row_filler.h"

#include <string>

#include "synth/block_fillers.h"

namespace phonon {

namespace {

struct Quantisation {
    const char* name;
    lm_ggml_type type;
    uint32_t file_type;
};

constexpr Quantisation kQuantisations[] = {{"F32", LM_GGML_TYPE_F32, 0},    {"F16", LM_GGML_TYPE_F16, 1},
                                           {"BF16", LM_GGML_TYPE_BF16, 32}, {"Q8_0", LM_GGML_TYPE_Q8_0, 7},
                                           {"Q4_0", LM_GGML_TYPE_Q4_0, 2},  {"Q4_K", LM_GGML_TYPE_Q4_K, 14},
                                           {"Q6_K", LM_GGML_TYPE_Q6_K, 18}};

}  // namespace

std::unique_ptr<RowFiller> make_row_filler(lm_ggml_type type, double deviation, Head head, double head_value,
                                           Codes codes) {
    switch (type) {
        case LM_GGML_TYPE_F16:
        case LM_GGML_TYPE_BF16:
            return make_half_filler(type, deviation, head, head_value);
        case LM_GGML_TYPE_Q4_0:
        case LM_GGML_TYPE_Q8_0:
            return make_legacy_filler(type, deviation, head, head_value, codes);
        case LM_GGML_TYPE_Q4_K:
        case LM_GGML_TYPE_Q6_K:
            return make_k_quant_filler(type, deviation, head, head_value);
        default:
            return make_float_filler(deviation, head, head_value);
    }
}

bool has_heads_by_row(lm_ggml_type type) {
    return type != LM_GGML_TYPE_Q4_K && type != LM_GGML_TYPE_Q6_K;
}

Result<lm_ggml_type> quantisation_type(std::string_view name) {
    std::string known;
    for (const Quantisation& q : kQuantisations) {
        if (name == q.name) return q.type;
        known += (known.empty() ? "" : ", ") + std::string(q.name);
    }
    return Error{"bad_request", "--quant: '" + std::string(name) + "' is not one of " + known};
}

uint32_t file_type(lm_ggml_type type) {
    for (const Quantisation& q : kQuantisations) {
        if (type == q.type) return q.file_type;
    }
    return 0;
}

}  // namespace phonon
