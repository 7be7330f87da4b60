#pragma once
// Writes GGUF bytes by hand, wrong ones too.

#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

// A file that is gone when the test is.
class TemporaryFile {
  public:
    explicit TemporaryFile(const std::string& content = "") {
        std::string name = "/tmp/phonon-test-XXXXXX";
        close(mkstemp(name.data()));
        path_ = name;
        std::ofstream(path_, std::ios::binary) << content;
    }
    ~TemporaryFile() { unlink(path_.c_str()); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

inline std::string read_bytes(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Value types as GGUF numbers them.
enum : uint32_t { kU32 = 4, kF32 = 6, kBool = 7, kString = 8, kArray = 9 };

class GgufBuilder {
  public:
    template <typename T>
    static std::string raw(T value) {
        std::string bytes(sizeof(T), '\0');
        std::memcpy(bytes.data(), &value, sizeof(T));
        return bytes;
    }
    static std::string text(const std::string& s) { return raw<uint64_t>(s.size()) + s; }

    GgufBuilder& key(const std::string& name, uint32_t type, const std::string& value) {
        metadata_ += text(name) + raw(type) + value;
        ++keys;
        return *this;
    }
    GgufBuilder& u32(const std::string& name, uint32_t value) { return key(name, kU32, raw(value)); }
    GgufBuilder& str(const std::string& name, const std::string& value) { return key(name, kString, text(value)); }
    GgufBuilder& strings(const std::string& name, const std::vector<std::string>& values) {
        std::string bytes = raw(uint32_t{kString}) + raw<uint64_t>(values.size());
        for (const std::string& value : values) bytes += text(value);
        return key(name, kArray, bytes);
    }
    GgufBuilder& tensor(const std::string& name, const std::vector<uint64_t>& dims, uint32_t type, uint64_t offset) {
        tensors_ += text(name) + raw(static_cast<uint32_t>(dims.size()));
        for (const uint64_t dim : dims) tensors_ += raw(dim);
        tensors_ += raw(type) + raw(offset);
        ++tensor_count;
        return *this;
    }
    // With `data` bytes of tensors behind the aligned header.
    std::string build(size_t data = 0) const {
        std::string bytes = "GGUF" + raw(version) + raw(tensor_count) + raw(keys) + metadata_ + tensors_;
        if (data > 0) bytes.resize((bytes.size() + 31) / 32 * 32 + data);
        return bytes;
    }

    uint32_t version = 3;
    uint64_t tensor_count = 0;  // as the header claims them
    uint64_t keys = 0;

  private:
    std::string metadata_;
    std::string tensors_;
};
