// Systems that forbid some ways of reading, and filesystems whose direct reads are none: what is used instead, and that
// it is said.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "filtered_thread.h"
#include "flash/direct_check.h"
#include "flash/flash_file.h"
#include "flash/open_storage.h"
#include "flash/page_cache.h"
#include "flash_support.h"
#include "gguf_builder.h"
#include "limits/cold_cache.h"

using namespace phonon;
using namespace phonon::testing;

namespace {

bool mentions(const FlashFacts& facts, const std::string& what) {
    return facts.note.find(what) != std::string::npos;
}

class OpenedFile {
  public:
    OpenedFile(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC)) { REQUIRE(fd_ >= 0); }
    ~OpenedFile() { ::close(fd_); }
    OpenedFile(const OpenedFile&) = delete;
    OpenedFile& operator=(const OpenedFile&) = delete;
    operator int() const { return fd_; }

  private:
    const int fd_;
};

std::string why_not(const DiskFile& file, const std::string& read_instead, int flags = O_RDONLY) {
    return why_not_direct(OpenedFile(read_instead, flags), OpenedFile(file.path, O_RDONLY), file.content.size(),
                          kDirectAlignment);
}

// False, and the test is listed as not run (test/runner/cpp.mjs), where tests run in a folder whose files live in
// memory: nothing can be told of direct reads there.
bool pages_can_leave(const char* test) {
    const DiskFile file;
    const Status dropped = drop_from_page_cache(OpenedFile(file.path, O_RDONLY), 0, file.content.size());
    if (!dropped) std::printf("not run: %s: %s\n", test, dropped.error().message.c_str());
    return dropped.ok();
}

}  // namespace

TEST_CASE("flash fallback: without io_uring Linux AIO reads, without both threads do, and the answer says why") {
    const DiskFile file;
    const auto opened_without = [&](const std::vector<Forbidden>& calls, const StorageOptions& options = {}) {
        FlashFacts facts;
        in_own_thread([&] {
            REQUIRE(forbid(calls));
            auto storage = open_storage(file.path, options);
            REQUIRE(storage.ok());
            facts = storage.value()->facts();
            read_at_random(*storage.value(), file.content, 300, 32768, true, 3);
        });
        return facts;
    };
    const Forbidden no_uring{SYS_io_uring_setup, EPERM}, none_built_in{SYS_io_uring_setup, ENOSYS},
        no_aio{SYS_io_setup, ENOSYS};
    const FlashFacts all = opened_without({});
    CHECK(all.backend == "io_uring");
    CHECK_FALSE(mentions(all, "io_uring"));

    const FlashFacts second = opened_without({no_uring});
    CHECK(second.backend == (all.direct ? "aio" : "threads"));
    CHECK(mentions(second, "io_uring_setup: Operation not permitted"));

    const FlashFacts last = opened_without({none_built_in, no_aio});
    CHECK(last.backend == "threads");
    CHECK(last.depth <= 16);
    CHECK(mentions(last, "io_uring_setup: Function not implemented"));
    CHECK(mentions(last, "io_setup: Function not implemented") == all.direct);

    // Linux AIO would read buffered files while they are submitted: it is passed over.
    const FlashFacts buffered = opened_without({no_uring}, {.direct = false});
    CHECK(buffered.backend == "threads");
    CHECK_FALSE(buffered.direct);
}

TEST_CASE("flash fallback: a backend that was named and is forbidden is an error") {
    const DiskFile file;
    in_own_thread([&] {
        REQUIRE(forbid({{SYS_io_uring_setup, EPERM}, {SYS_io_setup, EPERM}}));
        for (const std::string backend : {"io_uring", "aio"}) {
            const auto storage = open_storage(file.path, {.backend = backend});
            REQUIRE_FALSE(storage.ok());
            CHECK(storage.error().code == "io_error");
            CHECK(storage.error().message.find("Operation not permitted") != std::string::npos);
        }
        CHECK(open_storage(file.path, {.backend = "threads"}).ok());
    });
}

TEST_CASE("flash fallback: direct reads that bring something else, less or nothing are found out") {
    if (!pages_can_leave("direct reads that bring something else are found out")) return;
    const DiskFile file, other(random_content(DiskFile::kBytes, 2)), half(random_content(DiskFile::kBytes / 2));
    // A read that says it brought everything and leaves the check's buffer as it was.
    const DiskFile nothing(std::vector<std::byte>(DiskFile::kBytes, std::byte{0xA5}));
    for (const DiskFile* wrong : {&other, &nothing}) {
        CHECK(why_not(file, wrong->path) == "a direct read brings other bytes than a buffered one");
    }
    CHECK(why_not(file, half.path) == "a direct read is shorter or longer than a buffered one");
    CHECK(why_not(file, file.path, O_WRONLY) == "a direct read fails: Bad file descriptor");
}

TEST_CASE("flash fallback: direct reads that leave pages in memory are found out") {
    if (!pages_can_leave("direct reads that leave pages in memory are found out")) return;
    const DiskFile file;
    CHECK(why_not(file, file.path) == "the filesystem keeps what is read directly in the page cache");
}

TEST_CASE("flash fallback: a filesystem that refuses direct reads is read through the page cache, which is said") {
    const std::string path = "/sys/kernel/notes";
    const std::string text = read_bytes(path);
    REQUIRE_FALSE(text.empty());
    auto storage = open_storage(path, {});
    REQUIRE(storage.ok());
    CHECK_FALSE(storage.value()->facts().direct);
    CHECK(storage.value()->facts().alignment == 1);
    CHECK(mentions(storage.value()->facts(), "buffered: the filesystem refuses O_DIRECT: Invalid argument"));
    std::vector<std::byte> content(text.size());
    std::memcpy(content.data(), text.data(), text.size());
    read_at_random(*storage.value(), content, 50, text.size(), true, 3);
}

TEST_CASE("flash fallback: a file just written leaves the page cache, and what somebody has mapped does not") {
    const char* name = "a file just written leaves the page cache";
    if (!pages_can_leave(name)) return;
    const DiskFile file;
    const OpenedFile opened(file.path, O_RDONLY);
    const auto pages = [&] { return resident_pages(opened, 0, file.content.size()).value(); };
    const uint64_t all = file.content.size() / static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
    CHECK(pages() == all);  // and not on the disk yet
    CHECK(drop_from_page_cache(opened, 0, file.content.size()).ok());
    CHECK(pages() == 0);

    void* mapping = ::mmap(nullptr, file.content.size(), PROT_READ, MAP_SHARED | MAP_POPULATE, opened, 0);
    REQUIRE(mapping != MAP_FAILED);
    CHECK(drop_from_page_cache(opened, 0, file.content.size()).error().code == "io_error");
    const ColdCache used = drop_model_pages(file.path, false);
    CHECK(used.how == "failed");
    CHECK(used.note.find("another program uses them") != std::string::npos);
    ::munmap(mapping, file.content.size());

    CHECK(pages() == all);
    const ColdCache cold = drop_model_pages(file.path, false);
    CHECK(cold.how == "posix_fadvise");
    CHECK(cold.note.empty());
    CHECK(pages() == 0);
    CHECK(resident_bytes(file.path) == 0u);
}
