#pragma once
// Which CPU cores there are, and which of them compute threads should use.

#include <sched.h>

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace phonon {

struct Core {
    int id = 0;
    int64_t max_khz = 0;  // 0: the kernel does not say
};

// The cores this process may run on, the fastest first, equal ones by id, also where the calling thread is held on one
// of them. `root` is where /sys is, for tests.
std::vector<Core> usable_cores(const std::string& root = "/sys");

// Cores for `threads` compute threads, one each, the fastest first; -1 for threads beyond the last core.
// 0 threads: the fast cores, that is those with at least 80 % of the highest clock. A phone's prime and big cores
// differ by less than that, its little ones by more; a little core would hold all others up at every barrier.
std::vector<int> choose_cores(int threads, const std::vector<Core>& cores);

// Pins the calling thread to a core; false: there is no such core, or it may not run there.
bool pin_thread(int core);

// Where the calling thread may run when nothing holds it.
cpu_set_t cores_when_released();

// Pins the thread that makes it while it lives. Several may hold a thread, and end in any order; one that ends on
// another thread leaves its own where it is.
class CoreHold {
  public:
    explicit CoreHold(int core);
    ~CoreHold();
    CoreHold(const CoreHold&) = delete;
    CoreHold& operator=(const CoreHold&) = delete;

    bool holds_this_thread() const { return thread_ == std::this_thread::get_id(); }

  private:
    std::thread::id thread_;  // of none: there is no such core, or it may not run there
};

// Lets the calling thread run wherever the process may, which is where its first thread may, that agents never pin: it
// was started by a thread that is pinned, perhaps.
void unpin_thread();

// From now on the calling thread gets a core as soon as it wakes: for one that needs little of it, but soon. Where that
// is not permitted, it goes without.
void run_at_once();

}  // namespace phonon
