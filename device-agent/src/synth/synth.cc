#include "synth/synth.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

#include "base/part_file.h"
#include "synth/header.h"

namespace phonon {

namespace {

constexpr size_t kChunkBytes = size_t{1} << 20;  // what a thread draws before it writes; one row if that is more

Error interrupted() {
    return {"cancelled", "interrupted; nothing was left behind"};
}

// A run of whole rows of one tensor.
struct Chunk {
    const TensorPlan* tensor;
    int64_t first_row;
    int64_t rows;
    uint64_t offset;  // in the file
};

std::vector<Chunk> cut(const std::vector<TensorPlan>& tensors, const GgufHeader& header) {
    std::vector<Chunk> chunks;
    for (size_t i = 0; i < tensors.size(); ++i) {
        const size_t row_bytes = tensors[i].row_bytes();
        const int64_t step = static_cast<int64_t>(std::max<size_t>(1, kChunkBytes / row_bytes));
        for (int64_t row = 0; row < tensors[i].rows(); row += step) {
            chunks.push_back({&tensors[i], row, std::min(step, tensors[i].rows() - row),
                              header.offsets[i] + static_cast<uint64_t>(row) * row_bytes});
        }
    }
    return chunks;
}

void draw(const Chunk& chunk, std::vector<std::byte>& out) {
    const TensorPlan& tensor = *chunk.tensor;
    const size_t row_bytes = tensor.row_bytes();
    out.resize(row_bytes * static_cast<size_t>(chunk.rows));
    if (!tensor.filler) {
        std::memcpy(out.data(), tensor.values.data(), out.size());
        return;
    }
    const int64_t period = tensor.dims.size() > 1 ? tensor.dims[1] : 1;
    for (int64_t i = 0; i < chunk.rows; ++i) {
        const int64_t row = chunk.first_row + i;
        const std::span<std::byte> bytes(out.data() + static_cast<size_t>(i) * row_bytes, row_bytes);
        if (row % period < tensor.zero_rows) {
            std::fill(bytes.begin(), bytes.end(), std::byte{0});  // a zero in every format
        } else {
            const auto index = static_cast<size_t>(row);
            const int64_t source = tensor.order.empty() ? row : tensor.order[index];
            tensor.filler->fill(bytes, RandomStream(combine(tensor.stream, static_cast<uint64_t>(source))),
                                tensor.heads.empty() ? 0 : tensor.heads[index]);
        }
    }
}

// Threads take chunks in file order; the first error, or `cancel`, stops them all.
class Writers {
  public:
    Writers(const PartFile& file, const std::vector<Chunk>& chunks, int threads, const std::atomic<bool>& cancel)
        : file_(file), chunks_(chunks), cancel_(cancel), running_(threads) {
        for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
    }

    Status wait(uint64_t before, uint64_t total, const SynthProgress& progress) {
        std::unique_lock lock(mutex_);
        while (running_ > 0) {
            ended_.wait_for(lock, std::chrono::milliseconds(100));
            const uint64_t done = before + done_;
            lock.unlock();
            if (done < total) progress(done, total);
            lock.lock();
        }
        return status_;
    }

  private:
    void work() {
        std::vector<std::byte> buffer;
        Status status;
        while (status && !stop_) {
            const size_t i = next_++;
            if (i >= chunks_.size()) break;
            draw(chunks_[i], buffer);
            status = file_.write(chunks_[i].offset, buffer);
            if (cancel_) status = interrupted();
            done_ += buffer.size();
        }
        const std::lock_guard lock(mutex_);
        if (!status && status_) {
            status_ = status;
            stop_ = true;
        }
        --running_;
        ended_.notify_one();
    }

    const PartFile& file_;
    const std::vector<Chunk>& chunks_;
    const std::atomic<bool>& cancel_;
    std::atomic<size_t> next_ = 0;
    std::atomic<uint64_t> done_ = 0;
    std::atomic<bool> stop_ = false;
    std::mutex mutex_;
    std::condition_variable ended_;
    int running_;                        // guarded by mutex_
    Status status_;                      // guarded by mutex_
    std::vector<std::jthread> threads_;  // last: joined before the rest goes
};

}  // namespace

Result<SynthReport> synthesise(const SynthConfig& config, const std::string& path, bool replace, int threads,
                               const SynthProgress& progress, const std::atomic<bool>& cancel) {
    if (Status valid = validate_config(config); !valid) return valid.error();
    const std::vector<TensorPlan> tensors = plan_tensors(config);
    const GgufHeader header = make_header(config, tensors);
    auto file = PartFile::create(path, header.file_bytes, replace);
    if (!file) return file.error();

    if (Status head = file.value().write(0, header.bytes); !head) return head.error();
    const std::vector<Chunk> chunks = cut(tensors, header);
    Writers writers(file.value(), chunks, std::max(1, threads), cancel);
    if (Status body = writers.wait(header.bytes.size(), header.file_bytes, progress); !body) return body.error();

    SynthReport report{.bytes = header.file_bytes, .tensors = tensors.size(), .parameters = 0};
    for (const TensorPlan& tensor : tensors) {
        report.parameters += static_cast<uint64_t>(tensor.dims[0]) * static_cast<uint64_t>(tensor.rows());
    }
    // The last tensor's padding may end past its data.
    const uint64_t data_end = header.offsets.back() + tensors.back().bytes();
    const std::vector<std::byte> padding(header.file_bytes - data_end);
    if (Status tail = file.value().write(data_end, padding); !tail) return tail.error();
    if (Status flushed = file.value().flush(); !flushed) return flushed.error();
    if (cancel) return interrupted();
    if (Status whole = file.value().commit(); !whole) return whole.error();
    progress(header.file_bytes, header.file_bytes);
    return report;
}

}  // namespace phonon
