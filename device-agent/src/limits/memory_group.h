#pragma once
// A memory cgroup that this process makes for itself and moves into. Version 1 or 2.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/files.h"
#include "phonon/result.h"

namespace phonon {

struct GroupHierarchy {
    int version = 2;
    std::string mount;    // where groups are made
    std::string current;  // the folder of the group that this process is in
};

// Errors: io_error, with the reason for which this process cannot make memory groups.
Result<GroupHierarchy> find_memory_hierarchy(const SystemFiles& files);

// Removes groups of processes that are no more, which can be left only where a keeper was killed with its process.
void remove_stale_groups(const GroupHierarchy& hierarchy);

// The folder, with a limit or without one. It is removed by a Keeper (limits/keeper.h), not here: whoever made it may
// die at any time. Not thread-safe.
class MemoryGroup {
  public:
    // Makes the group, empty. Errors: io_error.
    static Result<std::unique_ptr<MemoryGroup>> create(const GroupHierarchy& hierarchy);

    const std::string& folder() const { return folder_; }
    // No swap either. Errors: io_error, where the kernel did not take it as given.
    Status limit(uint64_t bytes) const;
    // Moves this process, all its threads. What it allocates and reads from then on is charged to the group; what it
    // holds already stays charged to the group before.
    Status enter() const;
    // Moves this process back.
    void leave() const;

    // The most that was charged since the group was made; nothing where the kernel does not keep it.
    std::optional<uint64_t> peak(const SystemFiles& files) const;
    // The file that tells how many processes of the group were killed for want of memory, as a line "oom_kill N".
    std::string kills_file() const;

  private:
    MemoryGroup(GroupHierarchy hierarchy, std::string folder)
        : hierarchy_(std::move(hierarchy)), folder_(std::move(folder)) {}

    const GroupHierarchy hierarchy_;
    const std::string folder_;
};

}  // namespace phonon
