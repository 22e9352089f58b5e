#include <cstddef>
#include <cstdint>
#include <parlay/parallel.h>

void reduce_sum(const std::int64_t* x, std::size_t n, std::int64_t* total) {
    *total = 0;
    parlay::parallel_for(0, n, [&](std::size_t i) { *total += x[i]; }, n);
}
