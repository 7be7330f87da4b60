#include "planner/probe.h"

#include <algorithm>
#include <memory>

#include "base/clock.h"
#include "base/cores.h"
#include "flash/open_storage.h"
#include "kernels/memory_bandwidth.h"
#include "planner/flash_probe.h"
#include "planner/kernel_probe.h"
#include "planner/probe_file.h"

namespace phonon {
namespace {

const Error kCancelled{"cancelled", "measuring was cancelled"};

// "8 KiB at random, 32 at once, of 512 MiB"
std::string describe(const FlashPoint& p) {
    return "flash: " + std::to_string(p.block_bytes >> 10) + " KiB " + (p.random ? "at random" : "in order") + ", " +
           std::to_string(p.depth) + " at once, of " + std::to_string(p.range_bytes >> 20) + " MiB" +
           (p.core ? ", core " + std::to_string(*p.core) : "");
}

std::string describe(const KernelPoint& p) {
    return "products: " + p.type + " " + p.layout + ", batch " + std::to_string(p.batch) + ", " +
           std::to_string(p.threads) + (p.threads == 1 ? " thread" : " threads");
}

class Probe {
  public:
    Probe(const ProbeConfig& config, const std::function<void(const ProbeProgress&)>& progress,
          const std::atomic<bool>& cancel)
        : config_(config), report_(progress), cancel_(cancel), cores_(usable_cores()) {
        const std::vector<int> chosen = choose_cores(0, cores_);
        flash_points_ = flash_points(config.flash_bytes, cores_);
        products_ = kernel_points(static_cast<int>(chosen.size()));
        profile_.cores = chosen;
        // The file, every point of the flash, memory by threads, every product.
        progress_.total = 1 + static_cast<int>(flash_points_.size() + chosen.size() + products_.size());
    }

    Result<HardwareProfile> run() {
        const auto began = Clock::now();
        const Kernels* kernels = best_kernels();
        profile_.kernels = kernels->name;
        Status status = flash();
        if (status) status = memory();
        if (status) status = products(*kernels);
        if (!status) return status.error();
        profile_.seconds = 1e-3 * milliseconds_since(began);
        return std::move(profile_);
    }

  private:
    // False when it was cancelled.
    bool next(std::string what) {
        progress_.what = std::move(what);
        report_(progress_);
        ++progress_.done;
        return !cancel_;
    }

    Status flash() {
        if (!next("flash: writing a file of " + std::to_string(config_.flash_bytes >> 20) + " MiB")) return kCancelled;
        auto file = ProbeFile::create(config_.folder, config_.flash_bytes, cancel_);
        if (!file) return file.error();
        auto storage = open_storage(file.value().path(), {});
        if (!storage) return storage.error();
        profile_.flash.facts = storage.value()->facts();
        profile_.flash.write_bytes_per_s = file.value().write_bytes_per_s();
        const double seconds = config_.flash_seconds / static_cast<double>(flash_points_.size());
        for (FlashPoint& point : flash_points_) {
            point.range_bytes = std::min(point.range_bytes, file.value().bytes());
            if (!next(describe(point))) return kCancelled;
            const Status status = measure_flash(*storage.value(), seconds, cancel_, point);
            if (!status) return status;
        }
        profile_.flash.points = std::move(flash_points_);
        return {};
    }

    Status memory() {
        for (size_t threads = 1; threads <= profile_.cores.size(); ++threads) {
            if (!next("memory: " + std::to_string(threads) + (threads == 1 ? " thread" : " threads")))
                return kCancelled;
            TaskPool pool({profile_.cores.begin(), profile_.cores.begin() + static_cast<std::ptrdiff_t>(threads)});
            const double speed = read_bandwidth(pool);
            if (speed == 0) return Error{"out_of_memory", "no memory to measure its speed with"};
            profile_.memory.push_back({static_cast<int>(threads), speed});
        }
        return {};
    }

    Status products(const Kernels& kernels) {
        std::unique_ptr<TaskPool> pool;
        for (KernelPoint& point : products_) {
            if (!next(describe(point))) return kCancelled;
            if (!pool || pool->threads() != point.threads) {
                const auto end = profile_.cores.begin() + point.threads;
                pool = std::make_unique<TaskPool>(std::vector<int>(profile_.cores.begin(), end));
            }
            const Status status = measure_product(kernels, *pool, point);
            if (!status) return status;
        }
        profile_.products = std::move(products_);
        return {};
    }

    const ProbeConfig& config_;
    const std::function<void(const ProbeProgress&)>& report_;
    const std::atomic<bool>& cancel_;
    const std::vector<Core> cores_;
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
