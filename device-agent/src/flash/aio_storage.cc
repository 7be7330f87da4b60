// Linux AIO by its raw system calls: what Android has under io_uring, which its seccomp filter forbids to applications.
#include <linux/aio_abi.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/system_error.h"
#include "flash/backends.h"
#include "flash/queued_storage.h"

namespace phonon {
namespace {

class AioStorage : public QueuedStorage {
  public:
    AioStorage(FlashFile file, FlashFacts facts, aio_context_t context)
        : QueuedStorage(std::move(facts)),
          file_(std::move(file)),
          context_(context),
          blocks_(this->facts().depth),
          events_(this->facts().depth) {
        refused_.reserve(this->facts().depth);
    }
    ~AioStorage() override {
        drain();
        ::syscall(SYS_io_destroy, context_);
    }

  private:
    size_t start(std::span<const uint32_t> slots) override {
        pointers_.clear();
        for (const uint32_t slot : slots) {
            const ReadRequest& r = rest(slot);
            iocb& block = blocks_[slot];
            std::memset(&block, 0, sizeof block);
            block.aio_data = slot;
            block.aio_lio_opcode = IOCB_CMD_PREAD;
            block.aio_fildes = static_cast<uint32_t>(file_.fd());
            block.aio_buf = reinterpret_cast<uintptr_t>(r.buffer);
            block.aio_nbytes = r.length;
            block.aio_offset = static_cast<int64_t>(r.offset);
            pointers_.push_back(&block);
        }
        const long taken = ::syscall(SYS_io_submit, context_, static_cast<long>(slots.size()), pointers_.data());
        if (taken >= 0) return static_cast<size_t>(taken);
        if (errno == EAGAIN || errno == EINTR) return 0;
        refused_.push_back({slots.front(), -errno});  // the error is the first one's
        return 1;
    }

    size_t collect(std::span<Answer> out, std::chrono::nanoseconds patience) override {
        if (!refused_.empty()) {
            out[0] = refused_.back();
            refused_.pop_back();
            return 1;
        }
        const auto seconds = std::chrono::floor<std::chrono::seconds>(patience);
        timespec limit{.tv_sec = seconds.count(), .tv_nsec = (patience - seconds).count()};
        const long count =
            ::syscall(SYS_io_getevents, context_, 1L, static_cast<long>(out.size()), events_.data(), &limit);
        if (count < 0) return 0;  // interrupted
        for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
            out[i] = {static_cast<uint32_t>(events_[i].data), events_[i].res};
        }
        return static_cast<size_t>(count);
    }

    const FlashFile file_;
    const aio_context_t context_;
    std::vector<iocb> blocks_;     // [slot]
    std::vector<iocb*> pointers_;  // of the slots that are being started
    std::vector<io_event> events_;
    std::vector<Answer> refused_;
};

}  // namespace

Result<std::unique_ptr<Storage>> open_aio(FlashFile&& file, FlashFacts facts) {
    aio_context_t context = 0;
    if (::syscall(SYS_io_setup, static_cast<unsigned>(facts.depth), &context) != 0) {
        return system_error("Linux AIO: io_setup");
    }
    facts.backend = "aio";
    return std::unique_ptr<Storage>(new AioStorage(std::move(file), std::move(facts), context));
}

}  // namespace phonon
