#include "limits/balloon.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <string>

#include "base/system_error.h"
#include "limits/bytes_text.h"
#include "limits/forked.h"

namespace phonon {

// In memory that both processes have.
struct Balloon::Shared {
    std::atomic<uint64_t> held{0}, locked{0}, cpu_ns{0};
    std::atomic<bool> inflated{false};
    std::atomic<int> error{0};  // errno
};

namespace {

static_assert(std::atomic<uint64_t>::is_always_lock_free);

constexpr uint64_t kStep = 16 << 20;        // bytes filled, or touched, in one go
constexpr long kShareOfTime = 100;          // rests this many times as long as it works
constexpr long kLeastRestMs = 20;           // between two steps
constexpr uint64_t kMillisecond = 1000000;  // ns

uint64_t cpu_ns() {
    timespec t{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_nsec);
}

// splitmix64: every word differs, so nothing can be compressed or merged.
void fill(uint64_t* words, size_t count, uint64_t& state) {
    for (size_t i = 0; i < count; i++) {
        uint64_t z = state += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        words[i] = z ^ (z >> 31);
    }
}

template <typename Shared>
[[noreturn]] void hold(const BalloonOrder& order, Shared& shared, pid_t parent, uint64_t page) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(0);
    become_helper("phonon-balloon", -1);
    void* memory =
        ::mmap(nullptr, order.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        shared.error = errno;
        ::_exit(1);
    }
    char* const base = static_cast<char*>(memory);
    uint64_t seed = static_cast<uint64_t>(::getpid()), held = 0;
    for (bool lock = true; held < order.bytes;) {
        const long long available_kib = read_counter("/proc/meminfo", "MemAvailable:");
        const uint64_t available = available_kib < 0 ? UINT64_MAX : static_cast<uint64_t>(available_kib) * 1024;
        if (available <= order.floor) break;
        const uint64_t step = std::min({kStep, order.bytes - held, (available - order.floor + page - 1) / page * page});
        lock = lock && ::mlock(base + held, step) == 0;  // also brings the pages in, faster than one by one
        if (lock) shared.locked += step;
        fill(reinterpret_cast<uint64_t*>(base + held), step / sizeof(uint64_t), seed);
        shared.held = held += step;
    }
    shared.cpu_ns = cpu_ns();
    shared.inflated = true;
    if (held == 0) {
        for (;;) sleep_ms(1000);
    }
    for (uint64_t at = 0;; at = at + kStep < held ? at + kStep : 0) {
        const uint64_t before = cpu_ns();
        for (uint64_t i = at; i < std::min(at + kStep, held); i += page) {
            static_cast<void>(*static_cast<volatile char*>(base + i));
        }
        const uint64_t now = cpu_ns();
        shared.cpu_ns = now;
        sleep_ms(std::max(kLeastRestMs, static_cast<long>((now - before) * kShareOfTime / kMillisecond)));
    }
}

}  // namespace

Result<std::unique_ptr<Balloon>> Balloon::inflate(const BalloonOrder& order, const std::atomic<bool>& cancel) {
    const auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
    const BalloonOrder whole{std::max(page, order.bytes / page * page), order.floor};
    void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return system_error("mmap");
    Shared* const shared = new (memory) Shared;
    const pid_t parent = ::getpid(), pid = ::fork();
    if (pid == 0) hold(whole, *shared, parent, page);
    std::unique_ptr<Balloon> out(new Balloon(std::max(pid, 0), shared));
    if (pid < 0) return system_error("fork");
    while (!shared->inflated) {
        if (cancel) return Error{"cancelled", "cancelled"};
        if (!out->alive()) {
            const int error = shared->error;
            return Error{"out_of_memory", "the balloon of " + bytes_text(order.bytes) + " was lost when it held " +
                                              bytes_text(shared->held) + ": " +
                                              (error != 0 ? std::strerror(error) : "the system killed it")};
        }
        ::usleep(1000);
    }
    out->inflated_ = std::chrono::steady_clock::now();
    out->cpu_before_ns_ = shared->cpu_ns;
    return out;
}

Balloon::~Balloon() {
    end_helper(pid_);
    ::munmap(shared_, sizeof(Shared));
}

bool Balloon::alive() {
    if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = 0;
    return pid_ > 0;
}

BalloonReading Balloon::reading() const {
    const std::chrono::duration<double, std::nano> since = std::chrono::steady_clock::now() - inflated_;
    const auto worked = static_cast<double>(shared_->cpu_ns - cpu_before_ns_);
    return {shared_->held, shared_->locked, since.count() > 0 ? worked / since.count() : 0.0};
}

}  // namespace phonon
