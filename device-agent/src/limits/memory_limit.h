#pragma once
// A limit around this process for as long as a model is loaded: set from outside of the engine, so that it holds for
// every engine alike.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "limits/balloon.h"
#include "limits/keeper.h"
#include "limits/memory_group.h"
#include "phonon/memory_report.h"
#include "phonon/result.h"

namespace phonon {

// auto: a cgroup, else a balloon, else nothing with the reason. measure: a cgroup that only measures.
enum class Enforce { automatic, cgroup, balloon, none, measure };

struct LimitConfig {
    uint64_t memory_bytes = 0;  // budget for everything the process holds; 0: no limit
    Enforce enforce = Enforce::automatic;
    bool cold_cache = false;
    std::string model_path = {};  // whose pages are counted
    std::string words_file = {};  // where it is told that the limit killed this process; empty: nowhere
};

// Started and ended by one thread, which lives as long as the process (limits/balloon.h), with nothing loaded: only
// what is allocated and read in between is sure to be held to the limit. Not thread-safe.
class MemoryLimit {
  public:
    // Errors: bad_request (more than the device has, or too little for this process alone), out_of_memory and io_error
    // (it cannot be enforced as asked for), cancelled.
    static Result<std::unique_ptr<MemoryLimit>> start(const LimitConfig& config, const SystemFiles& files,
                                                      const std::atomic<bool>& cancel);
    // Gives everything back.
    ~MemoryLimit();
    MemoryLimit(const MemoryLimit&) = delete;
    MemoryLimit& operator=(const MemoryLimit&) = delete;

    // How it stands now.
    MemoryReport report();
    // What makes it less than was asked for; each is in the report's note too.
    const std::vector<std::string>& warnings() const { return warnings_; }

  private:
    MemoryLimit(LimitConfig config, const SystemFiles& files) : config_(std::move(config)), files_(files) {}
    Status enforce(const std::atomic<bool>& cancel);
    void start_cold();
    Status enter_group(bool limited);
    Status inflate(const std::atomic<bool>& cancel);
    uint64_t held_by_process() const;
    void warn(const std::string& what, const std::string& why);

    const LimitConfig config_;
    const SystemFiles& files_;
    uint64_t held_before_ = 0;  // by this process when it entered the group
    uint64_t highest_ = 0;      // that was seen where no group measures
    std::string enforced_ = "none", cold_ = {}, note_ = {};
    std::vector<std::string> warnings_;
    std::unique_ptr<MemoryGroup> group_;
    std::unique_ptr<Keeper> keeper_;
    std::unique_ptr<Balloon> balloon_;
    std::optional<int64_t> oom_score_;  // to be put back
};

}  // namespace phonon
