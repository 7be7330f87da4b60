#include "planner/read_cost.h"

#include <algorithm>
#include <array>
#include <random>
#include <span>
#include <thread>

#include "base/clock.h"
#include "base/cores.h"
#include "kernels/aligned_buffer.h"
#include "planner/flash_probe.h"

namespace phonon {
namespace {

// Threads that compute, one on each core, and count what they get done.
class BusyCores {
  public:
    explicit BusyCores(const std::vector<int>& cores) : done_(cores.size()) {
        for (size_t i = 0; i < cores.size(); ++i) {
            threads_.emplace_back([this, &done = done_[i].count, core = cores[i]] {
                pin_thread(core);
                uint64_t x = 1;
                while (!stop_.load(std::memory_order_relaxed)) {
                    for (int step = 0; step < 1000; ++step) {
                        x = x * 6364136223846793005u + 1442695040888963407u;
                        asm volatile("" : "+r"(x));
                    }
                    done.fetch_add(1, std::memory_order_relaxed);
                }
            });
        }
    }
    ~BusyCores() {
        stop_ = true;
        for (std::thread& thread : threads_) thread.join();
    }
    BusyCores(const BusyCores&) = delete;
    BusyCores& operator=(const BusyCores&) = delete;

    uint64_t done() const {
        uint64_t sum = 0;
        for (const Count& one : done_) sum += one.count.load(std::memory_order_relaxed);
        return sum;
    }

  private:
    struct alignas(64) Count {
        std::atomic<uint64_t> count{0};
    };
    std::vector<Count> done_;
    std::atomic<bool> stop_ = false;
    std::vector<std::thread> threads_;
};

// Reads like a token that goes through layers.
class LayerReads {
  public:
    LayerReads(Storage& storage, uint64_t range_bytes, std::atomic<uint64_t>* answers)
        : storage_(storage), blocks_(range_bytes / kCostBlockBytes), answers_(answers), done_(kReads) {}
    ~LayerReads() {
        while (storage_.under_way() > 0) storage_.wait(done_, std::chrono::seconds(1));
    }
    LayerReads(const LayerReads&) = delete;
    LayerReads& operator=(const LayerReads&) = delete;

    // Until `seconds` have passed, or it is cancelled.
    Status go_on(double seconds, const std::atomic<bool>& cancel) {
        // As large as it is, it begins at a page.
        if (!buffer_.reserve(std::max<size_t>(kReads * kCostBlockBytes, 2 << 20)))
            return Error{"out_of_memory", "no memory to read into"};
        Status status;
        for (const auto began = Clock::now(); status && milliseconds_since(began) < 1e3 * seconds;) {
            status = layer(cancel);
        }
        return status;
    }
    uint64_t count() const { return count_; }

  private:
    static constexpr size_t kReads = kCostClusters * kCostReads;
    // As the pipeline's reader looks up, and when there is nothing to do but to wait.
    static constexpr std::chrono::microseconds kGlance{500}, kLongGlance{100'000};

    Status layer(const std::atomic<bool>& cancel) {
        for (size_t tag = 0; tag < kReads || storage_.under_way() > 0;) {
            if (cancel) return Error{"cancelled", "measuring was cancelled"};
            if (tag < kReads) tag += ask(tag, std::min(kCostReads, kReads - tag));
            if (Status status = collect(tag < kReads ? kGlance : kLongGlance); !status) return status;
        }
        return {};
    }

    size_t ask(size_t first, size_t count) {
        requests_.clear();
        for (size_t tag = first; tag < first + count; ++tag) {
            asked_[tag] = random_() % blocks_ * kCostBlockBytes;
            requests_.push_back({asked_[tag], kCostBlockBytes, buffer_.as<std::byte>(tag * kCostBlockBytes), tag});
        }
        return storage_.submit(requests_);
    }

    Status collect(std::chrono::nanoseconds patience) {
        const size_t come = storage_.wait(done_, patience);
        count_ += come;
        if (answers_ != nullptr) *answers_ += come;
        for (const ReadDone& read : std::span(done_).first(come)) {
            if (read.error != 0) return read_failed(kCostBlockBytes, asked_[read.tag], read.error);
        }
        return {};
    }

    Storage& storage_;
    const uint64_t blocks_;
    std::atomic<uint64_t>* const answers_;
    AlignedBuffer buffer_;
    std::mt19937_64 random_{1};
    std::array<uint64_t, kReads> asked_{};
    std::vector<ReadRequest> requests_;
    std::vector<ReadDone> done_;
    uint64_t count_ = 0;
};

struct Work {
    double seconds = 0, done = 0;
};

template <typename Meanwhile>
Work work_during(const BusyCores& busy, Meanwhile meanwhile) {
    const uint64_t before = busy.done();
    const auto began = Clock::now();
    meanwhile();
    return {1e-3 * milliseconds_since(began), static_cast<double>(busy.done() - before)};
}

}  // namespace

Result<double> measure_read_cost(Storage& storage, uint64_t range_bytes, const std::vector<int>& cores, double seconds,
                                 const std::atomic<bool>& cancel, std::atomic<uint64_t>* answers) {
    run_at_once();
    LayerReads reads(storage, range_bytes, answers);
    const BusyCores busy(cores);  // goes first: reads may never come
    const auto quiet = [&] {
        return work_during(busy, [&] { std::this_thread::sleep_for(std::chrono::duration<double>(seconds / 4)); });
    };
    quiet();  // clocks rise, threads find their cores
    const Work before = quiet();
    Status status;
    const Work beside = work_during(busy, [&] { status = reads.go_on(seconds / 4, cancel); });
    if (!status) return status.error();
    const Work after = quiet();
    const double speed = (before.done + after.done) / (before.seconds + after.seconds);
    if (reads.count() == 0 || !(speed > 0)) return 0.0;
    const double lost = (beside.seconds - beside.done / speed) * static_cast<double>(cores.size());
    return std::max(0.0, 1e6 * lost / static_cast<double>(reads.count()));
}

}  // namespace phonon
