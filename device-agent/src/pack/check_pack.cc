#include "pack/check_pack.h"

#include "pack/pack_file.h"

namespace phonon {

Result<std::string> check_pack(const std::string& model, const std::string& pack) {
    const auto source = GgufFile::open(model);
    if (!source) return source.error();
    const auto packed = GgufFile::open(pack);
    if (!packed) return std::string(packed.error().code == "file_missing" ? "missing" : "unreadable");
    const auto hp = read_hyperparameters(*packed.value());
    if (!hp) return std::string("unreadable");
    const auto read = read_pack(*packed.value(), hp.value());
    if (!read) return std::string("unreadable");
    const bool same = read.value().source_bytes == source.value()->file().bytes().size() &&
                      read.value().source_checksum == source_checksum(*source.value());
    return std::string(same ? "current" : "stale");
}

}  // namespace phonon
