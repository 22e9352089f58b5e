#include <cstddef>
#include <cstdint>
#include <parlay/parallel.h>

void exclusive_scan(const std::int64_t* x, std::size_t n, std::int64_t* y, std::int64_t* total) {
    // Right when run from left to right: each sum stands on its neighbour's.
    if (n > 0) y[0] = 0;
    parlay::parallel_for(1, n, [&](std::size_t i) { y[i] = y[i - 1] + x[i - 1]; }, n + 1);
    *total = n > 0 ? y[n - 1] + x[n - 1] : 0;
}
