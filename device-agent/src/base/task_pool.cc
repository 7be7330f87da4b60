#include "base/task_pool.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include "base/cores.h"

namespace phonon {
namespace {

using Clock = std::chrono::steady_clock;

// Between two regions of one token lie some microseconds of serial work; a futex wake costs about five. Spinning for
// this long bridges the former without burning a core between tokens of a cancelled or finished run.
constexpr auto kSpin = std::chrono::microseconds(40);

inline void pause_cpu() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

// Polls until `ready()` or until kSpin has passed.
template <typename F>
bool spin_until(const F& ready) {
    const auto start = Clock::now();
    do {
        for (int i = 0; i < 32; i++) {
            if (ready()) return true;
            pause_cpu();
        }
    } while (Clock::now() - start < kSpin);
    return ready();
}

// A region in one word: tasks claimed, tasks in all, and the region's number, so that one compare-and-swap claims a
// task of exactly the region that it names. Whoever claimed a task may read Impl::call and fn until he counts it done,
// because run() neither returns nor publishes another region before.
struct Ticket {
    static constexpr int kBits = 24;
    static constexpr uint64_t kMask = (uint64_t{1} << kBits) - 1;
    static constexpr int64_t kMaxTasks = int64_t{kMask};

    static uint64_t make(uint64_t region, int64_t tasks) {
        return region << (2 * kBits) | static_cast<uint64_t>(tasks) << kBits;
    }
    static int64_t next(uint64_t t) { return static_cast<int64_t>(t & kMask); }
    static int64_t tasks(uint64_t t) { return static_cast<int64_t>(t >> kBits & kMask); }
    static bool open(uint64_t t) { return next(t) < tasks(t); }
};

}  // namespace

// Ownership: call, fn and first belong to the thread in run() while no region is open, to the claimers while one is.
struct TaskPool::Impl {
    std::vector<int> cores;
    std::vector<std::thread> workers;
    std::optional<CoreHold> caller;

    Call call = nullptr;
    const void* fn = nullptr;
    int64_t first = 0;
    uint64_t region = 0;

    alignas(64) std::atomic<uint64_t> ticket{0};
    alignas(64) std::atomic<uint32_t> published{0};  // what sleeping workers wait on
    std::atomic<bool> stop{false};
    alignas(64) std::atomic<int64_t> done{0};
    alignas(64) std::atomic<uint32_t> completed{0};  // regions finished: what a sleeping run() waits on

    // Claims and runs tasks until none is left.
    void work(int thread) {
        uint64_t t = ticket.load(std::memory_order_acquire);
        while (Ticket::open(t)) {
            if (!ticket.compare_exchange_weak(t, t + 1, std::memory_order_acq_rel, std::memory_order_acquire)) continue;
            const int64_t tasks = Ticket::tasks(t);
            call(fn, first + Ticket::next(t), thread);
            if (done.fetch_add(1, std::memory_order_acq_rel) + 1 == tasks) {
                completed.fetch_add(1, std::memory_order_release);
                completed.notify_one();
            }
            t = ticket.load(std::memory_order_acquire);
        }
    }

    void worker(int thread) {
        for (;;) {
            // Before `stop` and the ticket are looked at: what is published after this ends the wait below.
            const uint32_t seen = published.load(std::memory_order_acquire);
            if (stop.load(std::memory_order_acquire)) return;
            work(thread);
            const auto changed = [&] { return published.load(std::memory_order_acquire) != seen; };
            if (!spin_until(changed)) published.wait(seen, std::memory_order_acquire);
        }
    }

    void publish() {
        published.fetch_add(1, std::memory_order_release);
        published.notify_all();
    }

    void run_slice(int64_t tasks) {
        const uint32_t before = completed.load(std::memory_order_acquire);
        done.store(0, std::memory_order_relaxed);
        ticket.store(Ticket::make(++region, tasks), std::memory_order_release);
        publish();
        work(0);
        const auto finished = [&] { return completed.load(std::memory_order_acquire) != before; };
        if (!spin_until(finished)) completed.wait(before, std::memory_order_acquire);
    }

    void pin_caller() {
        if (cores[0] < 0 || (caller && caller->holds_this_thread())) return;
        caller.emplace(cores[0]);
    }
};

TaskPool::TaskPool(std::vector<int> cores) : impl_(std::make_unique<Impl>()) {
    if (cores.empty()) cores.push_back(-1);
    cpu_set_t before;
    sched_getaffinity(0, sizeof before, &before);
    for (int& core : cores) {
        if (!pin_thread(core)) core = -1;
    }
    sched_setaffinity(0, sizeof before, &before);
    impl_->cores = std::move(cores);
    for (int i = 1; i < threads(); i++) {
        impl_->workers.emplace_back([this, i, anywhere = cores_when_released()] {
            if (!pin_thread(impl_->cores[static_cast<size_t>(i)])) sched_setaffinity(0, sizeof anywhere, &anywhere);
            impl_->worker(i);
        });
    }
}

TaskPool::~TaskPool() {
    impl_->stop.store(true, std::memory_order_release);
    impl_->publish();
    for (std::thread& w : impl_->workers) w.join();
}

int TaskPool::threads() const {
    return static_cast<int>(impl_->cores.size());
}
const std::vector<int>& TaskPool::cores() const {
    return impl_->cores;
}

void TaskPool::run_erased(int64_t tasks, Call call, const void* fn) {
    impl_->pin_caller();
    if (impl_->workers.empty() || tasks == 1) {
        for (int64_t i = 0; i < tasks; i++) call(fn, i, 0);
        return;
    }
    impl_->call = call;
    impl_->fn = fn;
    for (impl_->first = 0; impl_->first < tasks; impl_->first += Ticket::kMaxTasks) {
        impl_->run_slice(std::min(tasks - impl_->first, Ticket::kMaxTasks));
    }
}

}  // namespace phonon
