#include "hostile.h"

#include "gguf_builder.h"

namespace {

using B = GgufBuilder;
constexpr uint64_t kHuge = uint64_t{1} << 63;

std::string array(uint32_t type, uint64_t count) {
    return B::raw(type) + B::raw(count);
}

// An array of an array of an array ...: a reader that recurses runs out of stack.
std::string nested(int depth) {
    std::string bytes;
    for (int i = 0; i < depth; ++i) bytes += array(kArray, 1);
    return bytes + array(kU32, 1) + B::raw(uint32_t{0});
}

// Everything an architecture needs but tensors.
B metadata() {
    B b;
    b.str("general.architecture", "llama");
    for (const auto& [key, value] :
         {std::pair{"context_length", 64u}, std::pair{"embedding_length", 32u}, std::pair{"block_count", 1u},
          std::pair{"feed_forward_length", 32u}, std::pair{"attention.head_count", 2u}}) {
        b.u32(std::string("llama.") + key, value);
    }
    b.key("llama.attention.layer_norm_rms_epsilon", kF32, B::raw(1e-5f));
    b.str("tokenizer.ggml.model", "gpt2").strings("tokenizer.ggml.tokens", {"a", "b"});
    return b.strings("tokenizer.ggml.merges", {"a b"});
}

void add_headers(std::vector<HostileFile>& files) {
    files.push_back({"empty", "", "empty"});
    files.push_back({"another format", "PK\3\4" + std::string(100, 'x'), "not a GGUF"});
    files.push_back({"magic in the wrong order", "FUGG" + B().build().substr(4), "not a GGUF"});
    for (const uint32_t version : {0u, 1u, 4u, 0x03000000u, 0xffffffffu}) {
        B b;
        b.version = version;
        files.push_back({"version " + std::to_string(version), b.build(), "version"});
    }
    for (const uint64_t count : {uint64_t{1}, uint64_t{4096}, kHuge, ~uint64_t{0}}) {
        B keys;
        keys.keys = count;
        files.push_back({std::to_string(count) + " keys that are not there", keys.build(), "metadata"});
        B tensors;
        tensors.tensor_count = count;
        files.push_back({std::to_string(count) + " tensors that are not there", tensors.build(), "tensor"});
    }
}

void add_metadata(std::vector<HostileFile>& files) {
    files.push_back({"a text of 2^63 bytes", B().key("a", kString, B::raw(kHuge)).build(), "'a'"});
    files.push_back({"a name of 2^63 bytes",
                     "GGUF" + B::raw(3u) + B::raw(uint64_t{0}) + B::raw(uint64_t{1}) + B::raw(kHuge), "key number 0"});
    files.push_back({"an array of 2^63 numbers", B().key("a", kArray, array(kU32, kHuge)).build(), "'a'"});
    files.push_back(
        {"an array whose size overflows", B().key("a", kArray, array(12, uint64_t{1} << 61)).build(), "'a'"});
    files.push_back({"an array of 2^64-1 texts", B().key("a", kArray, array(kString, ~uint64_t{0})).build(), "'a'"});
    files.push_back({"arrays in arrays", B().key("a", kArray, nested(1000000)).build(), "'a'"});
    for (const uint32_t type : {13u, 255u, 0xffffffffu}) {
        files.push_back({"value type " + std::to_string(type), B().key("a", type, "").build(), "'a'"});
        files.push_back({"array type " + std::to_string(type), B().key("a", kArray, array(type, 1)).build(), "'a'"});
    }
    for (const uint32_t alignment : {0u, 1u, 3u, 0x80000000u}) {
        files.push_back({"alignment " + std::to_string(alignment),
                         metadata().u32("general.alignment", alignment).build(), "general.alignment"});
    }
    files.push_back({"alignment as text", metadata().str("general.alignment", "32").build(), "general.alignment"});
    B million;
    for (int i = 0; i < 1000000; ++i) million.u32("k" + std::to_string(i), 1);
    files.push_back({"a million keys", million.build(), "1000000 metadata keys"});
    files.push_back({"a text of 140 MB", B().str("a", std::string(140 << 20, 'x')).build(), "MiB of metadata"});
    files.push_back({"a doubled key", metadata().u32("llama.block_count", 1).build(), "block_count"});
    files.push_back({"no architecture", B().str("general.name", "x").build(), "general.architecture"});
    files.push_back({"an unknown architecture", B().str("general.architecture", "\x1b[2Jmamba").build(), "mamba"});
    files.push_back({"no tensors", metadata().build(), "token_embd.weight"});
}

void add_tensors(std::vector<HostileFile>& files) {
    auto tensor = [&](const std::string& what, const std::vector<uint64_t>& dims, uint32_t type, uint64_t offset) {
        files.push_back({what, metadata().tensor("w", dims, type, offset).build(4096), "'w'"});
    };
    tensor("a tensor of 2^63 columns", {kHuge}, 0, 0);
    tensor("a tensor whose size overflows", {uint64_t{1} << 33, uint64_t{1} << 33}, 0, 0);
    tensor("a tensor with nothing in it", {32, 0}, 0, 0);
    tensor("a tensor of no dimensions", {}, 0, 0);
    tensor("a tensor of 40 dimensions", std::vector<uint64_t>(40, 1), 0, 0);
    tensor("an unknown tensor type", {32}, 200, 0);
    tensor("a tensor type that was withdrawn", {32}, 4, 0);
    tensor("tensor type 2^32-1", {32}, 0xffffffffu, 0);
    tensor("rows that are no whole blocks", {48}, 2, 0);
    tensor("a tensor beyond the end", {32}, 0, 1 << 20);
    tensor("a tensor at 2^63", {32}, 0, kHuge);
    tensor("a tensor that leaves the file", {2048}, 0, 0);
    tensor("a tensor off its alignment", {32}, 0, 4);
    files.push_back(
        {"overlapping tensors", metadata().tensor("v", {64}, 0, 0).tensor("w", {64}, 0, 128).build(4096), "overlaps"});
    files.push_back({"two tensors of one name", metadata().tensor("w", {8}, 0, 0).tensor("w", {8}, 0, 32).build(4096),
                     "duplicate"});
    files.push_back({"a tensor name of 5000 bytes", metadata().tensor(std::string(5000, 'n'), {32}, 0, 0).build(4096),
                     "5000 bytes"});
    files.push_back(
        {"the wrong shape", metadata().tensor("token_embd.weight", {32, 3}, 0, 0).build(4096), "token_embd.weight"});
    files.push_back(
        {"a missing tensor", metadata().tensor("token_embd.weight", {32, 2}, 0, 0).build(4096), "output_norm.weight"});
}

uint64_t u64_at(const std::string& bytes, size_t at) {
    uint64_t value = 0;
    std::memcpy(&value, bytes.data() + at, sizeof(value));
    return value;
}

uint32_t u32_at(const std::string& bytes, size_t at) {
    uint32_t value = 0;
    std::memcpy(&value, bytes.data() + at, sizeof(value));
    return value;
}

size_t scalar_bytes(uint32_t type) {
    constexpr size_t kBytes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    return kBytes[type];
}

// Where the value that begins at `at` ends; for arrays of texts, the ends of the first elements are noted as well.
size_t value_end(const std::string& bytes, size_t at, uint32_t type, std::vector<size_t>& boundaries) {
    if (type == kString) return at + 8 + u64_at(bytes, at);
    if (type != kArray) return at + scalar_bytes(type);
    const uint32_t element = u32_at(bytes, at);
    const uint64_t count = u64_at(bytes, at + 4);
    boundaries.insert(boundaries.end(), {at + 4, at + 12});
    at += 12;
    if (element != kString) return at + count * scalar_bytes(element);
    for (uint64_t i = 0; i < count; ++i) {
        at += 8 + u64_at(bytes, at);
        if (i < 3) boundaries.push_back(at);
    }
    return at;
}

}  // namespace

std::vector<HostileFile> hostile_files() {
    std::vector<HostileFile> files;
    add_headers(files);
    add_metadata(files);
    add_tensors(files);
    return files;
}

std::vector<HostileFile> cut_files(const std::string& whole) {
    std::vector<size_t> boundaries = {4, 8, 16, 24};
    const uint64_t tensors = u64_at(whole, 8);
    const uint64_t keys = u64_at(whole, 16);
    size_t at = 24;
    for (uint64_t i = 0; i < keys; ++i) {
        const size_t type_at = at + 8 + u64_at(whole, at);
        boundaries.insert(boundaries.end(), {at + 8, type_at, type_at + 4});
        at = value_end(whole, type_at + 4, u32_at(whole, type_at), boundaries);
        boundaries.push_back(at);
    }
    for (uint64_t i = 0; i < tensors; ++i) {
        const size_t dims_at = at + 8 + u64_at(whole, at);
        const size_t type_at = dims_at + 4 + 8 * u32_at(whole, dims_at);
        at = type_at + 12;
        // All fields of the first tensor, then only whole entries: one is like another.
        if (i == 0) boundaries.insert(boundaries.end(), {dims_at, dims_at + 4, type_at, type_at + 4});
        if (i % 10 == 0 || i + 1 == tensors) boundaries.push_back(at);
    }
    boundaries.insert(boundaries.end(), {at + 100, whole.size() / 2, whole.size() - 1});
    std::vector<HostileFile> files;
    for (const size_t size : boundaries) {
        files.push_back({"cut at " + std::to_string(size), whole.substr(0, size), "truncated"});
    }
    return files;
}
