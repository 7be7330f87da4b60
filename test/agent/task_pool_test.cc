#include "base/task_pool.h"

#include <doctest/doctest.h>
#include <sched.h>

#include <chrono>
#include <ctime>
#include <memory>
#include <numeric>
#include <thread>

#include "base/cores.h"

namespace phonon {

TEST_CASE("task pool: every task runs once, and its effects are visible afterwards") {
    for (const int threads : {1, 2, 3, 8}) {
        TaskPool pool(std::vector<int>(threads, -1));
        CHECK(pool.threads() == threads);
        for (const int64_t tasks : {0, 1, 2, 7, 1000}) {
            std::vector<int> runs(tasks);
            pool.run(tasks, [&](int64_t task, int thread) {
                CHECK_MESSAGE((thread >= 0 && thread < threads), thread);
                runs[task]++;
            });
            CHECK(std::accumulate(runs.begin(), runs.end(), int64_t{0}) == tasks);
        }
    }
}

TEST_CASE("task pool: thousands of short regions follow one another") {
    TaskPool pool({-1, -1, -1});
    std::vector<int64_t> counts(5);
    for (int i = 0; i < 20000; i++) pool.run(5, [&](int64_t task, int) { counts[task] += task; });
    for (int64_t k = 0; k < 5; k++) CHECK(counts[k] == 20000 * k);
}

TEST_CASE("task pool: more tasks than one ticket counts") {
    TaskPool pool({-1, -1});
    std::atomic<int64_t> sum{0};
    const int64_t tasks = (int64_t{1} << 24) + 100;
    pool.run(tasks, [&](int64_t task, int) {
        if (task % (1 << 20) == 0) sum += task >> 20;
    });
    CHECK(sum == 17 * 16 / 2);
}

TEST_CASE("task pool: it ends at any moment") {
    for (int i = 0; i < 2000; i++) {
        TaskPool pool({-1, -1, -1});
        if (i % 3 != 0) pool.run(i % 7, [](int64_t, int) {});
    }
}

TEST_CASE("task pool: one thread after another may call it") {
    TaskPool pool({-1, -1});
    std::atomic<int> count{0};
    for (int i = 0; i < 3; i++) std::thread([&] { pool.run(50, [&](int64_t, int) { count++; }); }).join();
    CHECK(count == 150);
}

TEST_CASE("task pool: threads are pinned, and a core that is not there is said to be free") {
    cpu_set_t before;
    REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
    int core = 0;
    while (!CPU_ISSET(core, &before)) core++;
    {
        TaskPool pool({core, core, 100000});
        CHECK(pool.cores() == std::vector<int>{core, core, -1});
        std::atomic<int> wrong{0};
        pool.run(300, [&](int64_t, int thread) {
            cpu_set_t set;
            sched_getaffinity(0, sizeof set, &set);
            if (thread < 2 && (CPU_COUNT(&set) != 1 || !CPU_ISSET(core, &set))) wrong++;
        });
        CHECK(wrong == 0);
    }
    cpu_set_t after;
    REQUIRE(sched_getaffinity(0, sizeof after, &after) == 0);
    CHECK(CPU_EQUAL(&before, &after));
}

TEST_CASE("task pool: pools of one thread end in any order, and see all cores while others hold it on one") {
    cpu_set_t before, during{}, after;
    REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
    const std::vector<Core> usable = usable_cores();
    const auto run = [](TaskPool& pool) { pool.run(10, [](int64_t, int) {}); };
    auto first = std::make_unique<TaskPool>(choose_cores(1, usable));
    run(*first);
    CHECK(usable_cores().size() == usable.size());
    auto second = std::make_unique<TaskPool>(choose_cores(1, usable));
    run(*second);
    TaskPool free({-1, -1});
    std::atomic<bool> seen{false};
    free.run(2, [&](int64_t task, int thread) {
        if (thread == 1) {
            sched_getaffinity(0, sizeof during, &during);
            seen = true;
        }
        while (task == 0 && thread == 0 && !seen) std::this_thread::yield();
    });
    CHECK(CPU_EQUAL(&before, &during));
    first.reset();
    sched_getaffinity(0, sizeof after, &after);
    CHECK(CPU_COUNT(&after) == 1);
    second.reset();
    sched_getaffinity(0, sizeof after, &after);
    CHECK(CPU_EQUAL(&before, &after));
}

TEST_CASE("task pool: an idle pool uses no processor time") {
    TaskPool pool({-1, -1, -1});
    pool.run(10, [](int64_t, int) {});
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    timespec before, after;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    const double used =
        static_cast<double>(after.tv_sec - before.tv_sec) + 1e-9 * static_cast<double>(after.tv_nsec - before.tv_nsec);
    CHECK(used < 0.02);
}

}  // namespace phonon
