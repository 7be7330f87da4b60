#include "model/gguf_scan.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "ggml.h"
#include "gguf.h"

namespace phonon {
namespace {

struct TensorRange {
    std::string name;
    uint64_t offset;  // from the start of the data section
    uint64_t bytes;
};

// A cursor that never leaves the file. After the first failure every read fails.
class Scanner {
  public:
    Scanner(std::span<const std::byte> file, const std::string& path) : file_(file), path_(path) {}

    Status scan();

  private:
    template <typename T>
    std::optional<T> read() {
        if (file_.size() - at_ < sizeof(T)) return std::nullopt;
        T value;
        std::memcpy(&value, file_.data() + at_, sizeof(T));
        at_ += sizeof(T);
        return value;
    }
    std::optional<std::string_view> read_string() {
        const auto length = read<uint64_t>();
        if (!length || *length > file_.size() - at_) return std::nullopt;
        const std::string_view text(reinterpret_cast<const char*>(file_.data() + at_), *length);
        at_ += *length;
        return text;
    }
    bool skip(uint64_t count, uint64_t size) {
        if (count > (file_.size() - at_) / size) return false;
        at_ += count * size;
        return true;
    }

    Status scan_key(uint64_t index);
    Status scan_value(const std::string& key);
    Status scan_tensor(uint64_t index);
    Status check_ranges();
    Error invalid(const std::string& what) const { return {"file_invalid", path_ + ": " + what}; }
    Error cut(const std::string& where) const {
        return invalid("the file ends, or a length points beyond its end, in " + where +
                       "; it is truncated or damaged: get it again");
    }

    Error too_long() const {
        return invalid("more than " + std::to_string(kMaxGgufMetadataBytes >> 20) + " MiB of metadata");
    }

    std::span<const std::byte> file_;
    const std::string& path_;
    size_t at_ = 0;
    uint64_t alignment_ = LM_GGUF_DEFAULT_ALIGNMENT;
    std::vector<TensorRange> ranges_;
};

// Bytes of a scalar of this GGUF type; 0: no scalar.
uint64_t scalar_bytes(uint32_t type) {
    static constexpr std::array<uint8_t, LM_GGUF_TYPE_COUNT> kBytes = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    return type < kBytes.size() ? kBytes[type] : 0;
}

// Names come from the file: shown shortened and without control characters.
std::string shown(std::string_view name) {
    std::string out(name.substr(0, 80));
    std::replace_if(
        out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; }, '?');
    return "'" + out + (name.size() > 80 ? "...'" : "'");
}

Status Scanner::scan_value(const std::string& key) {
    const auto type = read<uint32_t>();
    if (!type) return cut("metadata key " + key);
    const size_t value_at = at_;
    if (*type == LM_GGUF_TYPE_STRING) {
        if (!read_string()) return cut("metadata key " + key);
    } else if (*type == LM_GGUF_TYPE_ARRAY) {
        const auto element = read<uint32_t>();
        const auto count = read<uint64_t>();
        if (!element || !count) return cut("metadata key " + key);
        if (*element == LM_GGUF_TYPE_STRING) {
            for (uint64_t i = 0; i < *count; ++i) {
                if (!read_string()) return cut("metadata key " + key + " (" + std::to_string(*count) + " strings)");
                if (at_ > kMaxGgufMetadataBytes) return too_long();
            }
        } else if (scalar_bytes(*element) == 0) {
            return invalid("metadata key " + key + " holds an array of type " + std::to_string(*element) +
                           ", which GGUF readers do not know");
        } else if (!skip(*count, scalar_bytes(*element))) {
            return cut("metadata key " + key + " (" + std::to_string(*count) + " values)");
        }
    } else if (scalar_bytes(*type) == 0) {
        return invalid("metadata key " + key + " has type " + std::to_string(*type) +
                       ", which GGUF readers do not know");
    } else if (!skip(1, scalar_bytes(*type))) {
        return cut("metadata key " + key);
    }
    if (key == "'general.alignment'") {
        uint32_t alignment = 0;
        if (*type == LM_GGUF_TYPE_UINT32) std::memcpy(&alignment, file_.data() + value_at, sizeof(alignment));
        if (alignment < 8 || alignment > 65536 || (alignment & (alignment - 1)) != 0) {
            return invalid("metadata key 'general.alignment' must be a power of two of type u32 from 8 to 65536");
        }
        alignment_ = alignment;
    }
    return {};
}

Status Scanner::scan_key(uint64_t index) {
    const auto key = read_string();
    if (!key) return cut("metadata key number " + std::to_string(index));
    if (key->empty() || key->size() > 65535) {
        return invalid("metadata key number " + std::to_string(index) + " has a name of " +
                       std::to_string(key->size()) + " bytes (1 to 65535 are allowed)");
    }
    return scan_value(shown(*key));
}

Status Scanner::scan_tensor(uint64_t index) {
    const auto name = read_string();
    if (!name) return cut("the name of tensor number " + std::to_string(index));
    const std::string label = "tensor " + shown(*name);
    if (name->empty() || name->size() >= LM_GGML_MAX_NAME) {
        return invalid(label + " has a name of " + std::to_string(name->size()) + " bytes (1 to " +
                       std::to_string(LM_GGML_MAX_NAME - 1) + " are allowed)");
    }
    const auto dims = read<uint32_t>();
    if (!dims) return cut("the description of " + label);
    if (*dims == 0 || *dims > LM_GGML_MAX_DIMS) {
        return invalid(label + " has " + std::to_string(*dims) + " dimensions (1 to 4 are allowed)");
    }
    uint64_t elements = 1;
    uint64_t row = 0;
    for (uint32_t d = 0; d < *dims; ++d) {
        const auto size = read<uint64_t>();
        if (!size) return cut("the description of " + label);
        if (d == 0) row = *size;
        if (*size == 0 || __builtin_mul_overflow(elements, *size, &elements) || elements >= uint64_t{1} << 60) {
            return invalid(label + " has a dimension of size " + std::to_string(*size) +
                           ", so that it is empty or larger than any memory");
        }
    }
    const auto type = read<uint32_t>();
    const auto offset = read<uint64_t>();
    if (!type || !offset) return cut("the description of " + label);
    const auto ggml_type = static_cast<lm_ggml_type>(*type);
    const int64_t block = *type < LM_GGML_TYPE_COUNT ? lm_ggml_blck_size(ggml_type) : 0;
    if (block <= 0) return invalid(label + " has type " + std::to_string(*type) + ", which GGUF readers do not know");
    if (row % static_cast<uint64_t>(block) != 0) {
        return invalid(label + " of type " + lm_ggml_type_name(ggml_type) + " has rows of " + std::to_string(row) +
                       " values, not a multiple of " + std::to_string(block));
    }
    ranges_.push_back({label, *offset,
                       elements / static_cast<uint64_t>(block) * static_cast<uint64_t>(lm_ggml_type_size(ggml_type))});
    return {};
}

Status Scanner::check_ranges() {
    const uint64_t start = (at_ + alignment_ - 1) / alignment_ * alignment_;
    const uint64_t space = start < file_.size() ? file_.size() - start : 0;
    std::sort(ranges_.begin(), ranges_.end(), [](const auto& a, const auto& b) { return a.offset < b.offset; });
    for (size_t i = 0; i < ranges_.size(); ++i) {
        const TensorRange& tensor = ranges_[i];
        if (tensor.offset % alignment_ != 0) {
            return invalid(tensor.name + " lies at offset " + std::to_string(tensor.offset) +
                           ", not a multiple of the file's alignment " + std::to_string(alignment_));
        }
        if (tensor.offset > space || tensor.bytes > space - tensor.offset) {
            return invalid(tensor.name + " (" + std::to_string(tensor.bytes) + " bytes at offset " +
                           std::to_string(tensor.offset) + ") reaches beyond the file, which holds " +
                           std::to_string(space) + " bytes of tensors; it is truncated or damaged: get it again");
        }
        if (i > 0 && ranges_[i - 1].offset + ranges_[i - 1].bytes > tensor.offset) {
            return invalid(tensor.name + " overlaps " + ranges_[i - 1].name);
        }
    }
    return {};
}

Status Scanner::scan() {
    const auto magic = read<uint32_t>();
    if (!magic || std::memcmp(file_.data(), LM_GGUF_MAGIC, 4) != 0) {
        return invalid("not a GGUF file (it does not begin with 'GGUF')");
    }
    const auto version = read<uint32_t>();
    const auto tensors = read<uint64_t>();
    const auto keys = read<uint64_t>();
    if (!version || !tensors || !keys) return cut("the header");
    if (*version < 2 || *version > LM_GGUF_VERSION) {
        return invalid("GGUF version " + std::to_string(*version) + " is not supported (2 and 3 are): convert it anew");
    }
    if (*keys > kMaxGgufKeys || *tensors > kMaxGgufTensors) {
        return invalid("claims " + std::to_string(*keys) + " metadata keys and " + std::to_string(*tensors) +
                       " tensors; at most " + std::to_string(kMaxGgufKeys) + " and " + std::to_string(kMaxGgufTensors) +
                       " are allowed");
    }
    for (uint64_t i = 0; i < *keys; ++i) {
        if (Status status = scan_key(i); !status) return status;
        if (at_ > kMaxGgufMetadataBytes) return too_long();
    }
    for (uint64_t i = 0; i < *tensors; ++i) {
        if (Status status = scan_tensor(i); !status) return status;
    }
    return check_ranges();
}

}  // namespace

Status scan_gguf(std::span<const std::byte> file, const std::string& path) {
    return Scanner(file, path).scan();
}

}  // namespace phonon
