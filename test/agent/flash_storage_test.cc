// Storage: every backend that this system has against the file's bytes, and faults that only a made-up device has.
#include <filesystem>

#include "flash/flash_file.h"
#include "flash/open_storage.h"
#include "flash_support.h"
#include "memory_storage.h"
#include "temporary_folder.h"

using namespace phonon;

namespace {

const size_t kFileBytes = DiskFile::kBytes;

std::vector<std::string> backends() {
    return {"io_uring", "aio", "threads"};
}

ReadDone read_one(Storage& storage, uint64_t offset, uint32_t length, std::byte* buffer) {
    const ReadRequest read{offset, length, buffer, 77};
    REQUIRE(storage.submit({&read, 1}) == 1);
    ReadDone done;
    REQUIRE(storage.wait({&done, 1}, std::chrono::seconds(20)) == 1);
    CHECK(done.tag == 77);
    return done;
}

}  // namespace

TEST_CASE("flash: every backend reads what the file holds, in any order and size") {
    const DiskFile file;
    for (const std::string& backend : backends()) {
        for (const bool direct : {true, false}) {
            for (const size_t depth : {1, 7, 64}) {
                CAPTURE(backend);
                CAPTURE(direct);
                CAPTURE(depth);
                auto storage = open_storage(file.path, {.backend = backend, .direct = direct, .depth = depth});
                REQUIRE_MESSAGE(storage.ok(), storage.error().message);
                const FlashFacts& facts = storage.value()->facts();
                CHECK(facts.backend == backend);
                CHECK(facts.depth <= depth);
                CHECK(facts.file_bytes == kFileBytes);
                if (!direct) CHECK_FALSE(facts.direct);
                read_at_random(*storage.value(), file.content, 300, 32768, true, static_cast<uint32_t>(depth));
            }
        }
    }
}

TEST_CASE("flash: direct reads are used where they are proved, and said where they are not") {
    const DiskFile file;
    auto storage = open_storage(file.path, {});
    REQUIRE(storage.ok());
    MESSAGE("on this disk: " << storage.value()->facts().backend << ", direct " << storage.value()->facts().direct
                             << " " << storage.value()->facts().note);
    CHECK(storage.value()->facts().direct == (storage.value()->facts().alignment >= kFinestAlignment));
    CHECK(storage.value()->facts().direct != (storage.value()->facts().note.find("buffered: ") == 0));
    const TemporaryFolder folder;
    write_file(folder.file("small"), random_content(100));
    auto small = open_storage(folder.file("small"), {});
    REQUIRE(small.ok());
    CHECK_FALSE(small.value()->facts().direct);
    CHECK(small.value()->facts().note.find("smaller than a block") != std::string::npos);
    // Memory is no disk: the pages of such a file cannot be dropped.
    if (std::filesystem::is_directory("/dev/shm")) {
        const std::string shm = "/dev/shm/phonon-flash-" + std::to_string(std::random_device{}());
        write_file(shm, random_content(1 << 20));
        auto memory = open_storage(shm, {});
        std::filesystem::remove(shm);
        REQUIRE(memory.ok());
        CHECK_FALSE(memory.value()->facts().direct);
        CHECK(memory.value()->facts().note.find("buffered: ") == 0);
    }
}

TEST_CASE("flash: what cannot be opened is named") {
    const TemporaryFolder folder;
    const auto code = [](const std::string& path, StorageOptions options = {}) {
        const auto storage = open_storage(path, options);
        REQUIRE_FALSE(storage.ok());
        CHECK(storage.error().message.size() > 10);
        return storage.error().code;
    };
    CHECK(code(folder.file("none")) == "file_missing");
    CHECK(code(folder.path()) == "file_invalid");
    write_file(folder.file("empty"), {});
    CHECK(code(folder.file("empty")) == "file_invalid");
    write_file(folder.file("one"), random_content(1));
    CHECK(code(folder.file("one"), {.backend = "tape"}) == "bad_request");
}

TEST_CASE("flash: a read past the end is an error, and the next one works") {
    const DiskFile file;
    const Pages pages(8192);
    for (const std::string& backend : backends()) {
        CAPTURE(backend);
        auto storage = open_storage(file.path, {.backend = backend, .depth = 4});
        REQUIRE(storage.ok());
        CHECK(read_one(*storage.value(), kFileBytes, 4096, pages.at(0)).error == ENODATA);
        CHECK(read_one(*storage.value(), kFileBytes - 4096, 8192, pages.at(0)).error == ENODATA);
        CHECK(read_one(*storage.value(), kFileBytes - 4096, 4096, pages.at(0)).error == 0);
    }
}

TEST_CASE("flash: a queue takes what there is room for") {
    const DiskFile file;
    const Pages pages(8 * 4096);
    for (const std::string& backend : backends()) {
        auto storage = open_storage(file.path, {.backend = backend, .depth = 4});
        REQUIRE(storage.ok());
        std::vector<ReadRequest> reads;
        for (uint64_t i = 0; i < 8; ++i) reads.push_back({i * 4096, 4096, pages.at(i * 4096), i});
        CHECK(storage.value()->submit(reads) == 4);
        CHECK(storage.value()->submit(std::span(reads).subspan(4)) == 0);
        // Destroyed with reads under way: it waits for them, as their buffers go afterwards.
    }
}

TEST_CASE("flash: devices that answer with less, refuse, or say again") {
    const auto content = random_content(300'001);
    for (uint32_t seed = 0; seed < 20; ++seed) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        MemoryStorage storage(content, 1 + seed * 3, [&](const ReadRequest&) {
            MemoryStorage::Fault fault;
            switch (random() % 6) {
                case 0:
                    fault.at_most = 1 + static_cast<uint32_t>(random() % 2000);
                    break;
                case 1:
                    fault.error = EAGAIN;
                    break;
                case 2:
                    fault.error = EINTR;
                    break;
                case 3:
                    fault.refuse = true;
                    break;
                case 4:
                    fault.delay = std::chrono::microseconds(random() % 200);
                    break;
                default:
                    break;
            }
            return fault;
        });
        read_at_random(storage, content, 400, 20'000, true, seed);
    }
}

TEST_CASE("flash: a device that always says again fails the read, one that is slow runs out of patience") {
    const auto content = random_content(10'000);
    std::vector<std::byte> buffer(1000);
    MemoryStorage again(content, 4, [](const ReadRequest&) { return MemoryStorage::Fault{.error = EAGAIN}; });
    CHECK(read_one(again, 0, 1000, buffer.data()).error == EAGAIN);
    MemoryStorage broken(content, 4, [](const ReadRequest&) { return MemoryStorage::Fault{.error = EIO}; });
    CHECK(read_one(broken, 0, 1000, buffer.data()).error == EIO);
    MemoryStorage slow(content, 4,
                       [](const ReadRequest&) { return MemoryStorage::Fault{.delay = std::chrono::milliseconds(50)}; });
    const ReadRequest read{0, 1000, buffer.data(), 5};
    ReadDone done;
    REQUIRE(slow.submit({&read, 1}) == 1);
    CHECK(slow.wait({&done, 1}, std::chrono::milliseconds(1)) == 0);
    CHECK(slow.under_way() == 1);
    CHECK(slow.wait({&done, 1}, std::chrono::seconds(20)) == 1);
    CHECK(done.error == 0);
}

TEST_CASE("flash: a direct read that the end of the file cuts off is not asked for again at an odd place") {
    const auto content = random_content(4096 * 3 + 100);
    const Pages pages(8192);
    int started = 0;
    MemoryStorage storage(
        content, 2,
        [&](const ReadRequest& read) {
            CHECK(read.offset % 4096 == 0);
            ++started;
            return MemoryStorage::Fault{};
        },
        4096);
    CHECK(read_one(storage, 4096 * 2, 8192, pages.at(0)).error == ENODATA);
    CHECK(started == 1);
}
