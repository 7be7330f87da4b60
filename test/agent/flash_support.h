#pragma once
// Files with known bytes, and everything that can be read of them.

#include <doctest/doctest.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "flash/storage.h"

inline std::vector<std::byte> random_content(size_t bytes, uint32_t seed = 1) {
    std::mt19937 random(seed);
    std::vector<std::byte> content(bytes);
    for (std::byte& b : content) b = static_cast<std::byte>(random());
    return content;
}

inline void write_file(const std::string& path, const std::vector<std::byte>& content) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
}

// On a disk: the folder that tests run in, as /tmp may live in memory.
struct DiskFile {
    static constexpr size_t kBytes = 3 << 20;
    explicit DiskFile(std::vector<std::byte> bytes = random_content(kBytes)) : content(std::move(bytes)) {
        write_file(path, content);
    }
    ~DiskFile() { std::filesystem::remove(path); }
    DiskFile(const DiskFile&) = delete;
    DiskFile& operator=(const DiskFile&) = delete;
    const std::vector<std::byte> content;
    const std::string path =
        (std::filesystem::current_path() / ("flash-" + std::to_string(std::random_device{}()) + ".bin")).string();
};

// Page-aligned memory.
class Pages {
  public:
    explicit Pages(size_t bytes)
        : data_(static_cast<std::byte*>(std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096)), std::free) {}
    std::byte* at(size_t offset) const { return data_.get() + offset; }

  private:
    std::unique_ptr<std::byte, decltype(&std::free)> data_;
};

// Keeps `storage` busy with random reads until `count` are done, and compares each with the file's content. Reads may
// reach past the end where `past_end`; those must say so.
inline void read_at_random(phonon::Storage& storage, const std::vector<std::byte>& content, size_t count,
                           size_t longest, bool past_end, uint32_t seed) {
    const size_t unit = storage.facts().alignment, depth = storage.facts().depth;
    std::mt19937 random(seed);
    const Pages pages(depth * longest);
    std::vector<phonon::ReadRequest> reads(depth);  // [tag]
    std::vector<bool> under_way(depth);
    std::vector<phonon::ReadDone> done(depth);
    size_t asked = 0, finished = 0;
    const auto next_read = [&](uint64_t tag) {
        const size_t length = unit * (1 + random() % (longest / unit));
        const size_t last = past_end ? content.size() : content.size() - length;
        return phonon::ReadRequest{random() % (last / unit + 1) * unit, static_cast<uint32_t>(length),
                                   pages.at(tag * longest), tag};
    };
    while (finished < count) {
        std::vector<phonon::ReadRequest> batch;
        for (uint64_t tag = 0; tag < depth && asked + batch.size() < count; ++tag) {
            if (under_way[tag] || random() % 4 == 0) continue;
            reads[tag] = next_read(tag);
            batch.push_back(reads[tag]);
        }
        const size_t taken = storage.submit(batch);
        REQUIRE(taken == batch.size());  // there are no more tags than places in the queue
        for (const auto& read : batch) under_way[read.tag] = true;
        asked += taken;
        REQUIRE(storage.under_way() == asked - finished);
        const size_t come = storage.wait(done, std::chrono::seconds(20));
        if (asked > finished) REQUIRE(come > 0);
        for (size_t i = 0; i < come; ++i) {
            const phonon::ReadRequest& read = reads[done[i].tag];
            REQUIRE(under_way[done[i].tag]);
            under_way[done[i].tag] = false;
            if (read.offset + read.length > content.size()) {
                CHECK(done[i].error == ENODATA);
                continue;
            }
            REQUIRE(done[i].error == 0);
            REQUIRE(std::equal(read.buffer, read.buffer + read.length,
                               content.begin() + static_cast<std::ptrdiff_t>(read.offset)));
        }
        finished += come;
    }
    CHECK(storage.under_way() == 0);
    CHECK(storage.wait(done, std::chrono::seconds(20)) == 0);  // and at once: nothing is under way
}
