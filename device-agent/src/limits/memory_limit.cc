#include "limits/memory_limit.h"

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "limits/balloon_size.h"
#include "limits/bytes_text.h"
#include "limits/cold_cache.h"
#include "telemetry/proc_parse.h"
#include "telemetry/telemetry_sampler.h"

namespace phonon {
namespace {

constexpr uint64_t kLeastRoom = 1 << 20;  // for an engine, beside what the agent holds already
// Added to this process's score while a balloon enforces, so that the kernel kills who exceeds the budget, and not the
// largest process, which is the balloon.
constexpr int64_t kOomScoreStep = 500;
constexpr const char* kOomScoreFile = "/proc/self/oom_score_adj";
constexpr const char* kKillsKey = "oom_kill ";

bool write_oom_score(int64_t score) {
    const int fd = ::open(kOomScoreFile, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    const std::string text = std::to_string(score);
    const bool done = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::close(fd);
    return done;
}

std::string last_words(uint64_t budget, const char* means) {
    return "The kernel ended the agent: it needed more memory than its budget of " + bytes_text(budget) +
           ", page cache included (enforced by a " + means +
           "). Take a larger budget, a smaller context or batch, or, with llama.cpp, no repacking.";
}

void say(std::string& note, const std::string& sentence) {
    if (sentence.empty()) return;
    if (!note.empty()) note += "; ";
    note += sentence;
}

Status check(const LimitConfig& config, const SystemFiles& files) {
    const bool means = config.enforce == Enforce::cgroup || config.enforce == Enforce::balloon;
    if (means && config.memory_bytes == 0) return Error{"bad_request", "enforce: there is no memory_bytes to enforce"};
    const auto total = parse_meminfo(files.read("/proc/meminfo").value_or("")).total_bytes;
    if (!total || config.memory_bytes <= *total) return {};
    return Error{"bad_request", "memory_bytes is " + bytes_text(config.memory_bytes) + ", but this device has only " +
                                    bytes_text(*total) + " of memory"};
}

}  // namespace

Result<std::unique_ptr<MemoryLimit>> MemoryLimit::start(const LimitConfig& config, const SystemFiles& files,
                                                        const std::atomic<bool>& cancel) {
    const Status valid = check(config, files);
    if (!valid) return valid.error();
    std::unique_ptr<MemoryLimit> out(new MemoryLimit(config, files));
    if (!config.words_file.empty()) ::unlink(config.words_file.c_str());
#ifdef __GLIBC__
    ::malloc_trim(0);  // what was loaded before is no part of this
#endif
    reset_peak_rss();
    out->start_cold();
    const Status enforced = out->enforce(cancel);
    if (!enforced) return enforced.error();
    return out;
}

MemoryLimit::~MemoryLimit() {
    balloon_.reset();
    if (oom_score_) write_oom_score(*oom_score_);
    if (group_) group_->leave();
    keeper_.reset();
}

// Pages that are in memory already are charged to whoever read them, and would be had for nothing.
void MemoryLimit::start_cold() {
    const bool charged =
        config_.enforce == Enforce::measure || (config_.enforce != Enforce::none && config_.memory_bytes > 0);
    if (!config_.cold_cache && !charged) return;
    const ColdCache cache = drop_model_pages(config_.model_path, config_.cold_cache);
    if (config_.cold_cache) cold_ = cache.how;
    if (cache.cold()) return;
    if (config_.cold_cache) warn("the page cache is not cold", cache.note);
    if (charged) warn("pages of the model are not counted", cache.note);
}

void MemoryLimit::warn(const std::string& what, const std::string& why) {
    warnings_.push_back(what + ": " + why);
    say(note_, warnings_.back());
}

Status MemoryLimit::enforce(const std::atomic<bool>& cancel) {
    if (config_.enforce == Enforce::measure) return enter_group(false);
    if (config_.memory_bytes == 0 || config_.enforce == Enforce::none) return {};
    if (config_.enforce == Enforce::cgroup) return enter_group(true);
    if (config_.enforce == Enforce::balloon) return inflate(cancel);
    const Status group = enter_group(true);
    if (group || group.error().code == "bad_request") return group;
    const Status balloon = inflate(cancel);
    if (!balloon && balloon.error().code == "cancelled") return balloon;
    const std::string why = "no cgroup: " + group.error().message;
    if (balloon)
        say(note_, why);
    else
        warn("the memory budget is not enforced", why + "; no balloon: " + balloon.error().message);
    return {};
}

uint64_t MemoryLimit::held_by_process() const {
    return parse_status(files_.read("/proc/self/status").value_or("")).rss_bytes.value_or(0);
}

Status MemoryLimit::enter_group(bool limited) {
    const auto hierarchy = find_memory_hierarchy(files_);
    if (!hierarchy) return hierarchy.error();
    held_before_ = held_by_process();
    if (limited && config_.memory_bytes < held_before_ + kLeastRoom) {
        return Error{"bad_request", "memory_bytes is " + bytes_text(config_.memory_bytes) +
                                        ", but the agent alone holds " + bytes_text(held_before_)};
    }
    remove_stale_groups(hierarchy.value());
    auto group = MemoryGroup::create(hierarchy.value());
    if (!group) return group.error();
    // From here on the keeper removes it, whatever happens.
    KeeperTask task{group.value()->folder(), group.value()->kills_file(), kKillsKey, "", ""};
    if (limited) {
        task.words_file = config_.words_file;
        task.words = last_words(config_.memory_bytes, "cgroup");
    }
    auto keeper = Keeper::start(task);
    if (!keeper) {
        ::rmdir(task.group.c_str());
        return keeper.error();
    }
    if (limited) {
        const Status status = group.value()->limit(config_.memory_bytes - held_before_);
        if (!status) return status;
    }
    const Status entered = group.value()->enter();
    if (!entered) return entered;
    group_ = std::move(group).value();
    keeper_ = std::move(keeper).value();
    if (limited) enforced_ = "cgroup";
    return {};
}

Status MemoryLimit::inflate(const std::atomic<bool>& cancel) {
    const MemoryReserve reserve = measure_reserve(files_);
    const auto available = available_memory(files_);
    if (!available) return Error{"io_error", "the kernel does not tell how much memory is available"};
    // What this process holds is a part of its budget and available to nobody.
    const uint64_t held = std::min(held_by_process(), config_.memory_bytes);
    const auto bytes = balloon_size(*available, config_.memory_bytes - held, reserve);
    if (!bytes) return bytes.error();
    auto keeper = Keeper::start(
        {"", "/proc/vmstat", kKillsKey, config_.words_file, last_words(config_.memory_bytes, "balloon process")});
    if (!keeper) return keeper.error();
    auto balloon = Balloon::inflate({bytes.value(), *available - bytes.value()}, cancel);
    if (!balloon) return balloon.error();
    keeper_ = std::move(keeper).value();
    balloon_ = std::move(balloon).value();
    enforced_ = "balloon";
    const auto score = files_.number(kOomScoreFile);
    if (score && write_oom_score(std::min<int64_t>(1000, *score + kOomScoreStep))) oom_score_ = *score;
    say(note_, "a reserve of " + bytes_text(reserve.bytes()) + " is left to the system");
    return {};
}

MemoryReport MemoryLimit::report() {
    MemoryReport out;
    if (config_.memory_bytes > 0) out.budget_bytes = config_.memory_bytes;
    out.enforced = enforced_;
    out.cold_cache = cold_;
    out.note = note_;
    if (balloon_ && !balloon_->alive()) {
        out.enforced = "none";
        say(out.note, "the balloon was killed: since then the budget was not enforced");
    } else if (balloon_) {
        const BalloonReading reading = balloon_->reading();
        char share[32];
        std::snprintf(share, sizeof share, "%.2f %%", 100 * reading.cpu_share);
        say(out.note, "a balloon holds " + bytes_text(reading.held_bytes) + " (" + bytes_text(reading.locked_bytes) +
                          " locked) and takes " + share + " of a core");
    }
    if (const auto peak = group_ ? group_->peak(files_) : std::nullopt) {
        out.peak_bytes = held_before_ + *peak;
        say(out.note, std::string("peak: what the cgroup was charged") +
                          (enforced_ == "none" ? ", without a limit," : "") + " and the " + bytes_text(held_before_) +
                          " that the agent held before");
        return out;
    }
    const ProcessMemory memory = parse_status(files_.read("/proc/self/status").value_or(""));
    const uint64_t in_memory = resident_bytes(config_.model_path).value_or(0), mapped = memory.file_bytes.value_or(0);
    highest_ = std::max(highest_, memory.peak_rss_bytes.value_or(0) + (in_memory > mapped ? in_memory - mapped : 0));
    out.peak_bytes = highest_;
    say(out.note, "peak: the highest resident set, and what of the model's file was in memory beside it");
    return out;
}

}  // namespace phonon
