#pragma once
// ggml's compute threads on chosen cores.

#include <memory>
#include <string>
#include <vector>

#include "base/cores.h"
#include "ggml-cpu.h"
#include "phonon/backend.h"

namespace phonon {

struct ThreadPoolFree {
    void operator()(lm_ggml_threadpool* pool) const { lm_ggml_threadpool_free(pool); }
};

struct ThreadPlacement {
    std::unique_ptr<CoreHold> caller;  // ggml pins the thread that calls it too, and never lets it go
    std::unique_ptr<lm_ggml_threadpool, ThreadPoolFree> pool;
    std::vector<int> cores;  // one per thread, the calling thread's first; -1: not pinned
    std::vector<std::string> warnings;
};

// Threads and cores as `config` asks, or one thread per fast core. ggml pins all threads of a pool or none: when one
// core is not to be had, none is, and a warning says so.
ThreadPlacement place_threads(const LoadConfig& config);

}  // namespace phonon
