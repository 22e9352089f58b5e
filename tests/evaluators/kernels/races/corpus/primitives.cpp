// A function given to each primitive of the library: one that counts its calls in a shared variable races wherever two
// of them are parallel; one that only reads that variable never does.
#include <parlay/primitives.h>

#include <optional>
#include <utility>

#include "corpus.hpp"

namespace delayed = parlay::delayed;
using Pair = std::pair<long, long>;

static parlay::sequence<long> numbers() {
    return parlay::tabulate(300, [](size_t i) { return static_cast<long>(i * 7919 % 300); });
}
static parlay::sequence<Pair> pairs() {
    return parlay::tabulate(300, [](size_t i) { return Pair(static_cast<long>(i % 20), static_cast<long>(i)); });
}

RACY(tabulate_that_counts) {
    long calls = 0;
    use(parlay::tabulate(300, [&](size_t i) {
        calls += 1;  // race
        return i;
    }));
}

CLEAN(tabulate_that_reads) {
    long calls = 0;
    use(parlay::tabulate(300, [&](size_t i) { return static_cast<long>(i) + calls; }));
}

RACY(map_that_counts) {
    long calls = 0;
    use(parlay::map(numbers(), [&](long a) {
        calls += 1;  // race
        return 2 * a;
    }));
}

CLEAN(map_that_reads) {
    long calls = 0;
    use(parlay::map(numbers(), [&](long a) { return 2 * a + calls; }));
}

RACY(for_each_that_counts) {
    long calls = 0;
    auto all = numbers();
    parlay::for_each(all, [&](long& a) {
        calls += 1;  // race
        a += 1;
    });
    use(all);
}

CLEAN(for_each_that_reads) {
    long calls = 0;
    auto all = numbers();
    parlay::for_each(all, [&](long& a) { a += calls; });
    use(all);
}

RACY(blocked_for_that_counts) {
    long calls = 0;
    parlay::blocked_for(0, 300, 50, [&](size_t, size_t low, size_t high) {
        calls += static_cast<long>(high - low);  // race
    });
    use(calls);
}

CLEAN(blocked_for_that_reads) {
    long calls = 0;
    auto all = numbers();
    parlay::blocked_for(0, 300, 50, [&](size_t, size_t low, size_t high) {
        for (size_t i = low; i < high; ++i) all[i] += calls;
    });
    use(all);
}

RACY(three_branches_that_count) {
    long calls = 0;
    const auto count = [&] {
        calls += 1;  // race
    };
    parlay::par_do3(count, count, count);
    use(calls);
}

CLEAN(three_branches_that_read) {
    long calls = 0, seen[3];
    parlay::par_do3([&] { seen[0] = calls; }, [&] { seen[1] = calls; }, [&] { seen[2] = calls; });
    use(seen);
}

RACY(reduce_that_counts) {
    long calls = 0;
    const auto add = [&](long a, long b) {
        calls += 1;  // race
        return a + b;
    };
    use(parlay::reduce(numbers(), parlay::binary_op(add, 0L)));
}

CLEAN(reduce_that_reads) {
    long calls = 0;
    use(parlay::reduce(numbers(), parlay::binary_op([&](long a, long b) { return a + b + calls; }, 0L)));
}

RACY(scan_that_counts) {
    long calls = 0;
    const auto add = [&](long a, long b) {
        calls += 1;  // race
        return a + b;
    };
    use(parlay::scan(numbers(), parlay::binary_op(add, 0L)));
}

CLEAN(scan_that_reads) {
    long calls = 0;
    use(parlay::scan(numbers(), parlay::binary_op([&](long a, long b) { return a + b + calls; }, 0L)));
}

RACY(inclusive_scan_in_place_that_counts) {
    long calls = 0;
    auto all = numbers();
    const auto later = [&](long a, long b) {
        calls += 1;  // race
        return a < b ? b : a;
    };
    use(parlay::scan_inclusive_inplace(all, parlay::binary_op(later, -1L)));
}

CLEAN(inclusive_scan_in_place_that_reads) {
    long calls = 0;
    auto all = numbers();
    const auto later = [&](long a, long b) { return a < b + calls ? b : a; };
    use(parlay::scan_inclusive_inplace(all, parlay::binary_op(later, -1L)));
}

RACY(filter_that_counts) {
    long calls = 0;
    use(parlay::filter(numbers(), [&](long a) {
        calls += 1;  // race
        return a % 2 == 0;
    }));
}

CLEAN(filter_that_reads) {
    long calls = 0;
    use(parlay::filter(numbers(), [&](long a) { return a % 2 == calls; }));
}

RACY(pack_by_flags_that_count) {
    long calls = 0;
    const auto all = numbers();
    const auto even = [&](long a) {
        calls += 1;  // race
        return a % 2 == 0;
    };
    use(parlay::pack(all, parlay::delayed_map(all, even)));
}

CLEAN(pack_by_flags_that_read) {
    long calls = 0;
    const auto all = numbers();
    use(parlay::pack(all, parlay::delayed_map(all, [&](long a) { return a % 2 == calls; })));
}

RACY(map_maybe_that_counts) {
    long calls = 0;
    use(parlay::map_maybe(numbers(), [&](long a) {
        calls += 1;  // race
        return a % 2 == 0 ? std::optional<long>(a) : std::nullopt;
    }));
}

CLEAN(map_maybe_that_reads) {
    long calls = 0;
    use(parlay::map_maybe(numbers(), [&](long a) { return a > calls ? std::optional<long>(a) : std::nullopt; }));
}

RACY(flatten_of_what_counts) {
    long calls = 0;
    use(parlay::flatten(parlay::delayed_tabulate(50, [&](size_t i) {
        calls += 1;  // race
        return parlay::sequence<size_t>(i % 4, i);
    })));
}

CLEAN(flatten_of_what_reads) {
    long calls = 3;
    use(parlay::flatten(parlay::delayed_tabulate(50, [&](size_t i) {
        return parlay::sequence<size_t>(static_cast<size_t>(calls), i);
    })));
}

RACY(sort_that_counts) {
    long calls = 0;
    use(parlay::sort(numbers(), [&](long a, long b) {
        calls += 1;  // race
        return a < b;
    }));
}

CLEAN(sort_that_reads) {
    long calls = 0;
    use(parlay::sort(numbers(), [&](long a, long b) { return a + calls < b; }));
}

RACY(integer_sort_by_a_key_that_counts) {
    long calls = 0;
    use(parlay::integer_sort(numbers(), [&](long a) {
        calls += 1;  // race
        return static_cast<unsigned>(a);
    }));
}

CLEAN(integer_sort_by_a_key_that_reads) {
    long calls = 0;
    use(parlay::integer_sort(numbers(), [&](long a) { return static_cast<unsigned>(a + calls); }));
}

RACY(merge_that_counts) {
    long calls = 0;
    const auto all = parlay::sort(numbers());
    use(parlay::merge(all, all, [&](long a, long b) {
        calls += 1;  // race
        return a < b;
    }));
}

CLEAN(merge_that_reads) {
    long calls = 0;
    const auto all = parlay::sort(numbers());
    use(parlay::merge(all, all, [&](long a, long b) { return a + calls < b; }));
}

RACY(histogram_of_keys_that_count) {
    size_t calls = 0;
    const auto all = numbers();
    const auto digit = [&](long a) {
        calls += 1;  // race
        return static_cast<size_t>(a) % 10;
    };
    use(parlay::histogram_by_index(parlay::delayed_map(all, digit), size_t{10}));
}

CLEAN(histogram_of_keys_that_read) {
    size_t calls = 0;
    const auto all = numbers();
    const auto digit = [&](long a) { return (static_cast<size_t>(a) + calls) % 10; };
    use(parlay::histogram_by_index(parlay::delayed_map(all, digit), size_t{10}));
}

RACY(histogram_by_key_with_a_hash_that_counts) {
    size_t calls = 0;
    const auto hash = [&](long a) {
        calls += 1;  // race
        return static_cast<size_t>(a);
    };
    use(parlay::histogram_by_key(numbers(), hash, std::equal_to<>()));
}

CLEAN(histogram_by_key_with_a_hash_that_reads) {
    size_t calls = 0;
    const auto hash = [&](long a) { return static_cast<size_t>(a) + calls; };
    use(parlay::histogram_by_key(numbers(), hash, std::equal_to<>()));
}

RACY(group_by_key_with_an_equality_that_counts) {
    long calls = 0;
    const auto equal = [&](long a, long b) {
        calls += 1;  // race
        return a == b;
    };
    use(parlay::group_by_key(pairs(), parlay::hash<long>(), equal));
}

CLEAN(group_by_key_with_an_equality_that_reads) {
    long calls = 0;
    use(parlay::group_by_key(pairs(), parlay::hash<long>(), [&](long a, long b) { return a + calls == b; }));
}

RACY(reduce_by_key_that_counts) {
    long calls = 0;
    const auto add = [&](long a, long b) {
        calls += 1;  // race
        return a + b;
    };
    use(parlay::reduce_by_key(pairs(), parlay::binary_op(add, 0L)));
}

CLEAN(reduce_by_key_that_reads) {
    long calls = 0;
    use(parlay::reduce_by_key(pairs(), parlay::binary_op([&](long a, long b) { return a + b + calls; }, 0L)));
}

RACY(find_if_that_counts) {
    long calls = 0;
    const auto all = numbers();
    use(parlay::find_if(all, [&](long a) {
        calls += 1;  // race
        return a == 77;
    }));
}

CLEAN(find_if_that_reads) {
    long calls = 77;
    const auto all = numbers();
    use(parlay::find_if(all, [&](long a) { return a == calls; }));
}

RACY(min_element_that_counts) {
    long calls = 0;
    const auto all = numbers();
    use(parlay::min_element(all, [&](long a, long b) {
        calls += 1;  // race
        return a < b;
    }));
}

CLEAN(min_element_that_reads) {
    long calls = 0;
    const auto all = numbers();
    use(parlay::min_element(all, [&](long a, long b) { return a + calls < b; }));
}

RACY(delayed_map_that_counts) {
    long calls = 0;
    const auto twice = [&](long a) {
        calls += 1;  // race
        return 2 * a;
    };
    use(delayed::reduce(delayed::map(numbers(), twice)));
}

CLEAN(delayed_map_that_reads) {
    long calls = 0;
    use(delayed::reduce(delayed::map(numbers(), [&](long a) { return 2 * a + calls; })));
}

RACY(delayed_filter_that_counts) {
    long calls = 0;
    const auto even = [&](long a) {
        calls += 1;  // race
        return a % 2 == 0;
    };
    use(delayed::to_sequence(delayed::filter(numbers(), even)));
}

CLEAN(delayed_filter_that_reads) {
    long calls = 0;
    use(delayed::to_sequence(delayed::filter(numbers(), [&](long a) { return a % 2 == calls; })));
}

RACY(delayed_scan_that_counts) {
    long calls = 0;
    const auto add = [&](long a, long b) {
        calls += 1;  // race
        return a + b;
    };
    use(delayed::to_sequence(delayed::scan(numbers(), add, 0L).first));
}

CLEAN(delayed_scan_that_reads) {
    long calls = 0;
    const auto add = [&](long a, long b) { return a + b + calls; };
    use(delayed::to_sequence(delayed::scan(numbers(), add, 0L).first));
}

RACY(what_is_delayed_and_counts_for_each) {
    long calls = 0;
    auto all = numbers();
    delayed::for_each(delayed::filter(all, [](long& a) { return a % 2 == 0; }), [&](long& a) {
        calls += 1;  // race
        a = 0;
    });
    use(all);
}

CLEAN(what_is_delayed_and_read_for_each) {
    long calls = 0;
    auto all = numbers();
    delayed::for_each(delayed::filter(all, [](long& a) { return a % 2 == 0; }), [&](long& a) { a = calls; });
    use(all);
}
