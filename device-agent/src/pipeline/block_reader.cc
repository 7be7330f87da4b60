#include "pipeline/block_reader.h"

#include <pthread.h>

#include <cstdio>

#include "base/cores.h"
#include "pipeline/read_loop.h"

namespace phonon {
namespace {

// An answer that has come is looked at within this time. A process that was stopped for a while wakes with old reads
// that have long been answered.
constexpr std::chrono::milliseconds kGrace{500};

Error no_answer(const std::string& path, std::chrono::milliseconds patience) {
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%g", static_cast<double>(patience.count()) / 1000);
    return {"io_error", path + ": flash has not answered a read for " + seconds +
                            " s, so the run was given up. If its disk is slow and not broken, allow it more time "
                            "(--patience)"};
}

}  // namespace

BlockReader::BlockReader(std::unique_ptr<Storage> storage, BlockSink& sink, const Config& config)
    : patience_(config.patience), loop_(std::make_shared<ReadLoop>(std::move(storage), sink, config)) {
    io_ = std::thread([loop = loop_] { loop->work(); });
    watchdog_ = std::thread([this] { watch(); });
}

BlockReader::~BlockReader() {
    loop_->stop();
    watchdog_.join();
    if (loop_->wait_for_end(kGrace)) {
        io_.join();
    } else {
        io_.detach();
    }
}

// Until the I/O thread has ended or a read is overdue.
void BlockReader::watch() {
    ::pthread_setname_np(::pthread_self(), "flash watchdog");
    unpin_thread();
    Clock::time_point overdue;  // what the last look found to be; begun long ago: nothing
    Clock::duration pause = patience_;
    while (!loop_->wait_for_end(pause)) {
        // What is begun after this look is not overdue before patience has passed.
        const auto oldest = loop_->oldest_read();
        pause = oldest + patience_ - Clock::now();
        if (pause.count() > 0) {
            overdue = {};
        } else if (overdue == oldest) {
            return loop_->fail(no_answer(facts().path, patience_));
        } else {
            overdue = oldest;
            pause = kGrace;
        }
    }
}

void BlockReader::want(const BlockWanted& block) {
    loop_->want(block);
}

void BlockReader::go() {
    loop_->go();
}

bool BlockReader::failed() const {
    return loop_->failed();
}

Error BlockReader::error() const {
    return loop_->error();
}

const FlashFacts& BlockReader::facts() const {
    return loop_->facts();
}

ReaderCounts BlockReader::counts() const {
    return loop_->counts();
}

int BlockReader::core() const {
    return loop_->core();
}

size_t BlockReader::buffer_bytes() const {
    return loop_->buffer_bytes();
}

}  // namespace phonon
