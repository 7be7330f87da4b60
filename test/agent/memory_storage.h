#pragma once
// A Storage whose device is a block of memory, and whose faults are chosen read by read.

#include <algorithm>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

#include "flash/queued_storage.h"

class MemoryStorage : public phonon::QueuedStorage {
  public:
    struct Fault {
        int error = 0;                       // the device answers with this errno
        uint32_t at_most = UINT32_MAX;       // the device reads no more than so many bytes
        std::chrono::microseconds delay{0};  // before its answer comes
        bool wrong = false;                  // one bit of what it brings is another one
        bool refuse = false;                 // the device does not take it now
    };
    // Asked for every read that is started, and started again.
    using Faults = std::function<Fault(const phonon::ReadRequest&)>;

    MemoryStorage(std::vector<std::byte> content, size_t depth, Faults faults, size_t alignment = 1)
        : QueuedStorage({"memory", false, "", alignment, depth, content.size()}),
          content_(std::move(content)),
          faults_(std::move(faults)) {}
    ~MemoryStorage() override { drain(); }

  private:
    size_t start(std::span<const uint32_t> slots) override {
        for (size_t i = 0; i < slots.size(); ++i) {
            const phonon::ReadRequest& read = rest(slots[i]);
            const Fault fault = faults_ ? faults_(read) : Fault{};
            if (fault.refuse) return i;
            answers_.push_back({slots[i], carry_out(read, fault)});
            delay_ = std::max(delay_, fault.delay);
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

    size_t collect(std::span<Answer> out, std::chrono::nanoseconds patience) override {
        if (delay_ > patience) {
            delay_ -= std::chrono::duration_cast<std::chrono::microseconds>(patience);
            std::this_thread::sleep_for(patience);
            return 0;
        }
        std::this_thread::sleep_for(delay_);
        delay_ = {};
        const size_t count = std::min(out.size(), answers_.size());
        // The latest first: answers come in no order.
        std::copy_n(answers_.rbegin(), count, out.begin());
        answers_.resize(answers_.size() - count);
        return count;
    }

    const std::vector<std::byte> content_;
    const Faults faults_;
    std::vector<Answer> answers_;
    std::chrono::microseconds delay_{0};
};
