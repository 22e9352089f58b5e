// Variables of functions: those that branches share, and room on the stack that is used again and again.
#include <alloca.h>

#include <array>
#include <stdexcept>
#include <string>

#include "corpus.hpp"

RACY(local_of_the_caller) {
    int last = 0;
    parallel_for(0, 10, [&](size_t i) {
        last = static_cast<int>(i);  // race
    });
    use(last);
}

CLEAN(local_of_each_iteration) {
    parallel_for(0, 100, [](size_t i) {
        int last = static_cast<int>(i);
        use(last);
        last += 1;
        use(last);
    });
}

RACY(scratch_outside_the_loop) {
    std::vector<long> a(100, 3);
    long scratch;
    parallel_for(0, 100, [&](size_t i) {
        scratch = a[i] * 2;  // race
        use(scratch);
        a[i] = scratch + 1;  // race
    });
}

CLEAN(scratch_inside_the_loop) {
    std::vector<long> a(100, 3);
    parallel_for(0, 100, [&](size_t i) {
        long scratch = a[i] * 2;
        use(scratch);
        a[i] = scratch + 1;
    });
}

RACY(array_of_the_caller) {
    int counts[8] = {};
    parallel_for(0, 64, [&](size_t i) {
        counts[i % 8] += 1;  // race
    });
    use(counts);
}

CLEAN(array_of_the_caller_by_element) {
    int counts[8] = {};
    parallel_for(0, 8, [&](size_t i) {
        for (int k = 0; k < 9; ++k) counts[i] += k;
    });
    use(counts);
}

__attribute__((noinline)) static long big_frame(size_t i) {
    long room[200];
    for (size_t k = 0; k < 200; ++k) room[k] = static_cast<long>(i + k);
    use(room);
    return room[i % 200];
}
__attribute__((noinline)) static long small_frame(size_t i) {
    int room[20];
    for (size_t k = 0; k < 20; ++k) room[k] = static_cast<int>(i * k);
    use(room);
    return room[i % 20];
}
CLEAN(frames_used_again) {
    std::vector<long> a(200);
    parallel_for(0, 200, [&](size_t i) { a[i] = i % 2 == 0 ? big_frame(i) : small_frame(i) + small_frame(i + 1); });
    use(a);
}

__attribute__((noinline)) static long frame_of_any_size(size_t n) {
    auto* room = static_cast<char*>(alloca(n));
    for (size_t k = 0; k < n; ++k) room[k] = static_cast<char>(k);
    use(room);
    return room[n - 1];
}
CLEAN(frames_of_any_size) {
    std::vector<long> a(100);
    parallel_for(0, 100, [&](size_t i) { a[i] = frame_of_any_size(1 + i * 13 % 500); });
    use(a);
}

RACY(room_of_the_caller_of_any_size) {
    const size_t n = some(size_t{50});
    auto* room = static_cast<int*>(alloca(n * sizeof(int)));
    parallel_for(0, n, [=](size_t i) {
        room[i / 2] = 1;  // race
    });
    use(room);
}

static void merge_sort(int* a, size_t n) {
    if (n < 2) return;
    par_do([=] { merge_sort(a, n / 2); }, [=] { merge_sort(a + n / 2, n - n / 2); });
    int merged[256];
    size_t i = 0, j = n / 2;
    for (size_t k = 0; k < n; ++k) merged[k] = j >= n || (i < n / 2 && a[i] <= a[j]) ? a[i++] : a[j++];
    for (size_t k = 0; k < n; ++k) a[k] = merged[k];
}
CLEAN(merge_sort_on_the_stack) {
    int a[256];
    for (size_t i = 0; i < 256; ++i) a[i] = static_cast<int>(i * 2654435761u % 1009);
    merge_sort(a, 256);
    use(a);
}

static void merge_sort_shared(int* a, int* merged, size_t n) {
    if (n < 2) return;
    par_do([=] { merge_sort_shared(a, merged, n / 2); }, [=] { merge_sort_shared(a + n / 2, merged, n - n / 2); });
    size_t i = 0, j = n / 2;
    for (size_t k = 0; k < n; ++k) {
        merged[k] = j >= n || (i < n / 2 && a[i] <= a[j]) ? a[i++] : a[j++];  // race
    }
    for (size_t k = 0; k < n; ++k) {
        a[k] = merged[k];  // race
    }
}
RACY(merge_sort_with_one_buffer) {
    int a[256], merged[256];
    for (size_t i = 0; i < 256; ++i) a[i] = static_cast<int>(i * 2654435761u % 1009);
    merge_sort_shared(a, merged, 256);
    use(a);
}

static void rows(int depth, int* sums) {
    int below[2] = {0, 0};
    if (depth > 0) {
        par_do([&] { rows(depth - 1, &below[0]); }, [&] { rows(depth - 1, &below[1]); });
    }
    *sums = below[0] + below[1] + 1;
}
CLEAN(results_in_the_callers_frame) {
    int sums = 0;
    rows(8, &sums);
    use(sums);
}

static void rows_into_one(int depth, int* sum) {
    int below = 0;
    if (depth > 0) {
        par_do([&] { rows_into_one(depth - 1, &below); }, [&] { rows_into_one(depth - 1, &below); });
    }
    *sum += below + 1;  // race
}
RACY(results_in_one_place) {
    int sum = 0;
    rows_into_one(5, &sum);
    use(sum);
}

RACY(index_variable_of_the_caller) {
    std::vector<int> a(400);
    size_t j = 0;
    parallel_for(0, 20, [&](size_t i) {
        for (j = 0; j < 20; ++j) {  // race
            use(j);
            a[(20 * i + j) % 400] = 1;
        }
    });
}

struct Pair {
    long first, second;
};
__attribute__((noinline)) static Pair pair_of(size_t i) { return {static_cast<long>(i), static_cast<long>(2 * i)}; }

CLEAN(results_by_value) {
    std::vector<Pair> a(100);
    parallel_for(0, 100, [&](size_t i) { a[i] = pair_of(i); });
    use(a);
}

RACY(pair_of_the_caller) {
    Pair result{0, 0};
    par_do([&] { result = Pair{some(1L), some(2L)}; },  // race
           [&] { result.second = 5; });  // race
    use(result);
}

CLEAN(halves_of_a_pair) {
    Pair result{0, 0};
    par_do([&] { result.first = 1; }, [&] { result.second = 5; });
    use(result);
}

CLEAN(exceptions_within_an_iteration) {
    std::vector<int> a(60);
    parallel_for(0, 60, [&](size_t i) {
        try {
            if (big_frame(i) % 3 == 0) throw std::runtime_error("third");
            a[i] = 1;
        } catch (const std::runtime_error& error) {
            a[i] = error.what()[0];
        }
    });
    use(a);
}

RACY(small_string_of_the_caller) {
    std::string text = "abc";
    parallel_for(0, 3, [&](size_t i) {
        text[0] = static_cast<char>('a' + i);  // race
    });
    use(text);
}

CLEAN(small_string_of_each) {
    std::vector<std::string> texts(50);
    parallel_for(0, 50, [&](size_t i) {
        std::string text = "ab";
        text += static_cast<char>('a' + i % 26);
        texts[i] = text;
    });
    use(texts);
}

CLEAN(captures_by_value) {
    int x = some(4);
    std::array<int, 16> table{};
    parallel_for(0, 50, [=](size_t i) mutable {
        std::array<int, 16> mine = table;
        mine[i % 16] += x;
        use(mine);
    });
}

RACY(state_of_the_loops_body) {
    int calls = 0;
    std::vector<int> a(50);
    parallel_for(0, 50, [&a, calls](size_t i) mutable {  // race?
        calls += 1;  // race
        use(calls);
        a[i] = 1;
    });
    use(a);
}

__attribute__((noinline)) static void fill_all(int* room, size_t n) {
    parallel_for(0, n, [=](size_t i) { room[i] = static_cast<int>(i); });
}
CLEAN(arrays_of_calls_after_one_another) {
    parallel_for(0, 20, [](size_t i) {
        if (i % 2 == 0) {
            int room[40];
            fill_all(room, 40);
            use(room);
        } else {
            int room[90];
            fill_all(room, 90);
            fill_all(room, 60);
            use(room);
        }
    });
}
