#pragma once
// A model's file out of memory, so that its pages are read, and charged to who reads them, anew.

#include <cstdint>
#include <optional>
#include <string>

namespace phonon {

struct ColdCache {
    std::string how = "failed";  // "drop_caches", "posix_fadvise", "failed"
    std::string note = {};       // why it failed; empty otherwise
    bool cold() const { return how != "failed"; }
};

// Drops the file's pages, and checks with mincore that they are gone. `whole_device`: everything that the device has
// cached goes, where this process may do that.
ColdCache drop_model_pages(const std::string& path, bool whole_device);

// Bytes of the file that are in memory; nothing where this process may not know.
std::optional<uint64_t> resident_bytes(const std::string& path);

}  // namespace phonon
