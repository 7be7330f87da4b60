#include <algorithm>

#include "flash/backends.h"
#include "flash/io_uring.h"
#include "flash/queued_storage.h"

namespace phonon {
namespace {

// Of many reads under way half are waited for together, and at most so many: waking up costs more than an answer, and
// the other half keeps flash busy meanwhile.
constexpr size_t kMostTogether = 32;

class IoUringStorage : public QueuedStorage {
  public:
    IoUringStorage(FlashFile file, FlashFacts facts, std::unique_ptr<IoUring> ring)
        : QueuedStorage(std::move(facts)), file_(std::move(file)), ring_(std::move(ring)) {}
    ~IoUringStorage() override { drain(); }

  private:
    size_t start(std::span<const uint32_t> slots) override {
        size_t taken = 0;
        for (const uint32_t slot : slots) {
            const ReadRequest& r = rest(slot);
            if (!ring_->queue_read(file_.fd(), r.offset, r.length, r.buffer, slot)) break;
            ++taken;
        }
        ring_->submit();
        return taken;
    }

    size_t collect(std::span<Answer> out, std::chrono::nanoseconds patience) override {
        size_t count = take_come(out);
        if (count == 0 && patience.count() > 0) {
            ring_->wait(static_cast<unsigned>(std::clamp<size_t>(under_way() / 2, 1, kMostTogether)), patience);
            count = take_come(out);
        }
        return count;
    }

    size_t take_come(std::span<Answer> out) {
        size_t count = 0;
        while (count < out.size()) {
            const auto completion = ring_->next();
            if (!completion) break;
            out[count++] = {static_cast<uint32_t>(completion->tag), completion->result};
        }
        return count;
    }

    const FlashFile file_;
    const std::unique_ptr<IoUring> ring_;
};

}  // namespace

Result<std::unique_ptr<Storage>> open_io_uring(FlashFile&& file, FlashFacts facts) {
    auto ring = IoUring::open(static_cast<unsigned>(facts.depth));
    if (!ring) return ring.error();
    facts.backend = "io_uring";
    return std::unique_ptr<Storage>(new IoUringStorage(std::move(file), std::move(facts), std::move(ring).value()));
}

}  // namespace phonon
