#include "limits/memory_group.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/system_error.h"
#include "base/text.h"

namespace phonon {
namespace {

constexpr std::string_view kPrefix = "phonon-";
constexpr int kMostTries = 100;

Status write_value(const std::string& path, const std::string& value) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) return system_error(path);
    const bool done = ::write(fd, value.data(), value.size()) == static_cast<ssize_t>(value.size());
    const Status status = done ? Status() : Status(system_error(path));
    ::close(fd);
    return status;
}

// Not every kernel has every one of these files.
Status write_if_there(const std::string& path, const std::string& value) {
    return ::access(path.c_str(), F_OK) == 0 ? write_value(path, value) : Status();
}

bool has_word(std::string_view list, char separator, std::string_view word) {
    while (!list.empty()) {
        if (take_until(list, separator) == word) return true;
    }
    return false;
}

// This process's group below the mount: of "4:memory:/a" the "/a"; version 2 is "0::/a".
std::string own_group(const SystemFiles& files, int version) {
    const std::string text = files.read("/proc/self/cgroup").value_or("");
    for (std::string_view rest = text; !rest.empty();) {
        std::string_view line = take_until(rest, '\n');
        const std::string_view id = take_until(line, ':'), controllers = take_until(line, ':');
        const bool found = version == 1 ? has_word(controllers, ',', "memory") : id == "0" && controllers.empty();
        if (found && line.starts_with("/")) return line == "/" ? std::string() : std::string(line);
    }
    return {};
}

// A controller that is not handed to the groups below can be, in the hierarchy's root.
Status hand_down_memory(const SystemFiles& files, const std::string& mount) {
    const std::string path = mount + "/cgroup.subtree_control";
    if (has_word(files.line(path).value_or(""), ' ', "memory")) return {};
    return write_value(path, "+memory");
}

}  // namespace

Result<GroupHierarchy> find_memory_hierarchy(const SystemFiles& files) {
    const std::string mounts = files.read("/proc/self/mounts").value_or("");
    for (std::string_view rest = mounts; !rest.empty();) {
        std::string_view line = take_until(rest, '\n');
        take_until(line, ' ');
        const std::string mount(take_until(line, ' '));
        const std::string_view type = take_until(line, ' '), options = take_until(line, ' ');
        if (type == "cgroup" && has_word(options, ',', "memory")) {
            return GroupHierarchy{1, mount, mount + own_group(files, 1)};
        }
        if (type == "cgroup2" && has_word(files.line(mount + "/cgroup.controllers").value_or(""), ' ', "memory")) {
            const Status handed = hand_down_memory(files, mount);
            if (!handed) return handed.error();
            return GroupHierarchy{2, mount, mount + own_group(files, 2)};
        }
    }
    return Error{"io_error", "no cgroup file system with the memory controller is mounted"};
}

void remove_stale_groups(const GroupHierarchy& hierarchy) {
    DIR* dir = ::opendir(hierarchy.mount.c_str());
    if (dir == nullptr) return;
    while (const dirent* entry = ::readdir(dir)) {
        const std::string_view name = entry->d_name;
        if (!name.starts_with(kPrefix)) continue;
        const auto pid = leading_number<int>(name.substr(kPrefix.size()));
        if (!pid || ::access(("/proc/" + std::to_string(*pid)).c_str(), F_OK) == 0) continue;
        ::rmdir((hierarchy.mount + "/" + entry->d_name).c_str());  // fails while somebody is in it
    }
    ::closedir(dir);
}

Result<std::unique_ptr<MemoryGroup>> MemoryGroup::create(const GroupHierarchy& hierarchy) {
    static std::atomic<unsigned> made = 0;
    const std::string start = hierarchy.mount + "/" + std::string(kPrefix) + std::to_string(::getpid()) + "-";
    for (int i = 0;; i++) {
        const std::string folder = start + std::to_string(made++);
        if (::mkdir(folder.c_str(), 0755) == 0) {
            return std::unique_ptr<MemoryGroup>(new MemoryGroup(hierarchy, folder));
        }
        // In another pid namespace another process may have this one's number.
        if (errno != EEXIST || i >= kMostTries) return system_error(folder);
    }
}

Status MemoryGroup::limit(uint64_t bytes) const {
    const std::string value = std::to_string(bytes);
    const bool first = hierarchy_.version == 1;
    const Status status = write_value(folder_ + (first ? "/memory.limit_in_bytes" : "/memory.max"), value);
    if (!status) return status;
    if (!first) return write_if_there(folder_ + "/memory.swap.max", "0");
    // Version 1 bounds memory and swap together; without swappiness all of it stays memory.
    static_cast<void>(write_if_there(folder_ + "/memory.swappiness", "0"));
    return write_if_there(folder_ + "/memory.memsw.limit_in_bytes", value);
}

Status MemoryGroup::enter() const {
    return write_value(folder_ + "/cgroup.procs", std::to_string(::getpid()));
}

void MemoryGroup::leave() const {
    const std::string pid = std::to_string(::getpid());
    if (write_value(hierarchy_.current + "/cgroup.procs", pid)) return;
    // Its group before may be gone.
    static_cast<void>(write_value(hierarchy_.mount + "/cgroup.procs", pid));
}

std::optional<uint64_t> MemoryGroup::peak(const SystemFiles& files) const {
    const char* name = hierarchy_.version == 1 ? "/memory.max_usage_in_bytes" : "/memory.peak";
    const auto value = files.number(folder_ + name);
    return value && *value >= 0 ? std::optional(static_cast<uint64_t>(*value)) : std::nullopt;
}

std::string MemoryGroup::kills_file() const {
    return folder_ + (hierarchy_.version == 1 ? "/memory.oom_control" : "/memory.events");
}

}  // namespace phonon
