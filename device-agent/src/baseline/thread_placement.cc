#include "baseline/thread_placement.h"

#include <algorithm>

#include "base/cores.h"

namespace phonon {

ThreadPlacement place_threads(const LoadConfig& config) {
    ThreadPlacement out;
    const std::vector<Core> usable = usable_cores();
    out.cores = config.cores.empty() ? choose_cores(config.threads, usable) : config.cores;
    // ggml gives its workers the mask's cores in ascending order and the thread that calls it the last one.
    std::sort(out.cores.begin(), out.cores.end());
    std::rotate(out.cores.begin(), out.cores.end() - 1, out.cores.end());

    const auto free = [&](int core) {
        const bool exists = std::any_of(usable.begin(), usable.end(), [&](const Core& c) { return c.id == core; });
        return exists && core < LM_GGML_MAX_N_THREADS && std::count(out.cores.begin(), out.cores.end(), core) == 1;
    };
    const auto refused = std::find_if_not(out.cores.begin(), out.cores.end(), free);
    const auto threads = static_cast<int>(out.cores.size());
    lm_ggml_threadpool_params params = lm_ggml_threadpool_params_default(threads);
    if (refused == out.cores.end()) {
        for (const int core : out.cores) params.cpumask[core] = true;
        params.strict_cpu = true;
        out.caller = std::make_unique<CoreHold>(out.cores.front());
    } else {
        const std::string which = *refused < 0 ? "there are fewer cores than threads"
                                               : "core " + std::to_string(*refused) + " cannot be used";
        out.warnings.push_back(which + ": no thread is pinned");
        std::fill(out.cores.begin(), out.cores.end(), -1);
    }
    out.pool.reset(lm_ggml_threadpool_new(&params));
    return out;
}

}  // namespace phonon
