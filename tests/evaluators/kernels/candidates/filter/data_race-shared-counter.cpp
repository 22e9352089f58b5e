#include <cstddef>
#include <cstdint>
#include <parlay/parallel.h>

void filter_odd(const std::int64_t* x, std::size_t n, std::int64_t* y, std::size_t* kept) {
    std::size_t k = 0;
    parlay::parallel_for(0, n, [&](std::size_t i) {
        if (x[i] & 1) y[k++] = x[i];
    }, n + 1);
    *kept = k;
}
