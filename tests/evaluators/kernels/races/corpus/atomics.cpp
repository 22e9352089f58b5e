// Atomic accesses: they never race with one another, and with plain ones they do.
#include <atomic>
#include <memory>

#include "corpus.hpp"

CLEAN(counter) {
    std::atomic<long> count{0};
    parallel_for(0, 1000, [&](size_t) { count += 1; });
    use(count.load());
}

RACY(counter_read_plainly) {
    long count = 0;
    parallel_for(0, 100, [&](size_t i) {
        __atomic_fetch_add(&count, 1, __ATOMIC_RELAXED);  // race
        if (i == 50) use(long{count});  // race
    });
}

RACY(counter_reset_plainly) {
    long count = 0;
    par_do([&] { __atomic_fetch_add(&count, 1, __ATOMIC_SEQ_CST); },  // race
           [&] { count = 0; });  // race
    use(count);
}

RACY(atomic_load_and_plain_store) {
    int ready = 0;
    par_do([&] { ready = 1; },  // race
           [&] { use(__atomic_load_n(&ready, __ATOMIC_ACQUIRE)); });  // race
}

CLEAN(atomic_load_and_plain_load) {
    int ready = 1;
    par_do([&] { use(int{ready}); }, [&] { use(__atomic_load_n(&ready, __ATOMIC_ACQUIRE)); });
}

CLEAN(slots_by_a_cursor) {
    std::vector<int> out(400);
    std::atomic<size_t> cursor{0};
    parallel_for(0, 1000, [&](size_t i) {
        if (i % 3 == 0) out[cursor.fetch_add(1)] = static_cast<int>(i);
    });
    use(out);
}

RACY(slots_by_a_cursor_read_twice) {
    std::vector<int> out(2000);
    std::atomic<size_t> cursor{0};
    parallel_for(0, 1000, [&](size_t i) {
        cursor.fetch_add(1);
        out[cursor.load() / 2] = static_cast<int>(i);  // race
    });
    use(out);
}

static std::vector<int> ring(size_t n, size_t k) {
    std::vector<int> next(n);
    for (size_t i = 0; i < n; ++i) next[i] = static_cast<int>(i * k % n);
    return next;
}

CLEAN(claim_by_compare_and_swap) {
    const std::vector<int> next = ring(1000, 4);
    std::vector<std::atomic<int>> owner(1000);
    std::vector<int> depth(1000);
    parallel_for(0, 1000, [&](size_t i) { owner[i].store(-1, std::memory_order_relaxed); });
    parallel_for(0, 1000, [&](size_t i) {
        const auto v = static_cast<size_t>(next[i]);
        int none = -1;
        if (owner[v].compare_exchange_strong(none, static_cast<int>(i))) depth[v] = 1;
    });
    use(depth);
}

RACY(claim_by_check_and_set) {
    const std::vector<int> next = ring(1000, 4);
    std::vector<int> owner(1000, -1);
    parallel_for(0, 1000, [&](size_t i) {
        const auto v = static_cast<size_t>(next[i]);
        if (owner[v] == -1) {  // race
            owner[v] = static_cast<int>(i);  // race
        }
    });
    use(owner);
}

RACY(claimed_but_another_written) {
    std::vector<std::atomic<int>> owner(100);
    std::vector<int> depth(100);
    parallel_for(0, 100, [&](size_t i) {
        int none = 0;
        if (!owner[i].compare_exchange_strong(none, 1)) return;
        depth[i == 70 ? 7 : i] = 1;  // race
    });
    use(depth);
}

CLEAN(least_by_compare_and_swap) {
    std::atomic<long> least{1 << 30};
    parallel_for(0, 500, [&](size_t i) {
        const long mine = static_cast<long>(i * 7919 % 1000);
        long seen = least.load();
        while (mine < seen && !least.compare_exchange_weak(seen, mine)) {
        }
    });
    use(least.load());
}

CLEAN(flags_set_atomically) {
    std::vector<std::atomic<bool>> seen(64);
    parallel_for(0, 1000, [&](size_t i) { seen[i % 64].store(true, std::memory_order_relaxed); });
    use(seen[3].load());
}

RACY(flags_set_plainly) {
    std::vector<char> seen(64);
    parallel_for(0, 1000, [&](size_t i) {
        seen[i % 64] = 1;  // race
    });
    use(seen);
}

CLEAN(first_to_come_writes) {
    std::atomic_flag taken = ATOMIC_FLAG_INIT;
    int winner = 0;
    parallel_for(0, 100, [&](size_t i) {
        if (!taken.test_and_set()) winner = static_cast<int>(i);
    });
    use(winner);
}

RACY(published_by_a_relaxed_flag) {
    int data = 0;
    std::atomic<bool> ready{false};
    par_do(
        [&] {
            data = 42;  // race
            ready.store(true, std::memory_order_relaxed);
        },
        [&] {
            if (ready.load(std::memory_order_relaxed)) use(int{data});  // race
        });
}

CLEAN(plain_before_and_after_atomic_within) {
    std::vector<long> a(100);
    parallel_for(0, 100, [&](size_t i) { a[i] = static_cast<long>(i); });
    parallel_for(0, 100, [&](size_t i) { __atomic_fetch_add(&a[i / 2], 1, __ATOMIC_RELAXED); });
    parallel_for(0, 100, [&](size_t i) { a[i] += 1; });
    use(a);
}

RACY(plain_and_atomic_in_two_branches) {
    std::vector<long> a(100);
    par_do([&] { parallel_for(0, 51, [&](size_t i) { a[i] += 1; }); },  // race
           [&] { parallel_for(50, 100, [&](size_t i) { __atomic_fetch_add(&a[i], 1, __ATOMIC_RELAXED); }); });  // race
}

struct Mixed {
    std::atomic<int> count;
    int mine;
};
CLEAN(plain_beside_atomic) {
    std::vector<Mixed> cells(8);
    parallel_for(0, 800, [&](size_t i) {
        cells[i % 8].count.fetch_add(1);
        if (i < 8) cells[i].mine = 3;
    });
    use(cells);
}

CLEAN(atomics_of_all_sizes) {
    std::atomic<uint8_t> a{0};
    std::atomic<uint16_t> b{0};
    std::atomic<uint32_t> c{0};
    std::atomic<uint64_t> d{0};
    parallel_for(0, 300, [&](size_t i) {
        a.fetch_or(static_cast<uint8_t>(1u << (i % 8)));
        b.fetch_xor(static_cast<uint16_t>(i));
        c.fetch_and(static_cast<uint32_t>(i));
        d.exchange(i);
        c.fetch_sub(2);
    });
    use(a.load() + b.load() + c.load() + d.load());
}

RACY(atomic_byte_in_a_word_written_whole) {
    union {
        uint64_t word;
        uint8_t bytes[8];
    } cell{0};
    par_do([&] { __atomic_store_n(&cell.bytes[5], uint8_t{1}, __ATOMIC_RELAXED); },  // race
           [&] { cell.word = 0; });  // race
    use(cell);
}

CLEAN(add_to_doubles) {
    std::vector<double> sums(4);
    parallel_for(0, 200, [&](size_t i) {
        auto* at = reinterpret_cast<uint64_t*>(&sums[i % 4]);
        uint64_t seen = __atomic_load_n(at, __ATOMIC_RELAXED), next;
        do {
            double value;
            std::memcpy(&value, &seen, sizeof value);
            value += 1.5;
            std::memcpy(&next, &value, sizeof next);
        } while (!__atomic_compare_exchange_n(at, &seen, next, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    });
    use(sums);
}

RACY(memset_over_atomics) {
    std::vector<std::atomic<int>> a(64);
    par_do([&] { a[40].fetch_add(1); },  // race
           [&] { std::memset(static_cast<void*>(a.data()), 0, 64 * sizeof(int)); });  // race
}

static int root_of(std::vector<std::atomic<int>>& parent, int v) {
    while (parent[static_cast<size_t>(v)].load() != v) v = parent[static_cast<size_t>(v)].load();
    return v;
}
CLEAN(union_find) {
    std::vector<std::atomic<int>> parent(200);
    parallel_for(0, 200, [&](size_t i) { parent[i].store(static_cast<int>(i)); });
    parallel_for(0, 199, [&](size_t i) {
        for (;;) {
            int a = root_of(parent, static_cast<int>(i)), b = root_of(parent, static_cast<int>(i * 31 % 200));
            if (a == b) return;
            if (a < b) std::swap(a, b);
            if (parent[static_cast<size_t>(a)].compare_exchange_strong(a, b)) return;
        }
    });
    use(parent[5].load());
}
