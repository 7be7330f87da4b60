#include "flash/open_storage.h"

#include <string_view>

#include "flash/backends.h"

namespace phonon {
namespace {

Result<std::unique_ptr<Storage>> open_as(const std::string& backend, FlashFile&& file, const FlashFacts& facts) {
    if (backend == "io_uring") return open_io_uring(std::move(file), facts);
    if (backend == "aio") return open_aio(std::move(file), facts);
    if (backend == "threads") return open_read_threads(std::move(file), facts);
    return Error{"bad_request", "there is no storage backend \"" + backend + "\"; there are io_uring, aio, threads"};
}

void add(std::string& note, const std::string& text) {
    note += (note.empty() ? "" : "; ") + text;
}

}  // namespace

Result<std::unique_ptr<Storage>> open_storage(const std::string& path, const StorageOptions& options) {
    auto file = FlashFile::open(path, options.direct);
    if (!file) return file.error();
    FlashFacts facts;
    facts.direct = file.value().direct();
    facts.alignment = file.value().alignment();
    facts.depth = options.depth;
    facts.file_bytes = file.value().bytes();
    facts.path = path;
    if (options.direct && !facts.direct) add(facts.note, "buffered: " + file.value().why_buffered());
    if (!options.backend.empty()) return open_as(options.backend, std::move(file).value(), facts);
    for (const char* backend : {"io_uring", "aio"}) {
        // Linux AIO reads buffered files while they are submitted: that is no better than one thread.
        if (backend == std::string_view("aio") && !facts.direct) continue;
        auto storage = open_as(backend, std::move(file).value(), facts);
        if (storage) return storage;
        add(facts.note, storage.error().message);
    }
    return open_read_threads(std::move(file).value(), facts);
}

}  // namespace phonon
