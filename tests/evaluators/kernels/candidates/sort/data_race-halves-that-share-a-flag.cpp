#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <parlay/parallel.h>

void sort_integers(const std::int64_t* x, std::size_t n, std::int64_t* y) {
    std::copy(x, x + n, y);
    const std::size_t half = n / 2;
    bool both_sorted = n < 2;
    // Each half says that it is done, in the same place.
    parlay::par_do([&] { std::sort(y, y + half), both_sorted = true; },
                   [&] { std::sort(y + half, y + n), both_sorted = true; });
    if (both_sorted) std::inplace_merge(y, y + half, y + n);
}
