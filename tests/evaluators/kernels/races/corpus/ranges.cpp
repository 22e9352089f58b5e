// Many bytes at once: memcpy and its like, the standard algorithms on top of them, assignments of big objects.
#include <algorithm>
#include <array>
#include <numeric>
#include <string>

#include "corpus.hpp"

RACY(memcpy_to_blocks_that_overlap) {
    std::vector<char> from(64, 'x'), to(1000);
    parallel_for(0, 20, [&](size_t i) {
        std::memcpy(&to[48 * i], from.data(), some(size_t{49}));  // race
    });
    use(to);
}

CLEAN(memcpy_to_blocks_that_meet) {
    std::vector<char> from(64, 'x'), to(1000);
    parallel_for(0, 20, [&](size_t i) { std::memcpy(&to[49 * i], from.data(), some(size_t{49})); });
    use(to);
}

RACY(memcpy_of_constant_size) {
    std::vector<char> from(64, 'x'), to(100);
    par_do([&] { std::memcpy(&to[10], from.data(), 24); },  // race
           [&] { to[33] = 1; });  // race
    use(to);
}

CLEAN(memcpy_of_constant_size_apart) {
    std::vector<char> from(64, 'x'), to(100);
    par_do([&] { std::memcpy(&to[10], from.data(), 24); }, [&] { to[34] = to[9] = 1; });
    use(to);
}

RACY(memcpy_from_what_is_written) {
    std::vector<long> from(500), to(500);
    par_do([&] { std::memcpy(to.data(), from.data(), 500 * sizeof(long)); },  // race
           [&] { from[499] = 1; });  // race
    use(to);
}

RACY(memset_twice) {
    std::vector<char> a(300);
    par_do([&] { std::memset(a.data(), 0, 200); },  // race
           [&] { std::memset(a.data() + 199, 0, 100); });  // race
    use(a);
}

CLEAN(memset_apart) {
    std::vector<char> a(300);
    par_do([&] { std::memset(a.data(), 0, 200); }, [&] { std::memset(a.data() + 200, 0, 100); });
    use(a);
}

RACY(memmove_by_one) {
    std::vector<int> a(1000);
    parallel_for(0, 10, [&](size_t b) {
        std::memmove(&a[100 * b], &a[100 * b + 1], (b == 9 ? 99 : 100) * sizeof(int));  // race
    });
    use(a);
}

CLEAN(memmove_within_blocks) {
    std::vector<int> a(1000);
    parallel_for(0, 10, [&](size_t b) { std::memmove(&a[100 * b], &a[100 * b + 1], 99 * sizeof(int)); });
    use(a);
}

RACY(copy_of_ranges_that_overlap) {
    std::vector<int> a(1000, 1), b(1000);
    par_do([&] { std::copy(a.begin(), a.begin() + 501, b.begin()); },  // race
           [&] { std::copy(a.begin() + 500, a.end(), b.begin() + 500); });  // race?
    use(b);
}

CLEAN(copy_of_halves) {
    std::vector<int> a(1000, 1), b(1000);
    par_do([&] { std::copy(a.begin(), a.begin() + 500, b.begin()); },
           [&] { std::copy(a.begin() + 500, a.end(), b.begin() + 500); });
    use(b);
}

RACY(fill_and_one_more) {
    std::vector<int> a(100);
    par_do([&] { std::fill(a.begin(), a.begin() + 50, 3); },  // race
           [&] { a[49] = 4; });  // race
    use(a);
}

CLEAN(sort_halves) {
    std::vector<int> a(2000);
    for (size_t i = 0; i < a.size(); ++i) a[i] = static_cast<int>(i * 2654435761u % 10007);
    par_do([&] { std::sort(a.begin(), a.begin() + 1000); }, [&] { std::sort(a.begin() + 1000, a.end()); });
    std::inplace_merge(a.begin(), a.begin() + 1000, a.end());
    use(a);
}

RACY(compared_while_written) {
    std::vector<char> a(100), b(100);
    int order = 0;
    par_do([&] { order = std::memcmp(a.data(), b.data(), some(size_t{100})); },  // race
           [&] { b[99] = 1; });  // race
    use(order);
}

CLEAN(compared_up_to_the_difference) {
    std::vector<char> a(100), b(100);
    a[10] = 1;
    int order = 0;
    par_do([&] { order = std::memcmp(a.data(), b.data(), some(size_t{100})); }, [&] { b[99] = 1; });
    use(order);
}

RACY(length_of_what_is_written) {
    char text[40] = "a text of some length";
    use(text);
    size_t length = 0;
    par_do([&] { length = std::strlen(text); },  // race
           [&] { text[5] = 'x'; });  // race
    use(length);
}

using Big = std::array<long, 30>;
RACY(big_object_assigned) {
    Big a{}, b{};
    b[3] = some(3L);
    par_do([&] { a = b; },  // race
           [&] { a[29] = 1; });  // race
    use(a);
}

CLEAN(big_objects_assigned_apart) {
    std::vector<Big> a(20);
    Big b{};
    b[3] = some(3L);
    parallel_for(0, 20, [&](size_t i) { a[i] = b; });
    use(a);
}

RACY(swap_with_the_next) {
    std::vector<long> a(100);
    parallel_for(0, 99, [&](size_t i) {  // race?
        const long kept = a[i];  // race?
        a[i] = a[i + 1];  // race
        a[i + 1] = kept;  // race
    });
    use(a);
}

CLEAN(swap_with_the_other_half) {
    std::vector<long> a(100);
    parallel_for(0, 50, [&](size_t i) { std::swap(a[i], a[i + 50]); });
    use(a);
}

RACY(volatile_variable) {
    volatile int progress = 0;
    parallel_for(0, 20, [&](size_t i) {
        progress = static_cast<int>(i);  // race
    });
}

CLEAN(string_views) {
    const std::string text = "one two three four five six seven";
    std::vector<size_t> lengths(7);
    parallel_for(0, 7, [&](size_t i) {
        std::string word = text.substr(4 * i, 5);
        lengths[i] = word.find(' ') == std::string::npos ? word.size() : word.find(' ');
    });
    use(lengths);
}
