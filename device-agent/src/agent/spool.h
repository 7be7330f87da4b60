#pragma once
// A run's events on disk, so that a connection can be lost and taken up again with nothing missing or doubled.

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "phonon/result.h"

namespace phonon {

// One run's lines, numbered from 1, in a file that only grows. One thread appends; any thread reads. The file is
// locked (flock) while the spool lives, which tells it from one that a killed agent left, and removed with it at the
// latest.
class Spool {
  public:
    // `path` must not exist.
    static Result<std::shared_ptr<Spool>> create(const std::string& run, const std::string& path);
    ~Spool();
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    const std::string& run() const { return run_; }
    // Its lines can still be read.
    void remove_file();
    uint64_t last_seq() const;
    bool ended() const;

    // Appends whole lines, all of them or none.
    Status append(const std::vector<std::string>& lines);
    // Appends the run's last line. It is kept in memory where the disk does not take it.
    void append_last(const std::string& line);

    // Lines from number `seq` on, whole ones, at least one if there is one, otherwise at most `most_bytes`; `next`
    // becomes the number after the last line returned.
    Result<std::string> read(uint64_t seq, size_t most_bytes, uint64_t& next) const;

  private:
    Spool(std::string run, std::string path, int fd) : run_(std::move(run)), path_(std::move(path)), fd_(fd) {}

    const std::string run_, path_;
    const int fd_;
    mutable std::mutex mutex_;
    std::vector<uint64_t> ends_;  // [line] file offset after it
    std::string last_;            // a last line that is not in the file
    bool ended_ = false;
    bool removed_ = false;
};

// The spools of the last runs. Thread-safe.
class SpoolStore {
  public:
    static constexpr size_t kKept = 8;

    // Makes `folder` and removes what agents that are no more left in it.
    static Result<std::unique_ptr<SpoolStore>> open(const std::string& folder);
    ~SpoolStore();

    // Errors: bad_request when the run exists, io_error. The oldest spool goes when there are too many.
    Result<std::shared_ptr<Spool>> create(const std::string& run);
    std::shared_ptr<Spool> find(const std::string& run) const;
    // For a process that ends without unwinding. The spools stay readable.
    void remove_files();

  private:
    explicit SpoolStore(std::string folder) : folder_(std::move(folder)) {}

    const std::string folder_;
    mutable std::mutex mutex_;
    std::deque<std::shared_ptr<Spool>> spools_;  // oldest first
};

}  // namespace phonon
