// One loop over an array: who touches whose element.
#include <algorithm>

#include "corpus.hpp"

static long total;
static long bins[64];
static bool flag;

RACY(sum_into_global) {
    parallel_for(0, 1000, [](size_t i) {
        total += static_cast<long>(i);  // race
    });
}

CLEAN(sum_by_blocks) {
    std::vector<long> part(10);
    parallel_for(0, 10, [&](size_t b) {
        for (size_t i = 100 * b; i < 100 * (b + 1); ++i) part[b] += static_cast<long>(i);
    });
    for (long p : part) total += p;
}

RACY(sum_into_capture) {
    double sum = 0;
    parallel_for(0, 100, [&](size_t i) {
        sum = sum + static_cast<double>(i);  // race
    });
    use(sum);
}

RACY(same_value_written_twice) {
    parallel_for(0, 1000, [](size_t i) {
        if (i % 10 == 3) flag = true;  // race
    });
}

CLEAN(one_iteration_writes) {
    parallel_for(0, 1000, [](size_t i) {
        if (i == 333) flag = true;
    });
}

RACY(found_flag) {
    std::vector<int> a(1000, 7);
    parallel_for(0, a.size(), [&](size_t i) {
        if (flag) return;  // race
        if (a[i] == 7 && i == 500) flag = true;  // race
    });
}

RACY(histogram_plain) {
    parallel_for(0, 10000, [](size_t i) {
        bins[i * 2654435761u % 64] += 1;  // race
    });
}

CLEAN(histogram_private) {
    std::vector<long> mine(16 * 64);
    parallel_for(0, 16, [&](size_t b) {
        for (size_t i = 0; i < 600; ++i) mine[64 * b + (i * 2654435761u) % 64] += 1;
    });
    parallel_for(0, 64, [&](size_t k) {
        for (size_t b = 0; b < 16; ++b) bins[k] += mine[64 * b + k];
    });
}

RACY(left_neighbour) {
    std::vector<int> a(1000);
    parallel_for(1, a.size(), [&](size_t i) {  // race?
        const int left = a[i - 1];  // race?
        a[i] = left + 1;  // race
    });
}

CLEAN(left_neighbour_of_another_array) {
    std::vector<int> a(1000), b(1000);
    parallel_for(1, a.size(), [&](size_t i) { b[i] = a[i - 1] + 1; });
    use(b);
}

RACY(right_neighbour_read) {
    std::vector<long> a(5000);
    parallel_for(0, a.size() - 1, [&](size_t i) {
        const long right = a[i + 1];  // race
        use(right);
        a[i] = right;  // race
    });
}

RACY(first_and_last_of_a_million) {
    std::vector<int> a(1000000);
    const size_t last = some(a.size() - 1);
    parallel_for(0, a.size(), [&](size_t i) {
        if (i == last) {
            a[0] = 5;  // race
        } else {
            a[i] = 3;  // race
        }
    });
}

CLEAN(each_of_a_million) {
    std::vector<int> a(1000000);
    parallel_for(0, a.size(), [&](size_t i) { a[i] = static_cast<int>(i); });
    use(a);
}

RACY(two_in_the_middle_of_a_million) {
    std::vector<unsigned char> a(1000000);
    const size_t here = some(size_t{499999});
    parallel_for(0, a.size(), [&](size_t i) {
        if (i == here + 1) {
            use(a[here]);
            total = a[here];  // race
        } else {
            a[i] = 1;  // race
        }
    });
}

RACY(far_apart_reads_one_write) {
    std::vector<long> a(100000, 1), b(100000);
    parallel_for(0, a.size(), [&](size_t i) {
        b[i] = a[77];  // race
        if (i == 99999) a[77] = 2;  // race
    });
    use(b);
}

CLEAN(all_read_one_cell) {
    std::vector<long> a(100000, 1), b(100000);
    parallel_for(0, a.size(), [&](size_t i) { b[i] = a[77]; });
    a[77] = 2;
    use(b);
}

RACY(scatter_with_duplicates) {
    std::vector<int> to(1000), out(1000);
    for (size_t i = 0; i < to.size(); ++i) to[i] = static_cast<int>(i == 900 ? 12 : i);
    parallel_for(0, to.size(), [&](size_t i) {
        out[static_cast<size_t>(to[i])] = 1;  // race
    });
}

CLEAN(scatter_by_permutation) {
    std::vector<int> out(1001);
    parallel_for(0, 1001, [&](size_t i) { out[i * 17 % 1001] = 1; });
    use(out);
}

RACY(output_cursor) {
    std::vector<int> out(1000);
    size_t filled = 0;
    parallel_for(0, 1000, [&](size_t i) {
        if (i % 3 == 0) out[filled++] = 1;  // race
    });
    use(out);
}

RACY(running_maximum) {
    long best = 0;
    parallel_for(0, 1000, [&](size_t i) {
        const long here = static_cast<long>(i * 37 % 1000);
        if (here > best) best = here;  // race
    });
    use(best);
}

CLEAN(maximum_after_the_loop) {
    std::vector<long> here(1000);
    parallel_for(0, 1000, [&](size_t i) { here[i] = static_cast<long>(i * 37 % 1000); });
    use(*std::max_element(here.begin(), here.end()));
}

RACY(reverse_all) {
    std::vector<int> a(1000);
    parallel_for(0, a.size(), [&](size_t i) {
        const int other = a[a.size() - 1 - i];  // race
        a[i] = other;  // race
    });
}

CLEAN(reverse_half) {
    std::vector<int> a(1000);
    parallel_for(0, a.size() / 2, [&](size_t i) { std::swap(a[i], a[a.size() - 1 - i]); });
    use(a);
}

RACY(transpose_in_place_all) {
    const size_t n = 40;
    std::vector<int> a(n * n);
    parallel_for(0, n, [&](size_t i) {
        for (size_t j = 0; j < n; ++j) {
            const int kept = a[j * n + i];  // race
            a[i * n + j] = kept;  // race
        }
    });
}

CLEAN(transpose_in_place) {
    const size_t n = 40;
    std::vector<int> a(n * n);
    parallel_for(0, n, [&](size_t i) {
        for (size_t j = 0; j < i; ++j) std::swap(a[i * n + j], a[j * n + i]);
    });
    use(a);
}

RACY(blocks_that_overlap_by_one) {
    std::vector<int> a(1001);
    parallel_for(0, 10, [&](size_t b) {
        for (size_t i = 100 * b; i <= 100 * (b + 1); ++i) {
            a[i] = static_cast<int>(b);  // race
        }
    });
}

CLEAN(blocks_that_meet) {
    std::vector<int> a(1000);
    parallel_for(0, 10, [&](size_t b) {
        for (size_t i = 100 * b; i < 100 * (b + 1); ++i) a[i] = static_cast<int>(b);
    });
    use(a);
}

CLEAN(one_loop_after_another) {
    std::vector<int> a(1000), b(1000);
    parallel_for(0, 1000, [&](size_t i) { a[i] = 1; });
    parallel_for(0, 1000, [&](size_t i) { b[i] = a[999 - i]; });
    parallel_for(0, 1000, [&](size_t i) { a[i] = b[(i + 1) % 1000]; });
    use(a);
}

CLEAN(loop_of_one_and_of_none) {
    parallel_for(0, 1, [](size_t) { total += 1; });
    parallel_for(5, 5, [](size_t) { total += 1; });
    total += 1;
}

RACY(loop_of_two) {
    parallel_for(7, 9, [](size_t i) {
        total = static_cast<long>(i);  // race
    });
}
