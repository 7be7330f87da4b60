#include "packing/pack_state.h"

#include <unistd.h>

#include <cstring>
#include <fstream>

#include "base/crc32c.h"
#include "base/part_file.h"

namespace phonon {
namespace {

constexpr char kMagic[9] = "PHPKST02";
constexpr size_t kMagicBytes = sizeof kMagic - 1;
constexpr uint64_t kBodyAt = kMagicBytes + sizeof(uint32_t);
constexpr uint64_t kMostText = 1 << 16;

// Writes values one after the other, with their checksum.
class StateWriter {
  public:
    explicit StateWriter(const PartFile& file) : file_(file) {}

    template <typename T>
    void values(const T* first, size_t count) {
        const auto bytes = std::as_bytes(std::span(first, count));
        crc_ = crc32c(bytes, crc_);
        if (status_) status_ = file_.write(at_, bytes);
        at_ += bytes.size();
    }
    void number(uint64_t value) { values(&value, 1); }
    template <typename List>
    void list(const List& list) {
        number(list.size());
        values(list.data(), list.size());
    }
    Status finish() {
        if (status_) status_ = file_.write(0, std::as_bytes(std::span(kMagic, kMagicBytes)));
        if (status_) status_ = file_.write(kMagicBytes, std::as_bytes(std::span(&crc_, 1)));
        return status_;
    }

  private:
    const PartFile& file_;
    uint64_t at_ = kBodyAt;
    uint32_t crc_ = 0;
    Status status_;
};

// Reads them again. After the first that does not fit, nothing is read any more.
class StateReader {
  public:
    explicit StateReader(std::ifstream& file) : file_(file) {}

    template <typename T>
    void values(T* first, size_t count) {
        if (!ok_) return;
        const auto bytes = std::as_writable_bytes(std::span(first, count));
        ok_ = static_cast<bool>(
            file_.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size())));
        if (ok_) crc_ = crc32c(bytes, crc_);
    }
    uint64_t number(uint64_t most) {
        uint64_t value = 0;
        values(&value, 1);
        ok_ = ok_ && value <= most;
        return ok_ ? value : 0;
    }
    template <typename List>
    void list(List& out, uint64_t most) {
        out.resize(number(most));
        values(out.data(), out.size());
    }
    bool ok() const { return ok_; }
    uint32_t crc() const { return crc_; }

  private:
    std::ifstream& file_;
    uint32_t crc_ = 0;
    bool ok_ = true;
};

bool fits(const PackState& state, const PackStateShape& shape) {
    const auto tokens = static_cast<uint64_t>(state.tokens.steps * kProfileSequences);
    if (state.tokens.steps < 2 || state.tokens.tokens.size() != tokens) return false;
    if (state.checksums.size() != shape.sections || state.written.size() != shape.sections) return false;
    if (state.streams.size() != shape.streams) return false;
    if (state.predictors.size() != static_cast<size_t>(state.layers)) return false;
    const uint64_t floats = state.layers > 0 ? tokens * static_cast<uint64_t>(shape.embedding) : 0;
    for (const auto& stream : state.streams) {
        if (stream.size() != floats) return false;
    }
    return true;
}

}  // namespace

std::string pack_state_path(const std::string& out) {
    return out + ".state";
}

Status save_pack_state(const std::string& out, const PackState& state) {
    auto file = PartFile::create(pack_state_path(out), 0, true);
    if (!file) return file.error();
    StateWriter to(file.value());
    to.list(state.identity);
    to.number(static_cast<uint64_t>(state.layers));
    to.number(static_cast<uint64_t>(state.tokens.steps));
    to.list(state.tokens.tokens);
    to.list(state.tokens.source);
    to.list(state.checksums);
    to.list(state.written);
    to.list(state.predictors);
    to.number(state.streams.size());
    for (const auto& stream : state.streams) to.list(stream);
    if (Status status = to.finish(); !status) return status;
    if (Status status = file.value().flush(); !status) return status;
    return file.value().commit();
}

Result<PackState> load_pack_state(const std::string& out, const PackStateShape& shape) {
    const std::string path = pack_state_path(out);
    std::ifstream file(path, std::ios::binary);
    if (!file) return Error{"file_missing", path + " does not exist"};
    char magic[kMagicBytes] = {};
    uint32_t crc = 0;
    file.read(magic, kMagicBytes).read(reinterpret_cast<char*>(&crc), sizeof crc);
    if (!file || std::memcmp(magic, kMagic, kMagicBytes) != 0) {
        return Error{"state_unusable", path + " is of another version, or no record of a packing"};
    }
    StateReader from(file);
    PackState state;
    const uint64_t most_tokens = kProfileSteps * kProfileSequences;
    from.list(state.identity, kMostText);
    state.layers = static_cast<int64_t>(from.number(static_cast<uint64_t>(shape.layers)));
    state.tokens.steps = static_cast<int64_t>(from.number(kProfileSteps));
    from.list(state.tokens.tokens, most_tokens);
    from.list(state.tokens.source, kMostText);
    from.list(state.checksums, shape.sections);
    from.list(state.written, shape.sections);
    from.list(state.predictors, static_cast<uint64_t>(shape.layers));
    state.streams.resize(from.number(shape.streams));
    for (auto& stream : state.streams) from.list(stream, most_tokens * static_cast<uint64_t>(shape.embedding));
    if (!from.ok() || from.crc() != crc || !fits(state, shape)) {
        return Error{"state_unusable", path + " is damaged, or of a packing of another model"};
    }
    return state;
}

void remove_pack_state(const std::string& out) {
    ::unlink(pack_state_path(out).c_str());
    ::unlink((pack_state_path(out) + ".part").c_str());
}

}  // namespace phonon
