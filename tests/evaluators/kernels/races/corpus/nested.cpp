// Constructs within constructs: which branches are parallel to which.
#include <algorithm>

#include "corpus.hpp"

static int shared;

RACY(inner_index_of_two_outer_iterations) {
    std::vector<int> a(50);
    parallel_for(0, 20, [&](size_t) {
        parallel_for(0, 50, [&](size_t j) {
            a[j] += 1;  // race
        });
    });
}

CLEAN(matrix) {
    std::vector<int> a(20 * 50);
    parallel_for(0, 20, [&](size_t i) { parallel_for(0, 50, [&](size_t j) { a[50 * i + j] += 1; }); });
    use(a);
}

RACY(one_pair_of_inner_iterations) {
    std::vector<int> a(100 * 100);
    parallel_for(0, 100, [&](size_t i) {
        parallel_for(0, 100, [&](size_t j) {
            if (i == 93 && j == 17) {
                a[0] = 1;  // race
            } else {
                a[100 * i + j] = 2;  // race
            }
        });
    });
}

RACY(two_branches_count) {
    par_do([] { shared += 1; },  // race
           [] { shared += 2; });  // race
}

CLEAN(two_branches_after_one_another) {
    par_do([] { shared += 1; }, [] {});
    par_do([] {}, [] { shared += 1; });
}

static long fib_counted(int n) {
    if (n < 2) {
        shared += 1;  // race
        return n;
    }
    long a, b;
    par_do([&] { a = fib_counted(n - 1); }, [&] { b = fib_counted(n - 2); });
    return a + b;
}
RACY(fibonacci_with_a_counter) { use(fib_counted(12)); }

static long fib(int n) {
    if (n < 2) return n;
    long a, b;
    par_do([&] { a = fib(n - 1); }, [&] { b = fib(n - 2); });
    return a + b;
}
CLEAN(fibonacci) { use(fib(14)); }

static long fib_one_result(int n) {
    if (n < 2) return n;
    long a = 0;
    par_do(
        [&] {
            const long left = fib_one_result(n - 1);
            a += left;  // race
        },
        [&] {
            const long right = fib_one_result(n - 2);
            a += right;  // race
        });
    return a;
}
RACY(fibonacci_into_one_result) { use(fib_one_result(8)); }

RACY(grandchild_and_uncle) {
    int x = 0;
    par_do(
        [&] {
            par_do([&] { x = 1; },  // race
                   [] {});
        },
        [&] {
            use(x);
            shared = x;  // race
        });
}

CLEAN(grandchild_and_parent_after_join) {
    int x = 0, y = 0;
    par_do(
        [&] {
            par_do([&] { x = 1; }, [] {});
            x += 1;
        },
        [&] { y = 1; });
    shared = x + y;
}

RACY(parent_after_inner_join_and_sibling) {
    int x = 0;
    par_do(
        [&] {
            par_do([] {}, [] {});
            x = 2;  // race
        },
        [&] {
            parallel_for(0, 3, [&](size_t i) {
                if (i == 1) shared = x;  // race
            });
        });
}

CLEAN(parent_writes_then_children_read) {
    std::vector<int> a(100);
    par_do(
        [&] {
            for (size_t i = 0; i < 50; ++i) a[i] = 1;
            parallel_for(0, 49, [&](size_t i) { use(a[i] + a[i + 1]); });
            a[3] = 4;
        },
        [&] {
            for (size_t i = 50; i < 100; ++i) a[i] = 1;
            parallel_for(50, 99, [&](size_t i) { use(a[i] + a[i + 1]); });
        });
}

RACY(loops_in_two_branches) {
    std::vector<int> a(100);
    par_do([&] { parallel_for(0, 51, [&](size_t i) { a[i] = 1; }); },  // race
           [&] { parallel_for(50, 100, [&](size_t i) { a[i] = 2; }); });  // race
}

CLEAN(loops_in_two_branches_apart) {
    std::vector<int> a(100);
    par_do([&] { parallel_for(0, 50, [&](size_t i) { a[i] = 1; }); },
           [&] { parallel_for(50, 100, [&](size_t i) { a[i] = 2; }); });
    use(a);
}

RACY(three_branches) {
    int x = 0, y = 0;
    parlay::par_do3([&] { x = 1; },  // race
                    [&] { y = 1; },
                    [&] { x = 2; });  // race
    use(x + y);
}

CLEAN(three_branches_apart) {
    int x = 0, y = 0, z = 0;
    parlay::par_do3([&] { x = 1; }, [&] { y = 1; }, [&] { z = 2; });
    use(x + y + z);
}

static void quicksort(int* a, size_t n, size_t overlap) {
    if (n < 8) {
        std::sort(a, a + n);
        return;
    }
    const int pivot = a[n / 2];
    int* middle = std::partition(a, a + n, [=](int v) { return v < pivot; });
    int* end = std::partition(middle, a + n, [=](int v) { return v == pivot; });
    const auto left = static_cast<size_t>(middle - a) + overlap;
    par_do([=] { quicksort(a, left, overlap); }, [=] { quicksort(end, static_cast<size_t>(a + n - end), overlap); });
}
CLEAN(quicksort_in_place) {
    std::vector<int> a(5000);
    for (size_t i = 0; i < a.size(); ++i) a[i] = static_cast<int>(i * 2654435761u % 10007);
    quicksort(a.data(), a.size(), 0);
}

static void mark_down(int* a, size_t from, size_t to) {
    if (to - from == 1) {
        a[from + (from == 512)] += 1;  // race
        return;
    }
    const size_t middle = from + (to - from) / 2;
    par_do([=] { mark_down(a, from, middle); }, [=] { mark_down(a, middle, to); });
}
RACY(recursion_with_one_stray_leaf) {
    std::vector<int> a(1024);
    mark_down(a.data(), 0, 1024);
}

static long tree_sum(const long* a, size_t n) {
    if (n == 1) return a[0];
    long left, right;
    par_do([&] { left = tree_sum(a, n / 2); }, [&] { right = tree_sum(a + n / 2, n - n / 2); });
    return left + right;
}
CLEAN(sum_by_a_tree) {
    std::vector<long> a(3000, 2);
    use(tree_sum(a.data(), a.size()));
}

static void tree_sum_in_place(long* a, size_t n, size_t reach) {
    if (n == 1) return;
    par_do([=] { tree_sum_in_place(a, n / 2, reach); }, [=] { tree_sum_in_place(a + n / 2, n - n / 2, reach); });
    const long right = a[n / 2 + (n == 2 ? reach : 0)];  // race
    use(right);
    a[0] += right;  // race
}
RACY(sum_by_a_tree_that_reads_too_far) {
    std::vector<long> a(1026, 2);
    tree_sum_in_place(a.data(), 1024, 1);
}

CLEAN(deep_nest) {
    std::vector<int> a(81);
    parallel_for(0, 3, [&](size_t i) {
        parallel_for(0, 3, [&, i](size_t j) {
            parallel_for(0, 3, [&, i, j](size_t k) {
                parallel_for(0, 3, [&, i, j, k](size_t l) { a[27 * i + 9 * j + 3 * k + l] += 1; });
                a[27 * i + 9 * j + 3 * k] += a[27 * i + 9 * j + 3 * k + 2];
            });
            a[27 * i + 9 * j] += a[27 * i + 9 * j + 6];
        });
        a[27 * i] += a[27 * i + 26];
    });
    use(a);
}

RACY(deep_nest_with_one_stray) {
    std::vector<int> a(81);
    parallel_for(0, 3, [&](size_t i) {
        parallel_for(0, 3, [&, i](size_t j) {
            parallel_for(0, 3, [&, i, j](size_t k) {
                a[27 * i + 9 * j + 3 * k] = 1;  // race
            });
            if (i == 1 && j == 2) a[27 * 2 + 3] = 5;  // race
        });
    });
}
