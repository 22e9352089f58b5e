// Locks order accesses in some way or other: what is done under a common one is reported apart.
#include <atomic>
#include <mutex>
#include <shared_mutex>

#include "corpus.hpp"

static long total;

LOCKED(sum_under_a_mutex) {
    std::mutex lock;
    parallel_for(0, 50, [&](size_t i) {
        std::lock_guard<std::mutex> guard(lock);
        total += static_cast<long>(i);  // race
    });
}

RACY(two_mutexes_for_one_variable) {
    std::mutex locks[2];
    parallel_for(0, 50, [&](size_t i) {
        std::lock_guard<std::mutex> guard(locks[i % 2]);
        total = static_cast<long>(i);  // race
    });
}

RACY(mutex_on_one_side) {
    std::mutex lock;
    par_do(
        [&] {
            std::lock_guard<std::mutex> guard(lock);
            total = 1;  // race
        },
        [&] {
            total = 2;  // race
        });
}

RACY(mutex_released_too_early) {
    std::mutex lock;
    parallel_for(0, 2, [&](size_t i) {
        {
            std::lock_guard<std::mutex> guard(lock);
            use(i);
        }
        total = static_cast<long>(i);  // race
    });
}

RACY(mutex_of_the_parent) {
    std::mutex lock;
    par_do(
        [&] {
            std::lock_guard<std::mutex> guard(lock);
            par_do([] { total = 1; },  // race
                   [] { total = 2; });  // race
        },
        [] {});
}

RACY(unlocked_reader_beside_locked_ones) {
    std::mutex lock;
    parallel_for(0, 10, [&](size_t i) {
        if (i == 5) {
            use(long{total});  // race
        } else if (i == 9) {
            total = 3;  // race
        } else {
            std::lock_guard<std::mutex> guard(lock);
            use(i);
        }
    });
}

CLEAN(mutex_around_what_is_apart) {
    std::mutex lock;
    std::vector<int> a(50);
    parallel_for(0, 50, [&](size_t i) {
        std::lock_guard<std::mutex> guard(lock);
        a[i] = 1;
    });
    use(a);
}

LOCKED(sum_under_a_spin_lock) {
    std::atomic_flag lock = ATOMIC_FLAG_INIT;
    parallel_for(0, 50, [&](size_t i) {
        while (lock.test_and_set(std::memory_order_acquire)) {
        }
        total += static_cast<long>(i);  // race
        lock.clear(std::memory_order_release);
    });
}

LOCKED(sum_under_a_lock_by_compare_and_swap) {
    std::atomic<int> lock{0};
    parallel_for(0, 50, [&](size_t i) {
        int free = 0;
        while (!lock.compare_exchange_weak(free, 1, std::memory_order_acquire)) free = 0;
        total += static_cast<long>(i);  // race
        lock.store(0, std::memory_order_release);
    });
}

RACY(claims_that_are_no_lock) {
    std::vector<std::atomic<int>> claimed(50);
    parallel_for(0, 50, [&](size_t i) {
        if (claimed[i].exchange(1) == 0) total += 1;  // race
    });
}

LOCKED(readers_and_a_writer) {
    std::shared_mutex lock;
    parallel_for(0, 20, [&](size_t i) {
        if (i == 10) {
            std::unique_lock<std::shared_mutex> guard(lock);
            total = 4;  // race
        } else {
            std::shared_lock<std::shared_mutex> guard(lock);
            use(long{total});  // race
        }
    });
}
