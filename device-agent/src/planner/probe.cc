#include "planner/probe.h"

#include <algorithm>
#include <memory>

#include "base/clock.h"
#include "base/cores.h"
#include "flash/open_storage.h"
#include "kernels/memory_bandwidth.h"
#include "planner/flash_curve.h"
#include "planner/flash_probe.h"
#include "planner/kernel_probe.h"

namespace phonon {
namespace {

const Error kCancelled{"cancelled", "measuring was cancelled"};

std::string threads_of(int count) {
    return std::to_string(count) + (count == 1 ? " thread" : " threads");
}

// "products: Q4_0 rows, 4096 x 4096, batch 1, 2 threads"
std::string describe(const KernelPoint& p) {
    return "products: " + p.type + " " + p.layout + ", " + std::to_string(p.rows) + " x " + std::to_string(p.cols) +
           ", batch " + std::to_string(p.batch) + ", " + threads_of(p.threads);
}

class Probe {
  public:
    Probe(const ProbeConfig& config, const std::function<void(const ProbeProgress&)>& progress,
          const std::atomic<bool>& cancel)
        : config_(config),
          report_(progress),
          cancel_(cancel),
          deadline_(Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                       std::chrono::duration<double>(config.flash_seconds + config.other_seconds))) {
        const std::vector<Core> cores = usable_cores();
        const std::vector<int> chosen = choose_cores(0, cores);
        flash_points_ = flash_points(config.flash_bytes, cores);
        products_ = kernel_points(static_cast<int>(chosen.size()));
        profile_.cores = chosen;
        // The file, every point of the flash, a read's cost, memory by threads, every product.
        progress_.total = 2 + static_cast<int>(flash_points_.size() + chosen.size() + products_.size());
    }

    Result<HardwareProfile> run() {
        const Kernels* kernels = best_kernels();
        profile_.kernels = kernels->name;
        Status status = flash();
        if (status) status = memory();
        if (status) status = products(*kernels);
        if (!status) return status.error();
        profile_.seconds = 1e-3 * milliseconds_since(began_);
        return std::move(profile_);
    }

  private:
    void tell(std::string what) {
        progress_.what = std::move(what);
        report_(progress_);
        ++progress_.done;
    }
    void skip(std::string what) {
        profile_.skipped.push_back(std::move(what));
        ++progress_.done;
    }

    Status flash() {
        FlashJob job{.folder = config_.folder,
                     .file_bytes = config_.flash_bytes,
                     .seconds = config_.flash_seconds,
                     .points = std::move(flash_points_),
                     .busy_cores = profile_.cores,
                     .open = [](const std::string& path) { return open_storage(path, {}); }};
        auto curve = measure_flash_curve(
            std::move(job), [this](std::string what) { tell(std::move(what)); }, cancel_);
        if (!curve) return curve.error();
        profile_.flash = std::move(curve.value().profile);
        for (std::string& what : curve.value().skipped) skip(std::move(what));
        return {};
    }

    // All threads first: that is what most plans are about.
    Status memory() {
        for (auto threads = static_cast<int>(profile_.cores.size()); threads >= 1; --threads) {
            const std::string what = "memory: " + threads_of(threads);
            if (cancel_) return kCancelled;
            if (!profile_.memory.empty() && Clock::now() > deadline_) {
                skip(what);
                continue;
            }
            tell(what);
            const double speed = read_bandwidth(pool(threads));
            if (speed == 0) return Error{"out_of_memory", "no memory to measure its speed with"};
            profile_.memory.insert(profile_.memory.begin(), {threads, speed});
        }
        return {};
    }

    Status products(const Kernels& kernels) {
        KernelProbe probe(kernels, deadline_);
        for (KernelPoint& point : products_) {
            if (cancel_) return kCancelled;
            const std::string what = describe(point);
            if (probe.late()) {
                skip(what);
                continue;
            }
            tell(what);
            const Status status = probe.measure(pool(point.threads), point);
            if (!status) return status;
            if (point.seconds > 0) {
                profile_.products.push_back(point);
            } else {
                profile_.skipped.push_back(what);
            }
        }
        return {};
    }

    // Of the first so many cores.
    TaskPool& pool(int threads) {
        if (!pool_ || pool_->threads() != threads) {
            pool_.reset();
            pool_ =
                std::make_unique<TaskPool>(std::vector<int>(profile_.cores.begin(), profile_.cores.begin() + threads));
        }
        return *pool_;
    }

    const ProbeConfig& config_;
    const std::function<void(const ProbeProgress&)>& report_;
    const std::atomic<bool>& cancel_;
    const Clock::time_point began_ = Clock::now(), deadline_;
    std::unique_ptr<TaskPool> pool_;
    ProbeProgress progress_;
    std::vector<FlashPoint> flash_points_;
    std::vector<KernelPoint> products_;
    HardwareProfile profile_;
};

}  // namespace

Result<HardwareProfile> probe_hardware(const ProbeConfig& config,
                                       const std::function<void(const ProbeProgress&)>& progress,
                                       const std::atomic<bool>& cancel) {
    return Probe(config, progress, cancel).run();
}

}  // namespace phonon
