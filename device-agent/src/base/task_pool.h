#pragma once
// Compute threads, pinned to cores, that run the same function over many small tasks.

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace phonon {

// The thread that calls run() works as thread 0; the pool owns the others. run() is called by one thread at a time.
// Between calls the workers spin for some microseconds and then sleep, so an idle pool costs nothing.
class TaskPool {
  public:
    // One thread per entry; -1: not pinned. A core that refuses the pin becomes -1 in cores().
    explicit TaskPool(std::vector<int> cores);
    ~TaskPool();
    TaskPool(const TaskPool&) = delete;
    TaskPool& operator=(const TaskPool&) = delete;

    int threads() const;
    const std::vector<int>& cores() const;

    // Calls fn(task, thread) for every task in [0, tasks), in no order, and returns when all are done; what the tasks
    // wrote is then visible to the caller. A task must not call run().
    template <typename F>
    void run(int64_t tasks, const F& fn) {
        run_erased(
            tasks, [](const void* f, int64_t task, int thread) { (*static_cast<const F*>(f))(task, thread); }, &fn);
    }

  private:
    using Call = void (*)(const void* fn, int64_t task, int thread);
    void run_erased(int64_t tasks, Call call, const void* fn);

    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace phonon
