#pragma once
// An open GGUF: its metadata by key and its tensors by name, after all checks that need no knowledge of the model.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/mapped_file.h"
#include "phonon/result.h"

struct lm_gguf_context;

namespace phonon {

struct GgufTensor {
    std::string name;
    int type = 0;                       // an lm_ggml_type
    std::array<int64_t, 4> shape = {};  // innermost first: [columns, rows, matrices, 1]
    std::span<const std::byte> data;    // in the mapped file
};

// Immutable after open(). Thread-safe.
class GgufFile {
  public:
    static Result<std::unique_ptr<GgufFile>> open(const std::string& path);
    ~GgufFile();
    GgufFile(const GgufFile&) = delete;
    GgufFile& operator=(const GgufFile&) = delete;

    const std::string& path() const { return path_; }
    const MappedFile& file() const { return *file_; }

    // A key's value if it is there and has that kind; integers of any width, booleans as 0 and 1.
    bool has(const std::string& key) const;
    std::optional<int64_t> integer(const std::string& key) const;  // also an array whose elements are all equal
    std::optional<double> number(const std::string& key) const;
    std::optional<std::string> text(const std::string& key) const;
    std::optional<uint64_t> array_length(const std::string& key) const;

    const std::vector<GgufTensor>& tensors() const { return tensors_; }
    const GgufTensor* find(const std::string& name) const;

    const lm_gguf_context& context() const { return *context_; }
    Error invalid(const std::string& what) const { return {"file_invalid", path_ + ": " + what}; }

  private:
    GgufFile() = default;
    std::string path_;
    std::unique_ptr<MappedFile> file_;
    lm_gguf_context* context_ = nullptr;
    std::vector<GgufTensor> tensors_;
    std::unordered_map<std::string, size_t> by_name_;
};

const char* tensor_type_name(int ggml_type);  // "F16", "Q4_0", ...

}  // namespace phonon
