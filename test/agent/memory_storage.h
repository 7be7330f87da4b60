#pragma once
// A Storage whose device is a block of memory, and whose faults are chosen read by read.

#include <algorithm>
#include <atomic>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

#include "flash/queued_storage.h"

class MemoryStorage : public phonon::QueuedStorage {
  public:
    struct Fault {
        int error = 0;                             // the device answers with this errno
        uint32_t at_most = UINT32_MAX;             // the device reads no more than so many bytes
        std::chrono::microseconds delay{0};        // before its answer comes; others come meanwhile
        const std::atomic<bool>* until = nullptr;  // its answer does not come before this is true
        bool wrong = false;                        // one bit of what it brings is another one
        bool refuse = false;                       // the device does not take it now
    };
    // Asked for every read that is started, and started again.
    using Faults = std::function<Fault(const phonon::ReadRequest&)>;

    MemoryStorage(std::vector<std::byte> content, size_t depth, Faults faults, size_t alignment = 1)
        : QueuedStorage({"memory", false, "", alignment, depth, content.size(), "some.pack"}),
          content_(std::move(content)),
          faults_(std::move(faults)) {}
    ~MemoryStorage() override { drain(); }

  private:
    using Now = std::chrono::steady_clock;
    struct Read {
        uint32_t slot = 0;
        phonon::ReadRequest what;
        Fault fault;
        Now::time_point due;
        bool ready() const { return due <= Now::now() && (fault.until == nullptr || *fault.until); }
    };

    // Until a read's answer comes, its buffer holds something that is not in the file.
    size_t start(std::span<const uint32_t> slots) override {
        for (size_t i = 0; i < slots.size(); ++i) {
            const phonon::ReadRequest& read = rest(slots[i]);
            const Fault fault = faults_ ? faults_(read) : Fault{};
            if (fault.refuse) return i;
            std::memset(read.buffer, 0x5A, read.length);
            reads_.push_back({slots[i], read, fault, Now::now() + fault.delay});
        }
        return slots.size();
    }

    int64_t carry_out(const phonon::ReadRequest& read, const Fault& fault) const {
        if (fault.error != 0) return -fault.error;
        const uint64_t there = read.offset < content_.size() ? content_.size() - read.offset : 0;
        const auto bytes = static_cast<size_t>(std::min<uint64_t>({read.length, there, fault.at_most}));
        if (bytes == 0) return 0;
        std::memcpy(read.buffer, content_.data() + read.offset, bytes);
        if (fault.wrong) read.buffer[bytes / 2] ^= std::byte{1};
        return static_cast<int64_t>(bytes);
    }

    // The latest of those that are ready first: answers come in no order.
    size_t collect(std::span<Answer> out, std::chrono::nanoseconds patience) override {
        const auto end = Now::now() + patience;
        for (;;) {
            size_t count = 0;
            for (size_t i = reads_.size(); i > 0 && count < out.size(); --i) {
                const Read& read = reads_[i - 1];
                if (!read.ready()) continue;
                out[count++] = {read.slot, carry_out(read.what, read.fault)};
                reads_.erase(reads_.begin() + static_cast<std::ptrdiff_t>(i - 1));
            }
            const auto left = end - Now::now();
            if (count > 0 || left.count() <= 0) return count;
            std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(left, std::chrono::microseconds(50)));
        }
    }

    const std::vector<std::byte> content_;
    const Faults faults_;
    std::vector<Read> reads_;  // under way
};
