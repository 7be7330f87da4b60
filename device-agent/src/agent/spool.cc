#include "agent/spool.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/folders.h"
#include "base/system_error.h"

namespace phonon {
namespace {

bool write_all(int fd, std::string_view bytes, uint64_t offset) {
    while (!bytes.empty()) {
        const ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes.remove_prefix(static_cast<size_t>(n));
        offset += static_cast<uint64_t>(n);
    }
    return true;
}

// Removes the files in `folder` that no living agent has locked.
void remove_stale(const std::string& folder) {
    DIR* dir = ::opendir(folder.c_str());
    if (dir == nullptr) return;
    while (const dirent* entry = ::readdir(dir)) {
        const std::string name = entry->d_name;
        if (!name.ends_with(".jsonl")) continue;
        const int fd = ::openat(::dirfd(dir), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0) continue;
        if (::flock(fd, LOCK_EX | LOCK_NB) == 0) ::unlinkat(::dirfd(dir), name.c_str(), 0);
        ::close(fd);
    }
    ::closedir(dir);
}

}  // namespace

Result<std::shared_ptr<Spool>> Spool::create(const std::string& run, const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return system_error(path);
    ::flock(fd, LOCK_EX | LOCK_NB);
    return std::shared_ptr<Spool>(new Spool(run, path, fd));
}

Spool::~Spool() {
    remove_file();
    ::close(fd_);
}

void Spool::remove_file() {
    const std::lock_guard lock(mutex_);
    if (!removed_) ::unlink(path_.c_str());
    removed_ = true;
}

uint64_t Spool::last_seq() const {
    const std::lock_guard lock(mutex_);
    return ends_.size() + (last_.empty() ? 0 : 1);
}

bool Spool::ended() const {
    const std::lock_guard lock(mutex_);
    return ended_;
}

Status Spool::append(const std::vector<std::string>& lines) {
    // Only this thread changes ends_, so it may be read without the lock; readers go on during the write.
    const uint64_t begin = ends_.empty() ? 0 : ends_.back();
    std::string bytes;
    std::vector<uint64_t> ends;
    for (const std::string& line : lines) {
        bytes += line;
        ends.push_back(begin + bytes.size());
    }
    if (!write_all(fd_, bytes, begin)) {
        const Error error = system_error(path_);
        // What was written of these lines is overwritten or never read; giving the space back is all that is left.
        if (::ftruncate(fd_, static_cast<off_t>(begin)) != 0) return error;
        return error;
    }
    const std::lock_guard lock(mutex_);
    ends_.insert(ends_.end(), ends.begin(), ends.end());
    return {};
}

void Spool::append_last(const std::string& line) {
    const bool written = append({line}).ok();
    const std::lock_guard lock(mutex_);
    if (!written) last_ = line;
    ended_ = true;
}

Result<std::string> Spool::read(uint64_t seq, size_t most_bytes, uint64_t& next) const {
    uint64_t begin = 0, end = 0;
    {
        const std::lock_guard lock(mutex_);
        next = seq;
        if (seq == ends_.size() + 1 && !last_.empty()) {
            next = seq + 1;
            return last_;
        }
        if (seq == 0 || seq > ends_.size()) return std::string();
        begin = seq == 1 ? 0 : ends_[seq - 2];
        const auto first = ends_.begin() + static_cast<std::ptrdiff_t>(seq - 1);
        auto last = std::upper_bound(first, ends_.end(), begin + most_bytes);
        if (last == first) ++last;
        end = *(last - 1);
        next = seq + static_cast<uint64_t>(last - first);
    }
    std::string bytes(end - begin, '\0');
    for (size_t done = 0; done < bytes.size();) {
        const ssize_t n = ::pread(fd_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(begin + done));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return system_error(path_);
        if (n == 0) return Error{"io_error", path_ + ": was cut short by somebody else"};
        done += static_cast<size_t>(n);
    }
    return bytes;
}

Result<std::unique_ptr<SpoolStore>> SpoolStore::open(const std::string& folder) {
    if (Status made = make_folders(folder); !made) return made.error();
    remove_stale(folder);
    return std::unique_ptr<SpoolStore>(new SpoolStore(folder));
}

SpoolStore::~SpoolStore() {
    remove_files();
}

void SpoolStore::remove_files() {
    const std::lock_guard lock(mutex_);
    for (const auto& spool : spools_) spool->remove_file();
    ::rmdir(folder_.c_str());  // stays while another agent's spools are in it
}

Result<std::shared_ptr<Spool>> SpoolStore::create(const std::string& run) {
    const std::lock_guard lock(mutex_);
    for (const auto& spool : spools_) {
        if (spool->run() == run) return Error{"bad_request", "run " + run + " exists already; choose another name"};
    }
    auto spool = Spool::create(run, folder_ + "/" + run + ".jsonl");
    if (!spool) return spool.error();
    spools_.push_back(spool.value());
    if (spools_.size() > kKept) {
        // A connection may still be reading it.
        spools_.front()->remove_file();
        spools_.pop_front();
    }
    return spool;
}

std::shared_ptr<Spool> SpoolStore::find(const std::string& run) const {
    const std::lock_guard lock(mutex_);
    for (const auto& spool : spools_) {
        if (spool->run() == run) return spool;
    }
    return nullptr;
}

}  // namespace phonon
