#include "base/cores.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace phonon {
namespace {

struct Held {
    int times = 0;
    cpu_set_t before{};
};
thread_local Held held;

}  // namespace

std::vector<Core> usable_cores(const std::string& root) {
    cpu_set_t allowed = held.before;
    const bool known = held.times > 0 || sched_getaffinity(getpid(), sizeof(allowed), &allowed) == 0;
    const long configured = std::clamp(sysconf(_SC_NPROCESSORS_CONF), 1L, static_cast<long>(CPU_SETSIZE));
    std::vector<Core> cores;
    for (int id = 0; id < configured; ++id) {
        if (known && !CPU_ISSET(static_cast<size_t>(id), &allowed)) continue;
        Core core{.id = id, .max_khz = 0};
        std::ifstream(root + "/devices/system/cpu/cpu" + std::to_string(id) + "/cpufreq/cpuinfo_max_freq") >>
            core.max_khz;
        cores.push_back(core);
    }
    std::stable_sort(cores.begin(), cores.end(), [](const Core& a, const Core& b) { return a.max_khz > b.max_khz; });
    return cores;
}

std::vector<int> choose_cores(int threads, const std::vector<Core>& cores) {
    std::vector<int> chosen;
    for (const Core& core : cores) {
        const bool fast = core.max_khz * 10 >= cores.front().max_khz * 8;
        if (threads == 0 ? fast : static_cast<int>(chosen.size()) < threads) chosen.push_back(core.id);
    }
    while (static_cast<int>(chosen.size()) < std::max(threads, 1)) chosen.push_back(-1);
    return chosen;
}

bool pin_thread(int core) {
    if (core < 0 || core >= CPU_SETSIZE) return false;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<size_t>(core), &set);
    return sched_setaffinity(0, sizeof set, &set) == 0;
}

CoreHold::CoreHold(int core) {
    const cpu_set_t before = cores_when_released();
    if (!pin_thread(core)) return;
    held.before = before;
    ++held.times;
    thread_ = std::this_thread::get_id();
}

CoreHold::~CoreHold() {
    if (holds_this_thread() && --held.times == 0) sched_setaffinity(0, sizeof held.before, &held.before);
}

cpu_set_t cores_when_released() {
    cpu_set_t cores = held.before;
    if (held.times == 0) sched_getaffinity(0, sizeof cores, &cores);
    return cores;
}

void unpin_thread() {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(getpid(), sizeof allowed, &allowed) == 0) sched_setaffinity(0, sizeof allowed, &allowed);
}

void run_at_once() {
    constexpr int kPriority = -20;  // as of nice(1)
    setpriority(PRIO_PROCESS, 0, kPriority);
}

}  // namespace phonon
