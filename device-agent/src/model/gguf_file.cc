#include "model/gguf_file.h"

#include <algorithm>
#include <cctype>
#include <limits>

#include "ggml.h"
#include "gguf.h"
#include "model/gguf_scan.h"
#include "model/llama_log.h"

namespace phonon {
namespace {

template <typename T>
std::optional<int64_t> to_integer(const void* data, uint64_t count) {
    const T* values = static_cast<const T*>(data);
    if (count == 0 || std::any_of(values, values + count, [&](T v) { return v != values[0]; })) return std::nullopt;
    if constexpr (std::is_same_v<T, uint64_t>) {
        if (values[0] > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return std::nullopt;
    }
    return static_cast<int64_t>(values[0]);
}

std::optional<int64_t> to_integer(lm_gguf_type type, const void* data, uint64_t count) {
    switch (type) {
        case LM_GGUF_TYPE_BOOL:
        case LM_GGUF_TYPE_UINT8:
            return to_integer<uint8_t>(data, count);
        case LM_GGUF_TYPE_INT8:
            return to_integer<int8_t>(data, count);
        case LM_GGUF_TYPE_UINT16:
            return to_integer<uint16_t>(data, count);
        case LM_GGUF_TYPE_INT16:
            return to_integer<int16_t>(data, count);
        case LM_GGUF_TYPE_UINT32:
            return to_integer<uint32_t>(data, count);
        case LM_GGUF_TYPE_INT32:
            return to_integer<int32_t>(data, count);
        case LM_GGUF_TYPE_UINT64:
            return to_integer<uint64_t>(data, count);
        case LM_GGUF_TYPE_INT64:
            return to_integer<int64_t>(data, count);
        default:
            return std::nullopt;
    }
}

}  // namespace

Result<std::unique_ptr<GgufFile>> GgufFile::open(const std::string& path) {
    silence_llama_log();
    auto file = MappedFile::open(path);
    if (!file) return file.error();
    if (Status scanned = scan_gguf(file.value()->bytes(), path); !scanned) return scanned.error();

    std::unique_ptr<GgufFile> gguf(new GgufFile);
    gguf->path_ = path;
    gguf->file_ = std::move(file).value();
    const auto bytes = gguf->file_->bytes();
    take_llama_error();
    gguf->context_ = lm_gguf_init_from_buffer(bytes.data(), bytes.size(), {.no_alloc = true, .ctx = nullptr});
    if (gguf->context_ == nullptr) {
        const std::string why = take_llama_error();
        if (why.find("bad_alloc") == std::string::npos) return gguf->invalid(why);
        return Error{"out_of_memory", path + ": not enough memory for its metadata"};
    }

    const size_t start = lm_gguf_get_data_offset(gguf->context_);
    const int64_t count = lm_gguf_get_n_tensors(gguf->context_);
    for (int64_t i = 0; i < count; ++i) {
        GgufTensor tensor;
        tensor.name = lm_gguf_get_tensor_name(gguf->context_, i);
        tensor.type = lm_gguf_get_tensor_type(gguf->context_, i);
        std::copy_n(lm_gguf_get_tensor_ne(gguf->context_, i), 4, tensor.shape.begin());
        const size_t offset = start + lm_gguf_get_tensor_offset(gguf->context_, i);
        const size_t size = lm_gguf_get_tensor_size(gguf->context_, i);
        if (offset > bytes.size() || size > bytes.size() - offset) {
            return gguf->invalid("tensor '" + tensor.name + "' reaches beyond the file");
        }
        tensor.data = bytes.subspan(offset, size);
        gguf->by_name_.emplace(tensor.name, gguf->tensors_.size());
        gguf->tensors_.push_back(std::move(tensor));
    }
    return gguf;
}

GgufFile::~GgufFile() {
    lm_gguf_free(context_);
}

bool GgufFile::has(const std::string& key) const {
    return lm_gguf_find_key(context_, key.c_str()) >= 0;
}

std::optional<int64_t> GgufFile::integer(const std::string& key) const {
    const int64_t id = lm_gguf_find_key(context_, key.c_str());
    if (id < 0) return std::nullopt;
    const lm_gguf_type type = lm_gguf_get_kv_type(context_, id);
    if (type == LM_GGUF_TYPE_STRING) return std::nullopt;
    if (type != LM_GGUF_TYPE_ARRAY) return to_integer(type, lm_gguf_get_val_data(context_, id), 1);
    const lm_gguf_type element = lm_gguf_get_arr_type(context_, id);
    if (element == LM_GGUF_TYPE_STRING) return std::nullopt;
    return to_integer(element, lm_gguf_get_arr_data(context_, id), lm_gguf_get_arr_n(context_, id));
}

std::optional<double> GgufFile::number(const std::string& key) const {
    const int64_t id = lm_gguf_find_key(context_, key.c_str());
    if (id < 0) return std::nullopt;
    switch (lm_gguf_get_kv_type(context_, id)) {
        case LM_GGUF_TYPE_FLOAT32:
            return lm_gguf_get_val_f32(context_, id);
        case LM_GGUF_TYPE_FLOAT64:
            return lm_gguf_get_val_f64(context_, id);
        default:
            break;
    }
    const auto whole = integer(key);
    return whole ? std::optional<double>(static_cast<double>(*whole)) : std::nullopt;
}

std::optional<std::string> GgufFile::text(const std::string& key) const {
    const int64_t id = lm_gguf_find_key(context_, key.c_str());
    if (id < 0 || lm_gguf_get_kv_type(context_, id) != LM_GGUF_TYPE_STRING) return std::nullopt;
    return lm_gguf_get_val_str(context_, id);
}

std::optional<uint64_t> GgufFile::array_length(const std::string& key) const {
    const int64_t id = lm_gguf_find_key(context_, key.c_str());
    if (id < 0 || lm_gguf_get_kv_type(context_, id) != LM_GGUF_TYPE_ARRAY) return std::nullopt;
    return lm_gguf_get_arr_n(context_, id);
}

const GgufTensor* GgufFile::find(const std::string& name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : &tensors_[found->second];
}

const char* tensor_type_name(int ggml_type) {
    static const std::array<std::string, LM_GGML_TYPE_COUNT> names = [] {
        std::array<std::string, LM_GGML_TYPE_COUNT> upper;
        for (int t = 0; t < LM_GGML_TYPE_COUNT; ++t) {
            const char* name = lm_ggml_type_name(static_cast<lm_ggml_type>(t));
            upper[static_cast<size_t>(t)] = name != nullptr ? name : "unknown";
            // As file names and llama.cpp's tools spell them.
            for (char& c : upper[static_cast<size_t>(t)]) c = static_cast<char>(std::toupper(c));
        }
        return upper;
    }();
    return ggml_type >= 0 && ggml_type < LM_GGML_TYPE_COUNT ? names[static_cast<size_t>(ggml_type)].c_str() : "unknown";
}

}  // namespace phonon
